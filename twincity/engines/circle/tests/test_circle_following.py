"""Following another's public log: verified copies, news within a poll, and logs that contradict themselves."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from twincity.engines.circle import facade, jobs, services
from twincity.engines.circle.membership import follow, signing
from twincity.engines.circle.membership.holder import circle as current
from twincity.engines.circle.tests.opened import OTHER, opened
from twincity.engines.ledger import facade as ledger
from twincity.engines.ledger.log.log import Log
from twincity.engines.ledger.log.witness import Witness
from twincity.engines.ledger.log.witness_store import FileStore
from twincity.engines.ledger.log.witness_wire import AddCheckpoint
from twincity.kernel import clock
from twincity.kernel.home import Config, Home
from twincity.kernel.http.errors import TransportError
from twincity.kernel.locale_text import LocalText
from twincity.kernel.notes import Algorithm, Signer
from twincity.kernel.problems import Problem

ME, COUNTY = "cq.test", "dianjiang.cq.test"
ORIGIN = f"{OTHER}/public"


def make(folder: Path, name: str, division: str) -> Home:
    config = Config(id=name, title=LocalText(name, name), division=division, address=f"http://{name}")
    return Home.create(folder / name, config)


class Remote:
    """The other province's node: its public log and its witness, reached by a client that has no network."""

    def __init__(self, folder: Path, home: Home) -> None:
        self.root, self.home = folder / "log", home
        self.log = self.open(self.root)
        signer = Signer.of(f"{OTHER}/witness", home.key("witness"), Algorithm.COSIGNATURE)
        self.witness = Witness(FileStore(folder / "witness"), signer, facade.log_keys)
        self.asked: list[str] = []
        self.answers: list[int] = []
        """Statuses to answer with instead, next first; 0 breaks the connection."""
        self.changed: dict[str, bytes] = {}
        """Files that are served differently from what they are."""

    def open(self, root: Path) -> Log:
        return Log.open(root, origin=ORIGIN, signer=Signer.of(ORIGIN, self.home.key("log")), private=False)

    def publish(self, *records: str) -> None:
        for record in records:
            self.log.append_wait(lambda _, record=record: record.encode())
        self.log.tick()
        self.vouched()

    def vouched(self) -> None:
        """This node's witness cosigns the log, as the other's job asks it to."""
        witness = ledger.services.ledger().witness
        for old in range(self.log.size + 1):
            answer = witness.handle(self.log.witness_request(old).encode())
            if answer.status == 200:
                policy = current().policy(OTHER, "public")
                self.log.policy = policy
                self.log.add_cosignatures(answer.body.decode(), self.log.size)
                return

    async def request(self, method: str, url: str, headers, body, **limits) -> SimpleNamespace:
        self.asked.append(url)
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            raise TransportError("no route")
        path = url.partition("/log/public/")[2].partition("?")[0]
        if "/witness/" in url:
            answer = self.witness.handle(body)
            return SimpleNamespace(status=answer.status if status == 200 else status, body=answer.body)
        if status != 200:
            return SimpleNamespace(status=status, body=b"")
        if path in self.changed:
            return SimpleNamespace(status=200, body=self.changed[path])
        found = self.root / path
        return (
            SimpleNamespace(status=200, body=found.read_bytes())
            if found.exists()
            else SimpleNamespace(status=404, body=b"")
        )


@pytest.fixture
def remote(tmp_path) -> Iterator[Remote]:
    with opened(make(tmp_path, ME, "500000"), tmp_path) as made:
        made.remote = Remote(tmp_path / "remote", made.other)
        follower().client = made.remote
        state = current().state
        # What `opened` has told it of the other came from nowhere; here it comes from the log.
        state.applied.pop(OTHER, None)
        state.witnessed.clear()
        del state.directory.keys[made.other.key("tc1").public.kid]
        state.directory.members[OTHER].keys = None
        yield made.remote
        made.remote.log.close()


def follower() -> follow.Follower:
    found = follow.follower()
    assert found is not None
    return found


