"""Stored messages and requests never pass for each other, and a stored one has its time."""

from __future__ import annotations

import pytest

from twincity.kernel.keys import PrivateKey
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message

KEY, NOW, TARGET = PrivateKey.generate(), 1_800_000_000, "https://b.example/tc1/probe/notes"
STORED = {"tc-to": "b.example", "tc-lane": "interactive/default", "tc-number": "7"}


def signed(life: int, **more: str) -> dict[str, str]:
    headers = {"content-digest": message.content_digest(b""), "tc-message-id": "m", "tc-purpose": "p"} | more
    base, parameters = message.request_base(
        method="POST", target=TARGET, headers=headers, now=NOW, nonce="n", key=KEY.public, life=life
    )
    return headers | message.signature_headers(parameters, KEY.sign(base))


def stored(headers: dict[str, str], now: int = NOW) -> message.Signed:
    return message.read_stored(method="POST", target=TARGET, headers=headers, now=now)


def refusal(headers: dict[str, str], now: int = NOW) -> tuple[str, str]:
    with pytest.raises(Problem) as caught:
        stored(headers, now)
    return caught.value.kind.code, caught.value.field


def test_a_stored_message_is_read_as_long_as_it_lives() -> None:
    headers = signed(3600, **STORED)
    for now in (NOW, NOW + 3600):
        message.check_signature(stored(headers, now), KEY.public)
    assert refusal(headers, NOW + 3600 + message.SKEW + 1) == ("signature-expired", "created")
    assert refusal(headers, NOW - message.SKEW - 1) == ("signature-expired", "created")


@pytest.mark.parametrize("life", [message.LIFE + 1, message.STORED_LIFE])
def test_a_stored_message_is_no_request(life: int) -> None:
    headers = signed(life, **STORED)
    stored(headers)
    with pytest.raises(Problem) as caught:
        message.read_request(method="POST", target=TARGET, headers=headers, now=NOW)
    assert caught.value.kind.code == "signature-expired"


@pytest.mark.parametrize("life", [1, message.LIFE, message.STORED_LIFE + 1])
def test_a_request_is_no_stored_message_nor_is_one_that_lives_too_long(life: int) -> None:
    assert refusal(signed(life, **STORED)) == ("signature-expired", "created")


@pytest.mark.parametrize("name", sorted(STORED))
def test_a_stored_message_names_receiver_and_place(name: str) -> None:
    headers = signed(3600, **{key: value for key, value in STORED.items() if key != name})
    assert refusal(headers) == ("signature-uncovered", name)
    assert refusal(headers | {name: STORED[name]}) == ("signature-uncovered", name)
