"""What the ledger holds of exchanges: an index that can be dropped and rebuilt, nonces, proofs, bundles."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import orjson
import pytest

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER, Opened
from twincity.engines.exchange import facade, jobs, queries, rules, services
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.bundle import Proven
from twincity.engines.exchange.evidence.verify import verify
from twincity.engines.exchange.models import ExchangeRow
from twincity.engines.exchange.services import records as service
from twincity.engines.exchange.tests.evidence_world import Book
from twincity.engines.exchange.wire import asking, records
from twincity.engines.ledger import facade as ledger
from twincity.engines.ledger.log.checkpoints import Checkpoint
from twincity.engines.ledger.log.witness import Witness
from twincity.engines.ledger.log.witness_store import FileStore
from twincity.kernel import clock, ids, merkle
from twincity.kernel.http.client import Client
from twincity.kernel.locale_text import LocalText
from twincity.kernel.notes import Algorithm, Note, Signer
from twincity.kernel.operations import perform
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message
from twincity.kernel.tc1.replay import WINDOW

pytestmark = pytest.mark.django_db


def me() -> str:
    return circle.member_id()


def exchange(
    mine: Opened, *, provider: bool = True, place: int = 0, **changes: Any
) -> tuple[records.Record, records.Record]:
    """This node's record of an exchange with the other side, and that of the other side."""
    ours, theirs = mine.home.key("tc1"), mine.other.key("tc1")
    asker, answerer = (theirs, ours) if provider else (ours, theirs)
    called, caller = (me(), OTHER) if provider else (OTHER, me())
    given = {"id": ids.new_id(), "service": "towns", "method": "GET", "path": "/units", "purpose": "planning"} | changes
    address = circle.directory().members[called].node.address
    asked = {
        "content-digest": message.content_digest(b""),
        "tc-message-id": given["id"],
        "tc-purpose": given["purpose"],
    }
    base, signature = message.sign_request(
        asker,
        method=given["method"],
        target=f"{address}/tc1/{given['service']}{given['path']}",
        headers=asked,
        now=clock.unix(),
        nonce=given.pop("nonce", given["id"][:64]),
    )
    req = records.part(base, signature, asker.public.kid)
    answered = {"content-digest": message.content_digest(b"{}"), "tc-receipt": f'"{called}/exchange";index={place}'}
    base, _ = message.response_base(status=200, headers=answered, request=asked, now=clock.unix(), key=answerer.public)
    res = records.part(base, answerer.sign(base), answerer.public.kid)
    shared = {"at": clock.millis(), "outcome": "ok", "status": 200, "req": req, "res": res} | given
    own = {"side": "provider", "peer": caller}
    other = {"side": "consumer", "peer": called}
    own |= {name: shared.pop(name) for name in ("grant", "agreement", "stale") if name in shared}
    made = records.Record(**(shared | own)), records.Record(**(shared | other))
    return made if provider else made[::-1]


def keep(record: records.Record | bytes) -> int:
    """Append a record to this node's ledger; its place."""
    data = record if isinstance(record, bytes) else records.encode(record)
    return ledger.exchange_log().append_wait(lambda _: data).index