def followed() -> follow.Followed:
    return follower()._open(current(), OTHER)


def update(**options) -> None:
    followed()
    asyncio.run(follower().update(OTHER, **options))


def own_kid(remote: Remote) -> str:
    return remote.home.key("tc1").public.kid


async def until(happened: Callable[[], bool]) -> None:
    """Wait for something that a task or thread does sooner or later."""
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110  it happens in parts that know nothing of this test
            await asyncio.sleep(0.002)


class TestCopying:
    def test_what_is_published_becomes_known(self, remote):
        remote.publish(signing.first_statement(remote.home, OTHER), "junk")
        update()
        assert own_kid(remote) in facade.directory().keys
        assert (followed().size, followed().error) == (2, "")
        assert followed().reached_at > 0
        assert [each.index for each in current().state.ignored] == [1]

    def test_news_are_added_to_what_is_known(self, remote):
        remote.publish("one", "two")
        update()
        remote.publish(signing.first_statement(remote.home, OTHER))
        update()
        assert current().state.applied[OTHER] == followed().size == 3
        assert own_kid(remote) in facade.directory().keys

    def test_many_entries(self, remote):
        remote.publish(*map(str, range(600)))
        update()
        remote.publish(signing.first_statement(remote.home, OTHER))
        update()
        assert followed().size == 601
        assert own_kid(remote) in facade.directory().keys

    def test_a_poll_says_what_it_has_seen(self, remote):
        remote.publish("one")
        update()
        seen = hashlib.sha256((remote.root / "checkpoint").read_bytes()).hexdigest()[:16]
        remote.answers = [304]
        update(wait=7)
        assert remote.asked[-1].endswith(f"/log/public/checkpoint?wait=7&seen={seen}")
        assert (followed().size, followed().error) == (1, "")

    def test_a_log_that_is_not_there(self, remote):
        remote.answers = [404]
        with pytest.raises(LookupError):
            update()
        assert followed().error == "status 404"

    def test_one_that_cannot_be_reached(self, remote):
        remote.answers = [0]
        with pytest.raises(TransportError):
            update()
        assert followed().reached_at == 0

    def test_it_is_as_fresh_as_its_last_cosignature_from_here(self, remote):
        remote.publish("one")
        update()
        assert abs(facade.witnessed_at(OTHER) - clock.unix()) < 30
        assert facade.standing(OTHER, "critical", clock.unix()).stale is False
        with pytest.raises(Problem, match="directory-stale"):
            facade.standing(OTHER, "critical", clock.unix() + 1000)

    def test_without_one_it_is_not_fresh(self, remote):
        remote.log.append_wait(lambda _: b"one")
        remote.log.tick()
        update()
        assert facade.witnessed_at(OTHER) == 0
        with pytest.raises(Problem, match="directory-stale"):
            facade.standing(OTHER, "normal", clock.unix())


class TestLies:
    def test_a_changed_entry_is_not_taken(self, remote):
        remote.publish("one", "two")
        path = next((remote.root / "tile" / "entries").rglob("*.p/2"))
        name = path.relative_to(remote.root).as_posix()
        remote.changed[name] = path.read_bytes().replace(b"two", b"tow")
        with pytest.raises(LookupError):
            update()
        assert (followed().size, followed().broken) == (0, False)
        assert followed().error
        del remote.changed[name]
        update()
        assert followed().size == 2

    def test_a_checkpoint_that_somebody_else_signed(self, remote, tmp_path):
        remote.publish("one")
        stranger = Log.open(
            tmp_path / "x", origin=ORIGIN, signer=Signer.of(ORIGIN, current().home.key("log")), private=False
        )
        stranger.append_wait(lambda _: b"one")
        stranger.tick()
        stranger.close()
        remote.changed["checkpoint"] = (tmp_path / "x" / "checkpoint").read_bytes()
        with pytest.raises(LookupError):
            update()
        assert (followed().size, followed().broken) == (0, False)

    def test_a_fork_is_not_followed_further(self, remote, tmp_path):
        """Two histories of one log, both signed by it: the evidence is kept."""
        remote.publish("one", "two")
        update()
        other = remote.open(tmp_path / "fork")
        for record in (b"one", b"not two", b"three"):
            other.append_wait(lambda _, record=record: record)
        other.tick()
        other.close()
        remote.root = tmp_path / "fork"
        with pytest.raises(LookupError):
            update()
        assert followed().broken
        assert followed().size == 2
        asyncio.run(follower()._follow(OTHER))
        mirror = current().home.path / "mirrors" / OTHER
        assert list(mirror.rglob("evidence*.json"))


