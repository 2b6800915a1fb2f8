"""When a standard holds in the whole circle: the state of its sign-off by the anchors."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from twincity.kernel.locale_text import LocalText

State = Literal["none", "proposed", "refused", "in-force"]


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What one member last said of a version; ``reason`` stands with all but an endorsement."""

    anchor: str
    digest: str
    stance: str
    at: int
    place: int
    reason: LocalText | None = None


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """Where a version stands.

    Attributes:
        state: ``none`` while no anchor has endorsed it; ``refused`` when an anchor refuses it and it is not in force.
        threshold: anchors that have to endorse it.
        signed: anchors whose endorsement counts.
        words: what each anchor last said of it, whether it counts or not.
    """

    state: State
    threshold: int
    signed: tuple[str, ...]
    words: tuple[Word, ...]


def sign_off(
    words: Iterable[Word], *, digest: str, anchors: Collection[str], threshold: int, published: bool = True
) -> SignOff:
    """The state of a version's sign-off.

    Args:
        words: at most one of each member.
        digest: of the contents as published; a word about others does not count.
        anchors: of the charter in force; nobody else's word counts.
        threshold: of the same charter.
        published: False when its owner has withdrawn it, so that it cannot be in force.
    """
    heard = tuple(sorted((each for each in words if each.anchor in anchors), key=lambda each: each.anchor))
    counted = [each for each in heard if each.digest == digest]
    signed = tuple(each.anchor for each in counted if each.stance == "endorsed")
    refused = any(each.stance == "refused" for each in counted)
    return SignOff(
        state=_state(len(signed), threshold, refused, published), threshold=threshold, signed=signed, words=heard
    )


def _state(signed: int, threshold: int, refused: bool, published: bool) -> State:
    if published and signed >= threshold:
        return "in-force"
    if refused:
        return "refused"
    return "proposed" if signed else "none"
