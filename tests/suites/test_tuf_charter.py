"""The conformance tests of The Update Framework, as far as they speak of the root role, asked of the charter.

``tuf_conformance_tests.json`` lists the 56 test functions of theupdateframework/tuf-conformance (commit eec841c186f8).
Each is accounted for here: 19 apply to a charter, which is a root role without the roles below it, and the others are
about something that a circle does not have. A client is a node that has adopted version 1 and meets the later versions
in public logs. The chain of Sigstore's twelve root documents is replayed by its structure, with keys of our own.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support import shared
from twincity.engines.circle import facade
from twincity.engines.circle.membership.state import CircleState, load_chain
from twincity.engines.circle.tests.world import DAY, NOW, anchor, charter, key
from twincity.engines.circle.trust import charter as charters
from twincity.engines.circle.trust.charter import verify_chain
from twincity.engines.circle.trust.directory import Directory
from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel import canonical, clock, jws
from twincity.kernel.home import Config, Home
from twincity.kernel.keys import PrivateKey, b64url
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

BELOW = "about the timestamp, snapshot or targets role: logs and checkpoints do their work in a circle"
FILES = "about target files: a circle distributes none"
PATHS = "about delegated targets: a member's place is read off its name"
HTTP = "about requests to a repository: charters travel in public logs"
HARNESS = "about the test harness itself"

APPLY = {
    "test_basic::test_basic_refresh_trusted_data",
    "test_basic::test_invalid_initial_root",
    "test_basic::test_unsigned_initial_root",
    "test_basic::test_unsigned_metadata",
    "test_basic::test_url_and_metadata_version_mismatch",
    "test_basic::test_metadata_bytes_match",
    "test_basic::test_custom_fields",
    "test_basic::test_deprecated_keyid_hash_algorithms",
    "test_basic::test_incorrect_metadata_type",
    "test_expiration::test_root_expired",
    "test_expiration::test_expired_local_root",
    "test_keys::test_snapshot_does_not_meet_threshold",
    "test_keys::test_snapshot_has_too_few_keys",
    "test_keys::test_duplicate_keys",
    "test_keys::test_duplicate_sig_keyids",
    "test_keys::test_keytype_and_scheme",
    "test_keys::test_invalid_sig_in_valid_metadata",
    "test_static_repositories::test_static_repository",
    "test_updater_key_rotations::test_root_rotation",
}
DO_NOT_APPLY = {
    "test_basic::test_basic_refresh_requests": HTTP,
    "test_basic::test_implicit_refresh": FILES,
    "test_basic::test_timestamp_content_changes": BELOW,
    "test_basic::test_basic_metadata_hash_support": BELOW,
    "test_basic::test_targets_hash_mismatch": BELOW,
    "test_basic::test_snapshot_hash_mismatch": BELOW,
    "test_basic::test_snapshot_404": HTTP,
    "test_basic::test_targets_404": HTTP,
    "test_basic::test_timestamp_404": HTTP,
    "test_basic::test_faketime": HARNESS,
    "test_expiration::test_timestamp_expired": BELOW,
    "test_expiration::test_snapshot_expired": BELOW,
    "test_expiration::test_targets_expired": BELOW,
    "test_expiration::test_expired_local_timestamp": BELOW,
    "test_file_download::test_client_downloads_expected_file": FILES,
    "test_file_download::test_client_downloads_expected_file_in_sub_dir": FILES,
    "test_file_download::test_repository_substitutes_target_file": FILES,
    "test_file_download::test_multiple_changes_to_target": FILES,
    "test_file_download::test_download_with_hash_algorithms": FILES,
    "test_file_download::test_download_with_unknown_hash_algorithm": FILES,
    "test_file_download::test_artifact_cache": FILES,
    "test_quoting_issues::test_unusual_role_name": PATHS,
    "test_repository_simulator::test_repo_initialzation_unittest": HARNESS,
    "test_repository_simulator::test_basic_metadata_hash_support_unittest": HARNESS,
    "test_repository_simulator::test_update_timestamp": HARNESS,
    "test_rollback::test_new_timestamp_version_rollback": BELOW,
    "test_rollback::test_snapshot_rollback": BELOW,
    "test_rollback::test_targets_role_removal": BELOW,
    "test_rollback::test_targets_fast_forward_recovery": BELOW,
    "test_rollback::test_new_snapshot_fast_forward_recovery": BELOW,
    "test_rollback::test_new_timestamp_fast_forward_recovery": BELOW,
    "test_rollback::test_targets_rollback": BELOW,
    "test_updater_delegation_graphs::test_graph_traversal": PATHS,
    "test_updater_delegation_graphs::test_targetfile_search": PATHS,
    "test_updater_delegation_graphs::test_cached_role_is_verified_against_current_delegator": PATHS,
    "test_updater_delegation_graphs::test_delegation_not_in_snapshot": PATHS,
    "test_updater_key_rotations::test_non_root_rotations": BELOW,
}
CONFIG = Config(id="member.example", title=LocalText("成员", "Member"), division="500231", address="http://127.0.0.1:9")
Version = tuple[str, int, str]
"""Names of the keys of a root document, one letter each; its threshold; names of the keys that signed it."""


def test_every_test_of_the_suite_is_accounted_for():
    listed = json.loads(shared("data/suites/exchange/tuf/tuf_conformance_tests.json").read_text("utf-8"))
    named = [each["id"] for each in listed]
    assert len(named) == len(set(named)) == 56
    assert APPLY | DO_NOT_APPLY.keys() == set(named)
    assert not APPLY & DO_NOT_APPLY.keys()
    assert Counter(DO_NOT_APPLY.values()) == {BELOW: 16, FILES: 8, PATHS: 5, HTTP: 4, HARNESS: 4}


def document(version: int, keys: str, threshold: int, signers: str, **changes: Any) -> dict[str, Any]:
    """A charter with an anchor for each place in ``keys``, whose root key is the one of that letter."""
    anchors = [anchor(f"place{place}.example", root=root(letter)) for place, letter in enumerate(keys)]
    payload = charter(*anchors, version=version, threshold=threshold, **changes)
    return jws.sign_general(payload, [key(f"tuf/{letter}") for letter in signers], typ=charters.TYPE)


def root(letter: str) -> dict[str, Any]:
    return to_jwk(key(f"tuf/{letter}").public)


class Node:
    """A node that has adopted a first charter and meets others in a public log."""

    def __init__(self, folder: Path, first: dict[str, Any]) -> None:
        self.home = Home.create(folder / "node", CONFIG)
        adopted = facade.adopt_charter(self.home, first)
        self.state = CircleState(self.home, load_chain(self.home), Directory(adopted))
        self.met = 0

    def meets(self, *documents: dict[str, Any] | bytes) -> int:
        """The version trusted after these entries of a log."""
        for each in documents:
            entry = each if isinstance(each, bytes) else canonical.encode(each)
            self.state.apply("anybody.example", self.met, entry)
            self.met += 1
        return self.version

    @property
    def version(self) -> int:
        """The version that is trusted, in memory and on disk alike."""
        last = verify_chain(load_chain(self.home), 0)
        assert self.state.directory.charter == last
        return last.version


def at(moment: int) -> None:
    """Move the clock to a moment."""
    clock.shift(0)
    clock.shift(moment - clock.unix())


@pytest.fixture
def node(tmp_path):
    return lambda first: Node(tmp_path, first)


def refused(work: Any, rule: str) -> None:
    with pytest.raises(Problem) as caught:
        work()
    assert (caught.value.kind.code, caught.value.rule) == ("charter-refused", rule), caught.value


class TestBasic:
    def test_basic_refresh_trusted_data(self, node):
        client = node(document(1, "a", 1, "a"))
        assert client.meets(document(2, "a", 1, "a"), document(3, "b", 1, "ab")) == 3
        assert client.state.directory.members["place0.example"].root == key("tuf/b").public

    @pytest.mark.parametrize("broken", [{}, {"payload": "", "signatures": []}, {"payload": "e30", "signatures": []}])
    def test_invalid_initial_root(self, node, broken):
        refused(lambda: node(broken), "malformed")

    def test_unsigned_initial_root(self, node, tmp_path):
        refused(lambda: node(document(1, "a", 1, "b")), "threshold")
        assert load_chain(Home(tmp_path / "node")) == [], "nothing is kept"

    def test_unsigned_metadata(self, node):
        client = node(document(1, "a", 1, "a"))
        assert client.meets(document(2, "a", 1, ""), document(2, "a", 1, "b")) == 1
        assert [each.reason.rule for each in client.state.ignored] == ["threshold", "threshold"]

    def test_url_and_metadata_version_mismatch(self, node):
        """There are no file names: that a version stands in the place of another is seen by its number."""
        client = node(document(1, "a", 1, "a"))
        assert client.meets(document(3, "a", 1, "a")) == 1
        assert [each.reason.rule for each in client.state.ignored] == ["version"]
        assert client.meets(document(2, "a", 1, "a")) == 2

    def test_metadata_bytes_match(self, node):
        """What is kept is what was received, member for member, so that digests and signatures stay right."""
        first, second = document(1, "a", 1, "a"), document(2, "a", 1, "a")
        client = node(first)
        client.meets(second)
        assert load_chain(client.home) == [first, second]
        loose = b64url(json.dumps(charter(anchor("place0.example", root=root("a")), version=3), indent=1).encode())
        head = jws.sign_general({}, [key("tuf/a")], typ=charters.TYPE)["signatures"][0]["protected"]
        signature = b64url(key("tuf/a").sign(f"{head}.{loose}".encode()))
        odd = {"payload": loose, "signatures": [{"protected": head, "signature": signature}]}
        assert client.meets(odd) == 3
        assert load_chain(client.home)[2]["payload"] == loose

    def test_custom_fields(self, node):
        """Here a charter differs from TUF on purpose: a member that a reader does not know is refused, as it could
        narrow or widen what the rest says. Around the signed payload anything may stand, since nobody reads it."""
        client = node(document(1, "a", 1, "a"))
        assert client.meets(document(2, "a", 1, "a", colour="red")) == 1
        assert [each.reason.rule for each in client.state.ignored] == ["malformed"]
        assert client.meets(document(2, "a", 1, "a") | {"custom": {"x": 1}}) == 2

    def test_deprecated_keyid_hash_algorithms(self, node):
        misled = anchor("place0.example", root=root("a") | {"keyid_hash_algorithms": "md5"})
        payload = charter(misled, version=2)
        client = node(document(1, "a", 1, "a"))
        assert client.meets(jws.sign_general(payload, [key("tuf/a")], typ=charters.TYPE)) == 2
        assert client.meets(document(3, "a", 1, "a")) == 3

    @pytest.mark.parametrize("typ", ["tc-keys+jwt", "tc-charter", "", "TC-CHARTER+JSON"])
    def test_incorrect_metadata_type(self, node, typ):
        payload = charter(anchor("place0.example", root=root("a")), version=2)
        client = node(document(1, "a", 1, "a"))
        assert client.meets(jws.sign_general(payload, [key("tuf/a")], typ=typ)) == 1


class TestExpiration:
    def test_root_expired(self, node):
        """An expired root is taken over, and then there is nothing to be done under it until a later one is met."""
        client = node(document(1, "a", 1, "a"))
        at(NOW + 10)
        assert client.meets(document(2, "a", 1, "a", expires=NOW + 1)) == 2
        refused(lambda: verify_chain(load_chain(client.home), clock.unix()), "expires")
        assert client.meets(document(3, "a", 1, "a")) == 3
        assert verify_chain(load_chain(client.home), clock.unix()).version == 3

    def test_expired_local_root(self, node):
        """As in the suite: the local root ends on day 7, and what is published on day 0 is met on day 18."""
        at(NOW)
        client = node(document(1, "a", 1, "a", expires=NOW + 7 * DAY))
        at(NOW + 18 * DAY)
        refused(lambda: verify_chain(load_chain(client.home), clock.unix()), "expires")
        assert client.meets(document(2, "a", 1, "a", expires=NOW + 21 * DAY)) == 2
        assert verify_chain(load_chain(client.home), clock.unix()).version == 2


class TestKeys:
    def test_snapshot_does_not_meet_threshold(self, node):
        client = node(document(1, "abc", 3, "abc"))
        assert client.meets(document(2, "abc", 3, "ab")) == 1
        assert client.meets(document(2, "abc", 3, "abc")) == 2

    def test_snapshot_has_too_few_keys(self, node):
        client = node(document(1, "a", 1, "a"))
        assert client.meets(document(2, "abcde", 6, "abcde")) == 1
        assert [each.reason.rule for each in client.state.ignored] == ["threshold"]

    def test_duplicate_keys(self, node):
        """The same key for nine anchors, its signature nine times."""
        client = node(document(1, "a", 1, "a"))
        faked = document(2, "bbbbbbbbb", 6, "ab")
        faked["signatures"] += [faked["signatures"][1]] * 8
        assert client.meets(faked) == 1
        assert [each.reason.rule for each in client.state.ignored] == ["anchors"]

    def test_duplicate_sig_keyids(self, node):
        """The suite would have the document refused; here duplicates are let be and count once, which it also names."""
        client = node(document(1, "ab", 2, "ab"))
        doubled = document(2, "ab", 2, "ab")
        doubled["signatures"] += copy.deepcopy(doubled["signatures"])
        assert client.meets(doubled) == 2
        short = document(3, "ab", 2, "a")
        short["signatures"] *= 2
        assert client.meets(short) == 2

    @pytest.mark.parametrize("suite", ["ed25519", "sm2"])
    def test_keytype_and_scheme(self, node, suite):
        """A second anchor with a root key of each suite, needed for the threshold; then a plausible bad signature."""
        try:
            second = PrivateKey.generate(suite)
        except RuntimeError as error:
            pytest.skip(f"{suite}: {error}")
        anchors = [anchor("place0.example", root=root("a")), anchor("place1.example", root=to_jwk(second.public))]
        client = node(document(1, "a", 1, "a"))
        good = jws.sign_general(charter(*anchors, version=2), [key("tuf/a"), second], typ=charters.TYPE)
        assert client.meets(good) == 2
        bad = jws.sign_general(charter(*anchors, version=3), [key("tuf/a"), second], typ=charters.TYPE)
        bad["signatures"][1]["signature"] = good["signatures"][1]["signature"]
        assert client.meets(bad) == 2

    @pytest.mark.parametrize("invalid", [b64url(bytes(range(64))), "", "not base64", b64url(b"short")])
    def test_invalid_sig_in_valid_metadata(self, node, invalid):
        client = node(document(1, "ab", 1, "a"))
        mixed = document(2, "ab", 1, "ab")
        mixed["signatures"][0]["signature"] = invalid
        assert client.meets(mixed) == 2


ROTATIONS: dict[str, list[Version]] = {
    "1-of-1 rotated": [("1", 1, "1"), ("2", 1, "21"), ("2", 1, "2")],
    "1-of-1 rotated, with signatures of others": [("1", 1, "314"), ("2", 1, "3214"), ("2", 1, "324")],
    "3-of-5 signed by different three": [
        *(("01234", 3, "024"), ("01234", 3, "041"), ("01234", 3, "013"), ("01234", 3, "013")),
    ],
    "3-of-5, one rotated": [("01234", 3, "024"), ("01534", 3, "041")],
    "3-of-5, one rotated in two steps": [("01234", 3, "024"), ("01534", 3, "0245"), ("01534", 3, "045")],
    "3-of-5, all rotated in two steps": [("01234", 3, "024"), ("56789", 3, "024567"), ("56789", 3, "567")],
    "1-of-3 becomes 2-of-3": [("123", 1, "1"), ("123", 2, "12")],
    "2-of-3 becomes 1-of-3": [("123", 2, "12"), ("123", 1, "12"), ("123", 1, "1")],
    "1-of-1 becomes 2-of-2": [("1", 1, "1"), ("12", 2, "12")],
}
"""The sequences of test_root_rotation that must be accepted; a key is replaced in its place."""
BROKEN: dict[str, list[Version]] = {
    "1-of-1 rotated, old key has not signed": [("1", 1, "1"), ("2", 1, "234")],
    "1-of-1 rotated, new key has not signed": [("1", 1, "1"), ("2", 1, "134")],
    "3-of-5, one rotated, not three of the new": [("01234", 3, "024"), ("01534", 3, "024")],
    "3-of-5, one rotated, not three of the old": [("01234", 3, "024"), ("01534", 3, "045")],
    "1-of-3 becomes 2-of-3, which is not reached": [("123", 1, "1"), ("123", 2, "2")],
    "2-of-3 becomes 1-of-3, old threshold not reached": [("123", 2, "12"), ("123", 1, "1")],
}
"""The sequences whose last version must be refused."""


class TestRootRotation:
    @pytest.mark.parametrize("versions", [pytest.param(each, id=name) for name, each in ROTATIONS.items()])
    def test_accepted(self, node, versions):
        chain = [document(number, *each) for number, each in enumerate(versions, 1)]
        assert node(chain[0]).meets(*chain[1:]) == len(chain)
        assert verify_chain(chain, NOW).version == len(chain)

    @pytest.mark.parametrize("versions", [pytest.param(each, id=name) for name, each in BROKEN.items()])
    def test_refused(self, node, versions):
        chain = [document(number, *each) for number, each in enumerate(versions, 1)]
        assert node(chain[0]).meets(*chain[1:]) == len(chain) - 1
        refused(lambda: verify_chain(chain, NOW), "threshold")

    def test_all_sequences_of_the_suite_are_here(self):
        assert (len(ROTATIONS), len(BROKEN)) == (9, 6)


SIGSTORE: list[Version] = [
    ("abcde", 3, "abcde"),
    ("abcde", 3, "abcde"),
    ("abcde", 3, "acd"),
    ("afcde", 3, "acdef"),
    ("ghijk", 3, "ghjkacef"),
    ("ghijk", 3, "ghijk"),
    ("ghijk", 3, "hijk"),
    ("ghijk", 3, "ijkh"),
    ("lmnop", 3, "ghilmoknpj"),
    ("qrstu", 3, "qrstupolmn"),
    ("qrstu", 3, "qrstu"),
    ("qrstu", 3, "rtu"),
]
"""Keys, threshold and signers of Sigstore's root documents 1 to 12 (December 2021 to August 2025), a letter for each
key, as ``tuf_conformance/static_data/sigstore-root-signing`` holds them. In the twelfth two signatures are empty."""


class TestStaticRepository:
    """``sigstore-root-signing``: real rotations, made by five key holders over four years."""

    @staticmethod
    def chain() -> list[dict[str, Any]]:
        made = [document(number, *each) for number, each in enumerate(SIGSTORE, 1)]
        made[11]["signatures"] += [{"protected": head(letter), "signature": ""} for letter in "qs"]
        return made

    def test_the_whole_chain_is_accepted(self, node):
        chain = self.chain()
        assert verify_chain(chain, NOW).version == 12
        client = node(chain[0])
        assert client.meets(*chain[1:]) == 12
        assert not client.state.ignored

    def test_a_client_that_begins_at_the_end_of_the_chain_finds_nothing_new(self, node):
        client = node(self.chain()[0])
        client.meets(*self.chain()[1:])
        assert client.meets(*self.chain()) == 12
        assert not client.state.ignored

    @pytest.mark.parametrize("left_out", range(1, 12))
    def test_no_root_can_be_left_out(self, left_out):
        chain = self.chain()
        del chain[left_out]
        if left_out < 11:
            refused(lambda: verify_chain(chain, NOW), "version")
        else:
            assert verify_chain(chain, NOW).version == 11

    @pytest.mark.parametrize("number", range(12))
    def test_no_root_can_be_signed_by_fewer_than_three_of_its_own(self, number):
        keys, threshold, signers = SIGSTORE[number]
        own = [letter for letter in signers if letter in keys]
        self.refused_with(number, "".join(letter for letter in signers if letter not in own[2:]))
        assert threshold == 3

    @pytest.mark.parametrize("number", range(1, 12))
    def test_nor_by_fewer_than_three_of_the_one_before(self, number):
        before, signers = SIGSTORE[number - 1][0], SIGSTORE[number][2]
        old = [letter for letter in signers if letter in before]
        self.refused_with(number, "".join(letter for letter in signers if letter not in old[2:]))

    @pytest.mark.parametrize("number", range(12))
    def test_nothing_in_a_root_can_be_changed(self, number):
        chain = self.chain()
        payload = json.loads(jws.unb64url(chain[number]["payload"]))
        payload["expires"] += 1
        chain[number]["payload"] = b64url(canonical.encode(payload))
        refused(lambda: verify_chain(chain, NOW), "threshold")

    @pytest.mark.parametrize("number", range(12))
    def test_a_thief_of_two_keys_cannot_bring_in_his_own(self, number):
        """Two of the five keys of any time, and any number of new ones, make no successor."""
        keys = SIGSTORE[number][0]
        stolen = document(number + 2, keys[:2] + "xyz", 3, keys[:2] + "xyz")
        refused(lambda: verify_chain([*self.chain()[: number + 1], stolen], NOW), "threshold")

    def refused_with(self, number: int, signers: str) -> None:
        chain = self.chain()
        keys, threshold, _ = SIGSTORE[number]
        chain[number] = document(number + 1, keys, threshold, signers)
        refused(lambda: verify_chain(chain, NOW), "threshold")


def head(letter: str) -> str:
    """Protected header of the signature of a key."""
    return jws.sign_general({}, [key(f"tuf/{letter}")], typ=charters.TYPE)["signatures"][0]["protected"]
