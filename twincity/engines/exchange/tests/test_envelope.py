"""An envelope is opened when its sender signed it for this node, whole, in its time; the address may have changed."""

from __future__ import annotations

import asyncio
import base64

import msgspec
import pytest

from twincity.engines.exchange.delivery.envelope import Envelope, open_envelope
from twincity.engines.exchange.tests.messages_world import OTHER, envelope
from twincity.kernel import clock
from twincity.kernel.keys import PrivateKey
from twincity.kernel.problems import Problem


def opened(given: Envelope, sender: str = OTHER, later: int = 0):
    return asyncio.run(open_envelope(given, sender=sender, now=clock.unix() + later))


def refusal(given: Envelope, **more) -> str:
    with pytest.raises(Problem) as caught:
        opened(given, **more)
    return caught.value.kind.code


def test_a_message_is_read_with_what_its_handler_may_know(mine) -> None:
    found = opened(envelope(mine, {"text": "t"}))
    assert (found.service, found.path, found.member.id, found.body) == ("notes", "/write", OTHER, b'{"text":"t"}')


def test_a_message_of_a_stranger_s_key_is_refused(mine) -> None:
    assert refusal(envelope(mine, key=PrivateKey.generate())) == "unknown-key"


def test_a_member_delivers_only_what_it_has_signed_itself(mine) -> None:
    assert refusal(envelope(mine), sender=mine.home.config.id) == "not-the-sender"


def test_a_message_for_another_member_is_refused(mine) -> None:
    assert refusal(envelope(mine, tc_to="elsewhere.example")) == "not-addressed"


def test_a_message_beyond_its_time_is_refused(mine) -> None:
    assert refusal(envelope(mine), later=3700) == "signature-expired"


def test_what_was_changed_on_the_way_is_refused(mine) -> None:
    given = envelope(mine)
    other = base64.b64encode(b'{"text":"y"}').decode()
    changes = [
        ({"body": other}, "digest-mismatch"),
        ({"body": given.body + "="}, "bad-request"),
        ({"method": "PUT"}, "signature-invalid"),
        ({"target": given.target + "x"}, "signature-invalid"),
        ({"headers": given.headers | {"tc-number": "2"}}, "signature-invalid"),
        ({"headers": given.headers | {"Tc-Number": "2"}}, "bad-request"),
        ({"headers": given.headers | {"tc-more": "2"}}, "signature-uncovered"),
    ]
    for change, code in changes:
        assert refusal(msgspec.structs.replace(given, **change)) == code, change