class TestTheIndex:
    def test_every_record_has_its_row(self, mine):
        kept = [
            exchange(mine, grant="a.1", case="2026/1", system="gis", size=5, micros=7, stale=True)[0],
            exchange(mine, provider=False, outcome="grant-missing", status=403)[0],
        ]
        places = [keep(each) for each in kept]
        assert services.index_records() == 2
        rows = list(ExchangeRow.objects.order_by("index"))
        assert [row.index for row in rows] == places
        for row, record in zip(rows, kept, strict=True):
            for name in ("side", "peer", "service", "method", "path", "purpose", "system", "outcome", "grant", "case"):
                assert getattr(row, name) == getattr(record, name), name
            assert (row.message, row.stale, row.size, row.micros) == (
                record.id,
                record.stale,
                record.size,
                record.micros,
            )
            assert row.at == clock.instant(record.at)

    def test_records_of_other_kinds_have_rows_that_no_list_shows(self, mine):
        keep(b'{"kind":"agreement","id":"a","at":5,"document":"x"}')
        keep(exchange(mine)[0])
        assert services.index_records() == 2
        assert ExchangeRow.objects.count() == 2
        assert queries.exchanges().count() == 1

    def test_what_is_there_is_not_read_again(self, mine):
        keep(exchange(mine)[0])
        assert services.index_records() == 1
        assert services.index_records() == 0
        keep(exchange(mine)[0])
        assert services.index_records() == 1

    def test_it_can_be_dropped_and_built_again(self, mine):
        for number in range(7):
            keep(exchange(mine, provider=number % 2 == 0, path=f"/{number}")[0])
            if number == 3:
                keep(b'{"kind":"agreement","id":"a","at":5,"document":"x"}')
        services.index_records()
        before = list(ExchangeRow.objects.order_by("index").values())
        ExchangeRow.objects.all().delete()
        assert [services.index_records(3), services.index_records(3), services.index_records(3)] == [3, 3, 2]
        assert list(ExchangeRow.objects.order_by("index").values()) == before

    def test_a_part_that_is_missing_at_the_end_is_caught_up(self, mine):
        for _ in range(4):
            keep(exchange(mine)[0])
        services.index_records()
        ExchangeRow.objects.filter(index__gte=2).delete()
        assert services.index_records() == 2
        assert ExchangeRow.objects.count() == 4

    @pytest.mark.parametrize(
        "changes",
        [
            {"service": "s" * 300},
            {"method": "PROPFIND"},
            {"path": "/" + "p" * 3000},
            {"purpose": "p" * 300},
            {"outcome": "o" * 300},
            {"grant": "g" * 300},
            {"case": "c" * 300},
            {"system": "s" * 300},
        ],
    )
    def test_one_odd_name_does_not_keep_the_rest_out(self, mine, changes):
        """What a peer called by is recorded as it was, however long; the index has narrower columns."""
        keep(exchange(mine, **changes)[0])
        keep(exchange(mine)[0])
        assert services.index_records() == 2
        ((name, value),) = changes.items()
        stored = getattr(ExchangeRow.objects.get(index=0), name)
        assert value.startswith(stored)
        assert len(stored) == ExchangeRow._meta.get_field(name).max_length

    def test_the_job_brings_it_up_to_the_ledger_and_then_leaves_the_database_alone(self, mine, monkeypatch):
        monkeypatch.setattr(jobs, "_indexed", {"size": -1})
        monkeypatch.setattr(jobs, "BATCH", 2)
        real, asked = services.index_records, []
        monkeypatch.setattr(jobs.services, "index_records", lambda: asked.append(True) or real(2))
        for _ in range(5):
            keep(exchange(mine)[0])
        jobs.index(None)
        assert ExchangeRow.objects.count() == 5
        asked.clear()
        jobs.index(None)
        assert asked == []


class TestLists:
    @pytest.fixture
    def kept(self, mine) -> list[records.Record]:
        found = [
            exchange(mine, case="c1", grant="agreement-1.1")[0],
            exchange(mine, service="persons", outcome="grant-missing", status=403)[0],
            exchange(mine, provider=False, outcome="unanswered", status=0)[0],
            exchange(mine, service="tc.agreements", path="/requests")[0],
        ]
        for each in found:
            keep(each)
        services.index_records()
        return found

    def messages(self, **chosen: Any) -> list[str]:
        return [row.message for row in queries.listed(**chosen)]

    def test_latest_first_without_the_protocols_own(self, kept):
        assert self.messages() == [kept[2].id, kept[1].id, kept[0].id]
        assert self.messages(protocol="yes") == [each.id for each in reversed(kept)]

    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            ({"service": "persons"}, [1]),
            ({"service": "tc.agreements"}, [3]),
            ({"outcome": "ok"}, [0]),
            ({"outcome": "refused"}, [1]),
            ({"outcome": "silent"}, [2]),
            ({"text": "c1"}, [0]),
            ({"text": "agreement-1"}, [0]),
            ({"text": "nothing"}, []),
            ({"peer": OTHER}, [2, 1, 0]),
            ({"peer": "nobody.test"}, []),
        ],
    )
    def test_by_what_one_looks_for(self, kept, chosen, expected):
        assert self.messages(**chosen) == [kept[place].id for place in expected]

    def test_one_by_its_place_and_by_its_message(self, kept):
        assert queries.record(1) == kept[1]
        assert queries.record_index(kept[0].id, "provider") == 0
        assert queries.record_index(kept[0].id, "provider", "nobody.test") is None
        assert queries.record_index(kept[0].id, "consumer") is None
        assert queries.record_index(kept[2].id, "consumer", OTHER) == 2

    def test_since_a_moment(self, kept):
        assert queries.exchanges(since=clock.instant(kept[3].at)).filter(message=kept[3].id).exists()
        assert not queries.exchanges(since=clock.instant(kept[3].at + 1000)).exists()


