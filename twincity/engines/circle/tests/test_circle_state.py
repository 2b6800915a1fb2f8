"""The circle as one node knows it: entries taken in, in their order, whatever they hold; the chain of charters."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twincity.engines.circle.membership import state as states
from twincity.engines.circle.membership.state import CircleState, load_chain, save_chain, verified
from twincity.engines.circle.tests.world import (
    ADMITTED,
    CQ,
    DAY,
    DJ,
    GZ,
    LS,
    NOW,
    SC,
    Entry,
    adopted,
    anchor,
    charter,
    first,
    key,
    keys,
    mark,
    picture,
    revocation,
    signed,
    statement,
)
from twincity.engines.circle.trust.directory import Directory
from twincity.kernel import canonical, clock, jws
from twincity.kernel.home import Config, Home
from twincity.kernel.keys import b64url
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

CONFIG = Config(id=DJ, title=LocalText("垫江县", "Dianjiang"), division="500231", address="http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def _in_time(monkeypatch):
    """The documents of these tests are dated, and nobody listens for other types of them."""
    clock.shift(NOW - clock.unix())
    monkeypatch.setattr(states, "_handlers", {})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "node", CONFIG)


@pytest.fixture
def state(home: Home) -> CircleState:
    save_chain(home, [first(CQ, SC)])
    return CircleState(home, load_chain(home), Directory(adopted(CQ, SC)))


class Reader:
    """Applies entries, each at its place in its log."""

    def __init__(self, state: CircleState) -> None:
        self.state = state

    def read(self, *entries: Entry | tuple[str, bytes]) -> None:
        for owner, entry in entries:
            data = entry if isinstance(entry, bytes) else entry.encode()
            self.state.apply(owner, self.state.applied.get(owner, 0), data)

    def reasons(self) -> list[str]:
        return [str(each.reason.values["reason"]) for each in self.state.ignored]


@pytest.fixture
def reader(state: CircleState) -> Reader:
    return Reader(state)


class TestEntries:
    def test_documents_become_members_and_keys(self, reader):
        reader.read(*ADMITTED)
        assert set(reader.state.directory.members) == {CQ, SC, DJ, LS}
        assert reader.state.applied == {CQ: 3, SC: 3}
        assert not reader.state.ignored

    def test_an_entry_counts_at_its_place_and_once(self, reader, state):
        owner, token = keys(CQ)
        for index in (1, 5, -1):
            state.apply(owner, index, token.encode())
        assert state.applied == {}
        for _ in range(2):
            state.apply(owner, 0, token.encode())
        assert (state.applied, list(state.ignored)) == ({CQ: 1}, [])

    def test_what_cannot_be_accepted_is_noted_and_passed_over(self, reader):
        reader.read(statement(DJ), keys(CQ), statement(DJ, iat=NOW + 1))
        assert reader.reasons() == ["signed by an unknown key"]
        assert [(each.owner, each.index) for each in reader.state.ignored] == [(CQ, 0)]
        assert DJ in reader.state.directory.members

    def test_the_latest_of_these_notes_are_kept(self, reader):
        reader.read(*[(CQ, f"junk {number}") for number in range(250)])
        assert len(reader.state.ignored) == 200
        assert reader.state.ignored[-1].index == 249

    @pytest.mark.parametrize(
        "entry",
        [
            b"",
            b"\xff\xfe",
            b"{",
            b"{}",
            b'{"payload":5,"signatures":5}',
            b"{" * 5000,
            b"[]",
            b"..",
            b"e30.e30.e30",
            *(f"{b64url(orjson.dumps({'typ': typ}))}.e30.AA".encode() for typ in ([], {}, None, 5, "tc-keys+jwt")),
            (b64url(b'{"typ":"' + b"x" * 70_000 + b'"}') + ".e30.AA").encode(),
        ],
    )
    def test_whatever_a_member_writes_into_its_log(self, reader, entry):
        """No entry of somebody else's may stop a node, least of all at its start, when all logs are read again."""
        reader.read((CQ, entry), keys(CQ))
        assert reader.state.applied == {CQ: 2}
        assert len(reader.state.ignored) <= 1
        assert key(f"{CQ}/tc1").public.kid in reader.state.directory.keys

    @given(
        st.binary(max_size=60) | st.text(max_size=40).map(str.encode),
        st.sampled_from([*ADMITTED, mark(CQ, DJ)]),
        st.data(),
    )
    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_or_any_damage_to_what_was_good(self, state, junk, entry, data):
        raw = bytearray(entry[1].encode())
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 40))] = junk
        before = repr(picture(state.directory))
        state.apply(CQ, state.applied.get(CQ, 0), bytes(raw))
        if bytes(raw) != entry[1].encode():
            assert repr(picture(state.directory)) == before

    def test_a_document_whose_signature_cannot_be_read(self, reader):
        """Header and payload are right, but the types of the signature's parts are not what they should be."""
        broken = first(CQ, SC)
        broken["signatures"][0]["signature"] = 5
        reader.read((CQ, canonical.encode(broken | {"payload": signed(charter(anchor(CQ), version=2))["payload"]})))
        assert len(reader.state.ignored) == 1

    def test_types_that_nobody_knows_are_passed_over_in_silence(self, reader):
        reader.read((CQ, jws.sign({"x": 1}, key(f"{CQ}/tc1"), typ="tc-unheard-of+jwt")))
        assert (reader.state.applied, len(reader.state.ignored)) == ({CQ: 1}, 0)

    def test_others_are_told_of_their_own_types_in_order(self, reader):
        heard: list[tuple[str, int]] = []
        states.on_entry("tc-dataset+jwt", lambda owner, index, token: heard.append((owner, index)))
        for number in range(2):
            reader.read((CQ, jws.sign({"n": number}, key("x"), typ="tc-dataset+jwt")), (SC, "junk"))
        assert heard == [(CQ, 0), (CQ, 1)]

    def test_one_who_refuses_what_he_was_told_stops_nothing(self, reader):
        def refuse(owner: str, index: int, token: str) -> None:
            raise ValueError("not mine")

        states.on_entry("tc-dataset+jwt", refuse)
        reader.read((CQ, jws.sign({}, key("x"), typ="tc-dataset+jwt")), keys(CQ))
        assert len(reader.state.ignored) == 1
        assert reader.state.applied == {CQ: 2}