class TestRunning:
    def test_every_member_is_followed_until_stopped(self, remote):
        remote.publish(signing.first_statement(remote.home, OTHER))

        async def run() -> None:
            stop = asyncio.Event()
            task = asyncio.create_task(follower().run(stop))
            await until(lambda: own_kid(remote) in facade.directory().keys)
            stop.set()
            await task

        asyncio.run(run())
        assert followed().size == 1

    def test_it_goes_on_whatever_happens(self, remote, monkeypatch):
        monkeypatch.setattr(follow, "PAUSE", (0.001, 0.002))
        remote.publish("one")
        remote.answers = [0, 500, 0]
        calls = iter([ValueError("surprise")])
        real = follow.Follower.update

        async def surprising(self, name, **options):
            for error in calls:
                raise error
            await real(self, name, **options)

        monkeypatch.setattr(follow.Follower, "update", surprising)

        async def run() -> None:
            followed()
            task = asyncio.create_task(follower()._follow(OTHER))
            await until(lambda: followed().size > 0)
            task.cancel()

        asyncio.run(run())
        assert remote.answers == []
        assert followed().error == ""

    def test_an_unknown_key_is_asked_after_at_once(self, remote, monkeypatch):
        """Who meets a key that was announced a moment ago asks the issuers before refusing, once a second at most."""
        followed()
        remote.publish(signing.first_statement(remote.home, OTHER))
        found = asyncio.run(facade.signing_key(own_kid(remote), clock.unix()))
        assert found.member == OTHER
        asked = len(remote.asked)
        with pytest.raises(Problem, match="unknown-key"):
            asyncio.run(facade.signing_key("nobody's", clock.unix()))
        assert len(remote.asked) == asked
        monkeypatch.setattr(follow, "REFRESH_EVERY", 0)
        remote.answers = [0]
        with pytest.raises(Problem, match="unknown-key"):
            asyncio.run(facade.signing_key("nobody's", clock.unix()))
        assert len(remote.asked) == asked + 1

    def test_a_start_needs_nobody(self, remote):
        """What was copied is read again: the others may all be down."""
        remote.publish(signing.first_statement(remote.home, OTHER))
        update()
        services.mark(member=OTHER, mark_id="kept", life=1000)
        before = facade.directory()
        again = reopened(remote)
        assert again.members[OTHER].marks == before.members[OTHER].marks
        assert again.keys.keys() == before.keys.keys()
        assert remote.asked[-1].endswith("0.p/1") or remote.asked

    def test_a_start_knows_the_last_cosignature_though_the_log_has_grown_since(self, remote):
        remote.publish("one")
        update()
        known = facade.witnessed_at(OTHER)
        remote.log.append_wait(lambda _: b"two")  # the other node stops before anybody has cosigned this
        remote.log.tick()
        update()
        reopened(remote)
        assert followed().copy.mirror.size == 2
        assert facade.witnessed_at(OTHER) == known > 0

    @pytest.mark.parametrize("spoilt", [b"", b"nonsense", None])
    def test_a_spoilt_note_of_it_tells_nothing_and_stops_nothing(self, remote, spoilt):
        remote.publish("one")
        update()
        remote.log.append_wait(lambda _: b"two")
        remote.log.tick()
        update()
        kept = current().home.path / "mirrors" / OTHER / "checkpoint.witnessed"
        kept.write_bytes(kept.read_bytes().replace(b"public\n1\n", b"public\n3\n") if spoilt is None else spoilt)
        reopened(remote)
        assert facade.witnessed_at(OTHER) == 0


