"""A node whose key signs batches, on both sides of a call."""

from __future__ import annotations

import asyncio

import pytest

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange import facade
from twincity.engines.exchange.tests.paper_peer import Answerer, ledger_records, proven
from twincity.engines.exchange.tests.wire.checks import answered, read_stream
from twincity.engines.exchange.wire import runtime
from twincity.engines.exchange.wire.consumer import Outbound
from twincity.kernel import clock
from twincity.kernel.batches import sign_batch
from twincity.kernel.keys import PrivateKey
from twincity.kernel.tc1 import message

pytestmark = pytest.mark.django_db


class TestSm2:
    """A node whose key signs batches: its answers carry no receipt, all else is the same."""

    @pytest.fixture
    def node_home(self, node_home):
        try:
            node_home.add_key("tc1", PrivateKey.generate("sm2"))
        except RuntimeError as error:
            pytest.skip(f"sm2: {error}")
        return node_home

    def test_its_answers(self, mine, caller, granted):
        heard = caller.call("towns/call")
        signed = proven(heard)
        assert signed.algorithm == "tc-sm2-sm3-batch"
        assert "tc-receipt" not in heard.headers
        (record,) = ledger_records()
        assert (record.outcome, record.res.base.encode()) == ("ok", signed.base)
        answered(caller.call("towns/nothing"), "not-found", "path")

    def test_its_streams(self, mine, caller, granted):
        heard = caller.call("towns/stream?size=3")
        _, trailer = read_stream(heard)
        signed = message.read_response(status=200, headers=trailer, request=heard.asked)
        message.check_signature(signed, mine.home.key("tc1").public)
        assert ledger_records()[-1].res.kid == mine.home.key("tc1").public.kid

    def test_its_own_calls(self, mine):
        answerer = Answerer(mine)
        runtime.current().client = answerer
        outbound = Outbound(provider=OTHER, service="towns", method="GET", path="/x", purpose="planning")
        assert asyncio.run(facade.call(outbound)).outcome == "ok"
        (seen,) = answerer.seen
        signed = message.read_request(method="GET", target=seen.url, headers=seen.headers, now=clock.unix())
        message.check_signature(signed, mine.home.key("tc1").public)
        assert signed.algorithm == "tc-sm2-sm3-batch"

    def test_calls_signed_by_sm2(self, mine, caller, granted):
        """This node signs to itself as a caller would: only the suite of the caller's key matters here."""
        key = mine.home.key("tc1")
        target = "/tc1/towns/call"
        headers = {"content-digest": message.content_digest(b""), "tc-message-id": "m", "tc-purpose": "planning"}
        base, parameters = message.request_base(
            method="GET", target=runtime.current().address + target, headers=headers, now=clock.unix(), nonce="n",
            key=key.public,
        )  # fmt: skip
        (batched,) = sign_batch(key, [base])
        heard = caller.send(target, headers | message.signature_headers(parameters, batched))
        assert heard.code == "grant-missing"
        assert ledger_records()[-1].peer == circle.member_id()
        plain = headers | {"tc-message-id": "other"} | message.signature_headers(parameters, key.sign(base))
        assert caller.send(target, plain).code == "signature-invalid"