class TestVouching:
    def test_documents_about_a_member_in_their_order(self, reader):
        entries = [*ADMITTED, mark(CQ, DJ), revocation(CQ, DJ)]
        reader.read(*entries)
        assert reader.state.documents_about(DJ) == [entries[2], entries[3], *entries[6:]]
        assert reader.state.documents_about(CQ) == [entries[0]]
        assert reader.state.documents_about("nobody.example") == []

    def test_they_fold_into_the_same_keys(self, reader):
        reader.read(*ADMITTED, revocation(CQ, DJ))
        again = Directory(adopted(CQ, SC))
        for member in (CQ, SC, DJ, LS):
            for owner, token in reader.state.documents_about(member):
                again.apply(owner, token)
        assert picture(again) == picture(reader.state.directory)

    def test_refused_ones_vouch_for_nothing(self, reader):
        reader.read(statement(DJ))
        assert reader.state.documents_about(DJ) == []

    def test_a_member_is_as_fresh_as_its_anchor(self, reader):
        reader.read(*ADMITTED)
        reader.state.witnessed = {CQ: 5, SC: 7}
        assert [reader.state.witnessed_at(each) for each in (CQ, DJ, LS, "nobody.example")] == [5, 5, 7, 0]


class TestCharters:
    SECOND = signed(charter(anchor(CQ), anchor(SC), anchor(GZ), version=2, threshold=2), CQ, SC)

    def read(self, reader: Reader, *documents: object) -> int:
        reader.read(*[(GZ, canonical.encode(each)) for each in documents])
        return reader.state.directory.charter.version

    def test_a_successor_is_taken_over_and_kept(self, reader, home):
        assert self.read(reader, self.SECOND) == 2
        assert GZ in reader.state.directory.members
        assert load_chain(home) == reader.state.chain == [first(CQ, SC), self.SECOND]

    def test_one_that_is_not_newer_is_passed_over(self, reader, home):
        assert self.read(reader, first(CQ, SC), self.SECOND, first(CQ, SC), self.SECOND) == 2
        assert len(load_chain(home)) == 2
        assert not reader.state.ignored

    @pytest.mark.parametrize(
        ("document", "rule"),
        [
            (signed(charter(anchor(CQ), version=2), CQ), "threshold"),
            (signed(charter(anchor(CQ), anchor(SC), version=3), CQ, SC), "version"),
            (signed(charter(anchor(CQ), anchor(SC), version=2, circle="other"), CQ, SC), "circle"),
            ({"payload": "e30", "signatures": []}, "malformed"),
        ],
    )
    def test_one_that_is_wrong_changes_nothing(self, reader, home, document, rule):
        assert self.read(reader, document) == 1
        assert [each.reason.rule for each in reader.state.ignored] == [rule]
        assert load_chain(home) == [first(CQ, SC)]

    def test_versions_from_several_logs_may_come_in_any_order(self, reader, home):
        third = signed(charter(*map(anchor, (CQ, SC, GZ)), version=3, threshold=2), CQ, SC)
        reader.read((SC, canonical.encode(third)))
        assert reader.state.directory.charter.version == 1
        assert [each.reason.rule for each in reader.state.ignored] == ["version"]
        reader.read((CQ, canonical.encode(self.SECOND)))
        assert reader.state.directory.charter.version == 3
        assert load_chain(home) == [first(CQ, SC), self.SECOND, third]
        assert not reader.state.ignored


class TestTheChainOnDisk:
    def test_before_a_circle_is_joined_there_is_none(self, home):
        assert load_chain(home) == []
        with pytest.raises(Problem) as caught:
            verified([])
        assert (caught.value.kind.code, caught.value.rule) == ("charter-refused", "empty")

    def test_all_versions_are_verified_on_reading(self, home):
        chain = [first(CQ, SC), TestCharters.SECOND]
        save_chain(home, chain)
        assert [each.version for each in verified(load_chain(home))] == [1, 2]
        chain[1] = chain[1] | {"signatures": []}
        save_chain(home, chain)
        with pytest.raises(Problem, match="charter-refused"):
            verified(load_chain(home))

    def test_a_chain_that_has_ended_is_refused_by_the_nodes_clock(self, home):
        clock.shift(0)
        clock.shift(NOW + 365 * DAY - clock.unix())
        with pytest.raises(Problem) as caught:
            verified([first(CQ, SC)])
        assert caught.value.rule == "expires"

    def test_it_is_replaced_as_a_whole(self, home):
        save_chain(home, [{"a": 1}])
        save_chain(home, [{"b": 2}])
        assert load_chain(home) == [{"b": 2}]
        assert [path.name for path in (home.path / "circle").iterdir()] == ["charter.json"]
