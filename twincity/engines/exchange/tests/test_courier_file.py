"""The courier's file: read by its receiver only, and only whole, unchanged, in its time and from its sender."""

from __future__ import annotations

import hashlib

import msgspec
import pyrage
import pytest

from twincity.engines.exchange.delivery import courier
from twincity.kernel import jws
from twincity.kernel.keys import PrivateKey
from twincity.kernel.problems import Problem

SENDER, RECEIVER, OTHER = PrivateKey.generate(), PrivateKey.generate(), PrivateKey.generate()
LOAD = b'{"acks":[],"messages":[]}'
NOW = 1_800_000_000


def manifest(**more: object) -> courier.Manifest:
    facts = {"id": "b1", "iss": "a.example", "aud": "b.example", "iat": NOW, "exp": NOW + 60, "sha256": ""}
    return msgspec.convert(facts | more, courier.Manifest)


def made(key: PrivateKey = SENDER, to: PrivateKey = RECEIVER, **more: object) -> bytes:
    return courier.write(LOAD, manifest(**more), key, [to.public])


def read(data: bytes, keys: list[PrivateKey] | None = None, now: int = NOW):
    known = {SENDER.public.kid: SENDER.public}
    return courier.read(
        data,
        keys or [RECEIVER],
        own="b.example",
        now=now,
        find=lambda name: known.get if name == "a.example" else {}.get,
    )


def refusal(data: bytes, **more) -> tuple[str, str]:
    with pytest.raises(Problem) as caught:
        read(data, **more)
    return caught.value.kind.code, caught.value.field


def test_the_receiver_reads_what_the_sender_wrote() -> None:
    found, load = read(made(), [OTHER, RECEIVER])
    assert (found.id, found.iss, found.aud) == ("b1", "a.example", "b.example")
    assert load == courier.Load([], [])


def test_the_file_says_nothing_in_the_clear() -> None:
    assert b"a.example" not in made()


def test_another_node_cannot_read_it() -> None:
    assert refusal(made(), keys=[OTHER]) == ("courier-unreadable", "file")


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -200])
def test_a_truncated_file_is_unreadable(cut: int) -> None:
    assert refusal(made()[:cut]) == ("courier-unreadable", "file")


def test_a_changed_byte_anywhere_is_noticed() -> None:
    data = made()
    for place in range(0, len(data), max(1, len(data) // 97)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert refusal(changed)[0] == "courier-unreadable", place


def test_a_file_for_another_member_is_refused_even_when_it_opens() -> None:
    assert refusal(made(aud="c.example")) == ("courier-refused", "aud")


def test_a_file_signed_by_a_stranger_is_refused() -> None:
    assert refusal(made(key=OTHER)) == ("courier-refused", "manifest")
    assert refusal(made(iss="stranger.example")) == ("courier-refused", "manifest")


def test_a_file_out_of_its_time_is_refused() -> None:
    assert refusal(made(), now=NOW + 60) == ("courier-refused", "exp")
    assert refusal(made(), now=NOW - 301) == ("courier-refused", "exp")


def test_a_load_under_another_s_manifest_is_refused() -> None:
    token = jws.sign(
        msgspec.to_builtins(manifest()) | {"sha256": hashlib.sha256(b"{}").hexdigest()}, SENDER, typ=courier.TYPE
    )
    inside = msgspec.json.encode(courier.Bundle(courier.FORMAT, token, LOAD.decode()))
    file = pyrage.encrypt(inside, [pyrage.ssh.Recipient.from_str(courier._ssh_public(RECEIVER.public))])
    assert refusal(file) == ("courier-refused", "sha256")


def test_a_file_beyond_its_limit_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "LIMIT", 10)
    assert refusal(made()) == ("courier-unreadable", "file")


def test_a_member_without_a_key_that_can_be_sealed_to_is_named() -> None:
    with pytest.raises(Problem) as caught:
        courier.write(LOAD, manifest(), SENDER, [PrivateKey.generate("sm2").public])
    assert (caught.value.kind.code, caught.value.values["member"]) == ("courier-no-key", "b.example")
