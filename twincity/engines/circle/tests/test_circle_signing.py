"""A node's own keys: which one signs now, and how one follows another without a request being lost."""

from __future__ import annotations

import asyncio
import time

import pytest

from twincity.engines.circle.membership.signing import (
    LASTING,
    OVERLAP,
    SETTLE,
    Keyring,
    Signer,
    due,
    first_statement,
    next_statement,
)
from twincity.engines.circle.tests.world import CQ, DAY, DJ, NOW, SC, adopted, fold, keys, revocation, statement
from twincity.engines.circle.trust import documents as docs
from twincity.engines.circle.trust.directory import Directory
from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel import clock, jws
from twincity.kernel.batches import verify_batched
from twincity.kernel.home import Config, Home
from twincity.kernel.keys import PrivateKey
from twincity.kernel.locale_text import LocalText

CONFIG = Config(id=DJ, title=LocalText("垫江县", "Dianjiang"), division="500231", address="http://127.0.0.1:9")


def at(moment: int) -> None:
    """Move the clock to the beginning of a second."""
    clock.shift(moment - time.time())


@pytest.fixture
def home(tmp_path) -> Home:
    at(NOW)
    return Home.create(tmp_path / "node", CONFIG)


class Member:
    """This node, admitted by Chongqing, and the directory that knows it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.directory: Directory = fold([keys(CQ), keys(SC)], adopted(CQ, SC, expires=NOW + 2000 * DAY))
        jwk = to_jwk(home.key("root").public)
        self.directory.apply(*statement(DJ, jwks={"keys": [jwk]}))
        self.directory.apply(CQ, first_statement(home, DJ))
        self.keyring = Keyring(home)

    def rotate(self) -> str:
        token = next_statement(self.home, DJ, self.known)
        self.directory.apply(CQ, token)
        self.keyring.reload()
        return token

    @property
    def known(self) -> docs.KeyStatement:
        found = self.directory.members[DJ].keys
        assert found is not None
        return found

    @property
    def signs_with(self) -> str:
        return self.keyring.signer(self.directory).kid

    def kid(self, name: str) -> str:
        return self.home.key(name).public.kid


@pytest.fixture
def member(home) -> Member:
    return Member(home)


class TestAnnouncing:
    def test_the_first_statement_of_a_node(self, home):
        typ, found = docs.parse(first_statement(home, DJ))
        assert typ == docs.KEYS
        assert isinstance(found, docs.KeyStatement)
        assert (found.iss, found.seq) == (DJ, 1)
        assert NOW <= found.iat <= NOW + 2
        assert found.next == home.key("tc1-next").public.commitment
        terms = {entry.use: (entry.public, entry.exp - entry.nbf) for entry in found.keys}
        assert terms == {
            "log": (home.key("log").public, LASTING),
            "witness": (home.key("witness").public, LASTING),
            "tc1": (home.key("tc1").public, docs.KEY_LIFE),
        }

    def test_it_is_signed_by_the_root_key(self, home):
        root = home.key("root").public
        assert jws.header(first_statement(home, DJ))["kid"] == root.kid
        assert jws.verify(first_statement(home, DJ), {root.kid: root}.get, typ=docs.KEYS)

    def test_the_next_one_announces_what_was_promised(self, member):
        promised = member.home.key("tc1-next").public
        at(NOW + 60 * DAY)
        _, found = docs.parse(member.rotate())
        assert (found.seq, found.iat) == (2, NOW + 60 * DAY)
        old, new = (entry for entry in found.keys if entry.use == "tc1")
        assert (old.nbf, old.exp) == (NOW, NOW + 60 * DAY + OVERLAP)
        assert new.public == promised == member.home.key("tc1").public
        assert (new.nbf, new.exp) == (NOW + 60 * DAY + SETTLE, NOW + 60 * DAY + SETTLE + docs.KEY_LIFE)
        assert found.next == member.home.key("tc1-next").public.commitment
        lasting = {entry.use: entry for entry in found.keys if entry.use != "tc1"}
        assert all((entry.nbf, entry.exp) == (NOW, NOW + LASTING) for entry in lasting.values())

    def test_saying_it_again_announces_the_same_key(self, member):
        """The issuer may have been out of reach: nothing is rotated a second time before it is logged."""
        known = member.known
        tokens = [next_statement(member.home, DJ, known) for _ in range(3)]
        assert len({member.kid("tc1")} | {docs.parse(each)[1].keys[-1].public.kid for each in tokens}) == 1
        assert len({docs.parse(each)[1].next for each in tokens}) == 1
        member.directory.apply(CQ, tokens[-1])

    def test_it_can_go_on_for_ever(self, member):
        seen = [member.kid("tc1")]
        for turn in range(1, 7):
            at(NOW + turn * 60 * DAY)
            member.rotate()
            seen.append(member.kid("tc1"))
        assert len(set(seen)) == 7
        assert member.known.seq == 7
        assert all(kid in member.directory.keys for kid in seen)

    @pytest.mark.parametrize(
        ("age", "expected"), [(0, False), (60 * DAY, False), (60 * DAY + 1, True), (90 * DAY, True)]
    )
    def test_it_is_due_at_two_thirds_of_the_newest_keys_life(self, member, age, expected):
        assert due(member.known, NOW + age) is expected

    def test_after_a_rotation_it_is_not_due(self, member):
        at(NOW + 61 * DAY)
        member.rotate()
        assert not due(member.known, NOW + 62 * DAY)
        assert due(member.known, NOW + 61 * DAY + SETTLE + 60 * DAY + 1)


class TestChoosing:
    def test_the_only_key_signs(self, member):
        assert member.signs_with == member.kid("tc1")

    def test_before_the_directory_knows_any_the_own_one_signs(self, home):
        """What it signs then is refused by others; it has nothing better."""
        signer = Keyring(home).signer(Directory(adopted(CQ, SC)))
        assert signer.kid == home.key("tc1").public.kid

    def test_the_new_key_signs_when_everyone_has_had_time_to_hear_of_it(self, member):
        old = member.kid("tc1")
        at(NOW + DAY)
        member.rotate()
        for wait, expected in ((0, old), (SETTLE - 1, old), (SETTLE, member.kid("tc1"))):
            at(NOW + DAY + wait)
            assert member.signs_with == expected, wait
            assert member.directory.signing_key(member.signs_with, clock.unix()).member == DJ

    def test_at_every_moment_the_key_that_signs_is_accepted_by_all(self, member):
        """Over a year, hour by hour around each rotation; also by a clock 30 seconds off."""
        for turn in range(1, 6):
            begin = NOW + turn * 60 * DAY
            at(begin)
            member.directory.apply(*renewed(member.home, begin))
            member.rotate()
            for later in [*range(30), OVERLAP - 1, OVERLAP, OVERLAP + 1, 20 * DAY]:
                at(begin + later)
                kid = member.signs_with
                for skew in (-30, 0, 29):
                    assert member.directory.signing_key(kid, begin + later + skew).key.kid == kid, later

    def test_a_revoked_key_does_not_sign_while_there_is_another(self, member):
        at(NOW + DAY)
        old = member.kid("tc1")
        member.rotate()
        at(NOW + DAY + SETTLE)
        member.directory.apply(*revocation(CQ, DJ, kid=member.kid("tc1")))
        assert member.signs_with == old

    def test_it_is_chosen_once_a_second_and_after_every_change(self, member, monkeypatch):
        asked = []
        chosen = member.keyring.signer(member.directory)
        monkeypatch.setattr("twincity.engines.circle.membership.signing._usable", lambda *given: asked.append(given))
        monkeypatch.setattr(clock, "unix", lambda: member.keyring._chosen[0])
        assert member.keyring.signer(member.directory) is chosen
        assert not asked
        member.directory.version += 1
        member.keyring.signer(member.directory)
        assert asked


def renewed(home: Home, now: int) -> tuple[str, str]:
    return statement(DJ, f"{CQ}/root", iat=now, life=30 * DAY, jwks={"keys": [to_jwk(home.key("root").public)]})


class TestSigner:
    def test_ed25519_signs_at_once(self):
        key = PrivateKey.generate()
        signer = Signer.of(key)
        assert (signer.kid, signer.batched) == (key.public.kid, False)
        assert key.public.verify(b"base", asyncio.run(signer.sign(b"base")))

    def test_sm2_signs_batches(self):
        try:
            key = PrivateKey.generate("sm2")
        except RuntimeError as error:
            pytest.skip(f"sm2: {error}")
        signer = Signer.of(key)

        async def several() -> list[bytes]:
            return await asyncio.gather(*(signer.sign(b"base %d" % number) for number in range(5)))

        signatures = asyncio.run(several())
        assert signer.batched
        assert all(verify_batched(key.public, b"base %d" % number, raw) for number, raw in enumerate(signatures))
        assert {raw[1] for raw in signatures} == {4}, "five messages, one batch"
