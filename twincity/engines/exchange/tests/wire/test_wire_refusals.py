"""The provider's side before anybody is known to ask: refusals in their order, unsigned and unrecorded."""

from __future__ import annotations

import pytest

from twincity.engines.circle.tests.opened import OTHER, Opened
from twincity.engines.circle.trust import documents as docs
from twincity.engines.exchange.tests.paper_peer import Caller, Heard, ledger_records
from twincity.engines.exchange.tests.wire.checks import (
    turned_away,
)
from twincity.engines.exchange.wire import runtime
from twincity.kernel import clock, jws
from twincity.kernel.keys import PrivateKey
from twincity.kernel.limits import AdaptiveLimit, Gate
from twincity.kernel.tc1 import message

pytestmark = pytest.mark.django_db


class TestBeforeAnybodyIsKnown:
    """Steps 1 to 8: unsigned, unrecorded."""

    def send(self, caller: Caller, **changes: str | None) -> Heard:
        target = "/tc1/towns/call"
        headers = caller.headers(target) | {name.replace("_", "-"): value for name, value in changes.items()}
        return caller.send(target, {name: value for name, value in headers.items() if value is not None})

    @pytest.mark.parametrize(
        "name",
        ["signature", "signature-input", "content-digest", "content-type", "tc-purpose", "tc-x", "tc-message-id"],
    )
    def test_a_field_that_is_repeated(self, caller, granted, name):
        target = "/tc1/towns/call"
        headers = caller.headers(target, extra={"content-type": "text/plain", "tc-x": "1"})
        pair = (name.encode(), headers[name].encode())
        turned_away(caller.send(target, headers, pairs=[pair]), "bad-request", name)

    def test_others_may_be_repeated(self, caller, granted):
        target = "/tc1/towns/call"
        assert caller.send(target, caller.headers(target), pairs=[(b"via", b"a"), (b"via", b"b")]).code == "ok"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("tc-priority", "urgent"), ("tc-priority", "EMERGENCY"), ("tc-deadline", "0"), ("tc-deadline", "600001")]
        + [("tc-deadline", value) for value in ("", "-1", "1.5", "1e3", "soon", "²")],
    )
    def test_a_class_or_deadline_that_is_none(self, caller, granted, name, value):
        heard = self.send(caller, **{name: value})
        turned_away(heard, "invalid", name)

    @pytest.mark.parametrize("value", ["emergency", "interactive", "batch"])
    def test_classes_there_are(self, caller, granted, value):
        assert caller.call("towns/call", extra={"tc-priority": value, "tc-deadline": "600000"}).code == "ok"

    def test_a_full_node_says_when_to_come_back(self, mine, caller, granted, monkeypatch):
        monkeypatch.setattr(runtime.current(), "gate", Gate(AdaptiveLimit(maximum=64), rate=0.5, burst=1))
        assert caller.call("towns/call").code == "ok"
        heard = caller.call("towns/call")
        assert heard.problem is not None
        assert heard.code == "rate-exceeded"
        assert 0 < heard.problem.retry_after <= 2

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"signature": None}, "signature-missing", "signature"),
            ({"signature": "x"}, "signature-malformed", "signature"),
            ({"signature_input": "x"}, "signature-malformed", "signature-input"),
            ({"tc_x": "1"}, "signature-uncovered", "tc-x"),
            ({"content_type": "text/plain"}, "signature-uncovered", "content-type"),
            ({"tc_purpose": "tax"}, "signature-invalid", "signature"),
            ({"content_digest": message.content_digest(b"other")}, "digest-mismatch", "content-digest"),
            ({"content_digest": "sha-512=:AA==:"}, "signature-malformed", "content-digest"),
        ],
    )
    def test_a_signature_that_is_not_right(self, caller, granted, changes, code, field):
        turned_away(self.send(caller, **changes), code, field)

    @pytest.mark.parametrize(
        "target", ["/tc1/towns/call?size=1", "/tc1/towns/rows", "/tc1//towns/call", "/tc1/towns/call/"]
    )
    def test_another_target_than_was_signed(self, caller, granted, target):
        headers = caller.headers("/tc1/towns/call")
        turned_away(caller.send(target, headers), "signature-invalid", "signature")

    def test_another_method_than_was_signed(self, caller, granted):
        headers = caller.headers("/tc1/towns/call")
        turned_away(caller.send("/tc1/towns/call", headers, method="POST"), "signature-invalid", "signature")

    def test_another_body_than_was_signed(self, caller, granted):
        target = "/tc1/towns/later"
        headers = caller.headers(target, b'{"size":5}', method="POST")
        turned_away(caller.send(target, headers, b'{"size":6}', "POST"), "digest-mismatch", "content-digest")

    @pytest.mark.parametrize("age", [-3600, -6, 66, 3600])
    def test_out_of_its_time(self, caller, granted, age):
        turned_away(caller.call("towns/call", now=clock.unix() - age), "signature-expired", "created")

    def test_by_a_key_that_nobody_announced(self, caller, granted):
        for key in (PrivateKey.generate(), caller.mine.other.key("root"), caller.mine.other.key("tc1-next")):
            turned_away(caller.call("towns/call", key=key), "unknown-key", "keyid")

    def test_by_a_key_that_was_revoked(self, mine, caller, granted):
        kid = mine.other.key("tc1").public.kid
        mine.hear(revocation_of(mine, kid))
        turned_away(caller.call("towns/call"), "key-revoked", "keyid")

    def test_by_a_key_whose_term_is_over(self, mine, caller, granted):
        clock.shift(91 * 86_400)
        mine.witnessed(0)
        turned_away(caller.call("towns/call"), "key-out-of-time", "keyid")

    def test_twice(self, caller, granted):
        target = "/tc1/towns/call"
        headers = caller.headers(target)
        assert caller.send(target, headers).code == "ok"
        heard = caller.send(target, headers)
        assert (heard.code, heard.problem.field) == ("signature-replayed", "nonce")
        assert len(ledger_records()) == 1

    def test_a_nonce_counts_for_one_key(self, caller, granted):
        for nonce, code in (("n", "ok"), ("n", "signature-replayed"), ("m", "ok")):
            assert caller.call("towns/call", nonce=nonce).code == code

    def test_a_forgery_uses_up_nobodys_nonce(self, caller, granted):
        """Or a stranger could have a request refused by sending its nonce first."""
        target = "/tc1/towns/call"
        headers = caller.headers(target)
        forged = headers | {"tc-purpose": "tax"}
        turned_away(caller.send(target, forged), "signature-invalid", "signature")
        assert caller.send(target, headers).code == "ok"

    @pytest.mark.parametrize("name", ["tc-message-id", "tc-purpose", "tc-system", "tc-case"])
    def test_an_identifier_that_is_too_long(self, caller, granted, name):
        turned_away(caller.call("towns/call", extra={name: "x" * 65}), "bad-request", name)

    def test_a_message_without_a_name(self, caller, granted):
        turned_away(caller.call("towns/call", extra={"tc-message-id": ""}), "signature-malformed", "tc-message-id")

    def test_a_body_beyond_the_limit(self, mine, caller, granted, monkeypatch):
        monkeypatch.setattr(runtime.current(), "body_limit", 10)
        turned_away(caller.call("towns/later", b"x" * 11, method="POST"), "too-large", "body")

    def test_the_first_fault_is_the_one_that_is_told(self, caller, granted):
        """In the order of the specification, with more and more put right."""
        key, now = PrivateKey.generate(), clock.unix() - 600
        target = "/tc1/nothing/x"
        faults = caller.headers(target, b"signed", key=key, now=now, extra={"tc-message-id": "x" * 65})
        body = b"sent"
        told = [
            caller.send(
                target, faults | {"tc-priority": "x", "signature": "x"}, body, "GET", pairs=[(b"tc-x", b"")] * 2
            ).code
        ]
        told += [caller.send(target, faults | {"tc-priority": "x", "signature": "x"}, body).code]
        told += [caller.send(target, faults | {"tc-x": ""} | {"signature": "x"}, body).code]
        told += [caller.send(target, faults | {"tc-x": ""}, body).code]
        told += [caller.send(target, faults, body).code]
        faults = caller.headers(target, b"signed", key=key, extra={"tc-message-id": "x" * 65})
        told += [caller.send(target, faults, body).code]
        faults = caller.headers(target, b"signed", extra={"tc-message-id": "x" * 65})
        told += [caller.send(target, faults | {"tc-purpose": "tax"}, body).code]
        told += [caller.send(target, faults | {"tc-purpose": "tax"}, b"signed").code]
        told += [caller.send(target, faults, b"signed").code]
        assert told == [
            "bad-request",
            "invalid",
            "signature-malformed",
            "signature-uncovered",
            "signature-expired",
            "unknown-key",
            "digest-mismatch",
            "signature-invalid",
            "bad-request",
        ]

    def test_what_was_turned_away_is_noted_within_bounds(self, caller, granted):
        for number in range(510):
            caller.send(f"/tc1/towns/{'x' * 300}", {"tc-message-id": f"{number}" + "x" * 100})
        turned = runtime.current().turned
        assert len(turned) == 500
        last = turned[-1]
        assert (len(last.message), len(last.target), last.kid) == (64, 200, "")
        assert last.message.startswith("509")


def revocation_of(mine: Opened, kid: str) -> str:
    """The other anchor revokes its own key, by its root key."""
    payload = {"iss": OTHER, "sub": OTHER, "kid": kid, "origin": f"{OTHER}/exchange"}
    payload |= {"index": 0, "at": clock.unix(), "reason": "lost"}
    return jws.sign(payload, mine.other.key("root"), typ=docs.REVOCATION)
