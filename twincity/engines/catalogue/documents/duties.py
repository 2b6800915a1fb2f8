"""What a province has to share with the circle: a list of duties (责任清单)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from twincity.engines.catalogue.documents.contents import Name, Rhythm
from twincity.kernel.locale_text import LocalText

Mode = Literal["interface", "table", "file"]
"""接口, 库表 or 文件."""
Number = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z][0-9a-z.-]{0,59}$")]


class Duty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One category of data that somebody has to share.

    Attributes:
        number: unique in the whole list; datasets name it as ``LIST/NUMBER``.
        theme: a field of government.
        department: who has to, empty when that is not public.
        fields: data elements or sets, or the identifier of a standard, that are owed.
        basis: law or list that says so.
        verified: the category is named as such by a public source, not only by its use.
    """

    number: Number
    title: LocalText
    theme: LocalText
    department: LocalText = LocalText("", "")
    fields: tuple[str, ...] = ()
    mode: Mode | None = None
    rhythm: Rhythm = "irregular"
    basis: str = ""
    source: str = ""
    verified: bool = False


class DutyList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The part of a list of duties that falls on one province, published by its node.

    Attributes:
        list: short name of the whole list, the same in all parts.
        province: GB/T 2260 code of who has to share.
        categories: how many categories the list has for that province, named or not.
    """

    name: Name
    title: LocalText
    list: Name
    province: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}0000$")]
    categories: Annotated[int, msgspec.Meta(ge=1)]
    basis: str
    source: str
    duties: tuple[Duty, ...] = ()