class TestSimulating:
    def test_past_calls_are_tried_under_other_grants(self, mine):
        for changes in ({}, {"purpose": "tax"}, {"outcome": "grant-missing"}, {"service": "tc.evidence"}):
            keep(exchange(mine, **changes)[0])
        keep(exchange(mine, provider=False)[0])
        keep(exchange(mine, outcome="not-found", status=404)[0])
        draft = {"id": "d", "subject": f"member:{OTHER}", "service": "towns", "purposes": ["planning"]}
        told = perform("exchange.simulate", {"grants": [draft]})
        rows = {row.index: row.message for row in ExchangeRow.objects.all()}
        assert (told["calls"], told["newly_allowed"], told["newly_refused"]) == (4, [rows[2]], [rows[1]])
        assert (told["count_allowed"], told["count_refused"]) == (1, 1)

    def test_only_those_of_the_days_asked_for(self, mine):
        keep(exchange(mine)[0])
        clock.shift(3 * 86_400)
        assert perform("exchange.simulate", {"grants": [], "days": 2})["calls"] == 0
        assert perform("exchange.simulate", {"grants": [], "days": 4})["count_refused"] == 1

    def test_a_draft_that_is_not_well_formed(self, mine):
        with pytest.raises(Problem, match="grant-invalid"):
            perform("exchange.simulate", {"grants": [{"id": "d", "subject": "all", "service": "s", "purposes": ["a"]}]})