def reopened(remote: Remote) -> facade.Directory:
    """The directory of a fresh start from what is on disk."""
    home = current().home
    facade.open_circle(home, remote)
    return facade.directory()


class TestWitnesses:
    @pytest.fixture(autouse=True)
    def _nothing_asked_yet(self, remote, monkeypatch):
        monkeypatch.setattr(jobs, "_asked", {})
        monkeypatch.setattr(jobs, "_policies", {})
        ledger.public_log().tick()

    def work(self) -> None:
        asyncio.run(jobs.witnesses(None))

    def test_each_new_checkpoint_is_cosigned_by_the_other_anchors(self, remote):
        self.work()
        signed = ledger.public_log().checkpoint()
        names = [each.witness.key.name for each in current().policy(ME, "public").check(signed)]
        assert names == [f"{OTHER}/witness"]
        assert abs(facade.witnessed_at(ME) - clock.unix()) < 30
        assert {name for name, _ in jobs._asked} == {"public", "exchange"}

    def test_a_log_that_has_not_grown_is_left_alone_until_it_gets_old(self, remote):
        self.work()
        asked = len(remote.asked)
        self.work()
        assert len(remote.asked) == asked
        clock.shift(jobs.RENEW)
        self.work()
        assert len(remote.asked) == asked + 2

    def test_a_witness_that_has_forgotten_or_seen_more_is_met_where_it_is(self, remote):
        """409 with the size it has cosigned last; asked again from there."""
        ledger.append_public(b"one")
        ledger.public_log().tick()
        self.work()
        jobs._asked.clear()
        ledger.append_public(b"two")
        ledger.public_log().tick()
        remote.asked.clear()
        self.work()
        assert len([url for url in remote.asked if "witness" in url]) >= 3
        assert jobs._asked["public", OTHER].done == ledger.public_log().size

    def test_one_that_cannot_be_reached_is_asked_again(self, remote):
        remote.answers = [0, 0]
        self.work()
        assert jobs._asked["public", OTHER].done == -1
        self.work()
        assert jobs._asked["public", OTHER].done == ledger.public_log().size

    @pytest.mark.parametrize("status", [400, 403, 404, 422, 500])
    def test_one_that_refuses_vouches_for_nothing(self, remote, status):
        remote.answers = [status, status]
        self.work()
        assert jobs._asked["public", OTHER].done == -1
        assert facade.witnessed_at(ME) == 0

    def test_a_log_that_was_set_back_is_not_vouched_for(self, remote):
        """The witness has cosigned more than the log holds."""
        jobs._asked["public", OTHER] = jobs._Asked(size=ledger.public_log().size + 5)
        self.work()
        assert jobs._asked["public", OTHER].done == -1


class TestKeysJob:
    def test_it_announces_and_rotates_in_time(self, remote):
        asyncio.run(jobs.keys(None))
        assert facade.directory().members[ME].keys.seq == 1
        clock.shift(61 * 86_400)
        asyncio.run(jobs.keys(None))
        assert facade.directory().members[ME].keys.seq == 2
        asyncio.run(jobs.keys(None))
        assert facade.directory().members[ME].keys.seq == 2

    def test_statements_are_renewed(self, remote, tmp_path):
        services.admit(node=facade.card(make(tmp_path, COUNTY, "500231")))
        before = facade.directory().members[COUNTY].exp
        clock.shift(21 * 86_400)
        jobs.statements(None)
        assert facade.directory().members[COUNTY].exp > before

    def test_a_node_without_a_circle_has_nothing_to_do(self):
        asyncio.run(jobs.keys(None))
        asyncio.run(jobs.witnesses(None))
        jobs.statements(None)


def test_requests_to_a_witness_are_read_by_one(remote):
    request = AddCheckpoint.parse(ledger.public_log().witness_request(0).encode())
    assert request.signed.checkpoint.origin == f"{ME}/public"