class TestNonces:
    def test_those_of_the_last_window_are_read_back(self, mine):
        """However many records lie before them: found by halving, not by reading all."""
        kid = mine.other.key("tc1").public.kid
        clock.shift(-10 * WINDOW)
        for number in range(20):
            keep(exchange(mine, nonce=f"old {number}")[0])
        clock.shift(-WINDOW // 2)
        keep(exchange(mine, nonce="half a window ago")[0])
        keep(b'{"kind":"agreement","id":"a","at":%d,"document":"x"}' % clock.millis())
        keep(exchange(mine, provider=False, nonce="own")[0])
        clock.shift(0)
        keep(exchange(mine, nonce="now")[0])
        assert services.recent_nonces() == [(kid, "half a window ago"), (kid, "now")]

    def test_an_empty_ledger_has_none(self, mine):
        assert services.recent_nonces() == []

    def test_a_start_knows_them(self, mine, node_home):
        keep(exchange(mine, nonce="seen")[0])
        facade.stop()
        started = facade.start(node_home.config, Client())
        with pytest.raises(Problem, match="signature-replayed"):
            started.replay.check(mine.other.key("tc1").public.kid, "seen", clock.unix())


@pytest.fixture
def witnessed(mine, tmp_path):
    """Publishes this node's exchange log and has the other anchor cosign it."""
    signer = Signer.of(f"{OTHER}/witness", mine.other.key("witness"), Algorithm.COSIGNATURE)
    witness = Witness(FileStore(tmp_path / "witness"), signer, circle.log_keys)

    def publish() -> None:
        log = ledger.exchange_log()
        log.policy = circle.policy_for(circle.directory(), me(), "exchange")
        log.tick()
        for size in range(log.size + 1):
            answer = witness.handle(log.witness_request(size).encode())
            if answer.status == 200:
                log.add_cosignatures(answer.body.decode(), log.size)
                return

    return publish


class TestProving:
    def test_a_record_with_its_proof_under_a_witnessed_checkpoint(self, mine, witnessed):
        keep(b'{"kind":"agreement","id":"a","at":5,"document":"x"}')
        record = exchange(mine, place=1)[0]
        keep(record)
        witnessed()
        found = services.prove(record.id)
        assert (found.origin, found.index, found.owner) == (f"{me()}/exchange", 1, me())
        assert records.decode(found.data()) == record
        proof = ledger.LogProof.parse(found.proof.encode())
        policy = circle.policy_for(circle.directory(), me(), "exchange")
        assert proof.verify_private(base64.b64decode(found.salt), found.data(), policy).place == 1

    def test_not_before_it_is_witnessed(self, mine, witnessed):
        witnessed()
        record = exchange(mine)[0]
        keep(record)
        with pytest.raises(Problem) as caught:
            services.prove(record.id)
        assert (caught.value.kind.code, caught.value.retry_after) == ("not-yet-published", 1)
        witnessed()
        assert services.prove(record.id).index == 0

    def test_what_never_happened(self, mine):
        with pytest.raises(Problem) as caught:
            services.prove("nothing")
        assert (caught.value.kind.code, caught.value.field) == ("not-found", "message")

    def test_to_others_only_what_they_took_part_in(self, mine, witnessed):
        record = exchange(mine)[0]
        keep(record)
        witnessed()
        assert services.prove(record.id, asked_by=OTHER).index == 0
        with pytest.raises(Problem, match="not-found"):
            services.prove(record.id, asked_by="nobody.test")

    def test_of_two_with_one_id_the_askers_own(self, mine, witnessed):
        """Ids are the consumers' to choose: somebody may have used another's."""
        first = exchange(mine, id="same")[0]
        keep(msgspec.structs.replace(first, peer="nobody.test"))
        keep(first)
        witnessed()
        assert services.prove("same", asked_by=OTHER).index == 1


class TestCollecting:
    def collected(self, mine, witnessed, monkeypatch, *, agreement: str = "") -> bundles.Bundle:
        """This node was asked by the other; its side comes from its ledger, that of the other from a book on paper."""
        place = ledger.exchange_log().size
        own, other = exchange(mine, place=place, agreement=agreement)
        keep(own)
        witnessed()
        book = Book(OTHER, [records.encode(other)])
        proven = book_proven(book, mine)

        async def fetch(peer: str, name: str) -> Proven:
            assert (peer, name) == (OTHER, own.id)
            return proven

        monkeypatch.setattr(asking, "fetch_proof", fetch)
        monkeypatch.setattr(service.background, "wait", run)
        return services.collect(own.id)

    def test_a_bundle_that_verifies_offline(self, mine, witnessed, monkeypatch):
        found = self.collected(mine, witnessed, monkeypatch)
        report = verify(found, pinned=circle.pinned_digest(mine.home))
        assert [check.name for check in report.failed()] == []
        assert bundles.read(bundles.write(found)) == found

    def test_with_the_agreement_it_rests_on(self, mine, witnessed, monkeypatch):
        terms = Terms(service="towns", purpose="planning", reason=LocalText("甲", "A"), not_after=clock.unix() + 100)
        request = docs.Request(id=ids.new_id(), provider=me(), consumer=OTHER, iat=clock.unix(), terms=terms)
        services.receive_request(sender=OTHER, token=docs.sign(request, mine.other.key("tc1")))
        services.decide(agreement_id=request.id, state="active", by="x")
        found = self.collected(mine, witnessed, monkeypatch, agreement=request.id)
        report = verify(found)
        assert "agreement" in [check.name for check in report.checks]
        assert report.holds

    def test_by_name(self, mine, witnessed, monkeypatch):
        found = self.collected(mine, witnessed, monkeypatch)
        told = perform("exchange.prove", {"message": records.decode(found.records[0].data()).id})
        assert told["holds"] is True
        assert all(check["holds"] for check in told["checks"])
        assert bundles.read(base64.b64decode(told["bundle"])) == found


def run(work: Any) -> Any:
    """Instead of the node's loop: what is awaited here never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waited")


def book_proven(book: Book, mine: Opened) -> Proven:
    """The only record of a book, proven by keys of the homes in place of those that go by a name."""
    text = Checkpoint(book.origin, 1, merkle.root(book.leaves)).text
    log = Signer.of(book.origin, mine.other.key("log")).signature(text)
    own = Signer.of(f"{me()}/witness", mine.home.key("witness"), Algorithm.COSIGNATURE)
    note = Note(text, (log, own.signature(text, timestamp=clock.unix())))
    proof = ledger.LogProof(0, (), ledger.SignedCheckpoint.parse(note.encode()))
    salt, data = (base64.b64encode(raw).decode() for raw in (book.salts[0], book.entries[0]))
    return Proven(book.origin, 0, salt, data, proof.encode().decode())


def test_facts_of_a_call_are_completed_from_the_directory(mine):
    found = queries.facts(member=OTHER, service="s", path="/", purpose="p", at=5)
    assert (found.division, found.marks, found.now, found.method) == ("510000", (), 5, "GET")
    stranger = queries.facts(member="nobody.test", service="s", path="/", purpose="p")
    assert (stranger.division, stranger.marks) == ("", ())
    assert isinstance(stranger, rules.Request)
    assert abs(stranger.now - clock.unix()) < 60


def test_the_ledger_holds_what_the_index_forgets(mine):
    keep(exchange(mine, path="/" + "p" * 900)[0])
    services.index_records()
    assert orjson.loads(ledger.exchange_log().record(0).data)["path"] == "/" + "p" * 900
    assert queries.record(0).path == "/" + "p" * 900
