"""What can be proven, and what cannot be hidden."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twincity.engines.circle import facade as circle
from twincity.engines.ledger.facade import Policy
from twincity.kernel.notes import Algorithm, VerifierKey
from twincity.node.demo.stage import Stage, hold, say, until
from twincity.node.testkit import LiveNode
from twincity.node.testkit.live import OperationRefusedError


def prove(stage: Stage) -> None:
    """Write the evidence bundle, verify it offline, catch a flipped byte and a tampered log."""
    stage.title(
        "双方账本各存一份, 检查点由另一省见证; 存证包可离线核验",
        "Both ledgers hold the exchange, witnessed in the other province; the bundle verifies offline",
    )
    found = until("both sides' proofs", lambda: _bundle(stage))
    for check in found["checks"]:
        hold(holds=check["holds"], zh=check["zh-Hans"], en=check["en"])
    file = stage.folder / "evidence.json"
    file.write_bytes(base64.b64decode(found["bundle"]))
    digest = circle.pinned_digest(stage.dj.home)
    stage.seen["bundle"], stage.seen["digest"] = file, digest
    hold(
        holds=_offline(file, digest) == 0,
        zh=f"离线核验通过 (新进程, 不联网): {file}",
        en="verified offline, in a process of its own",
    )
    _flipped(stage, file, digest)
    for node in (stage.dj, stage.sc):
        _tampered(stage, node)


def _bundle(stage: Stage) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = stage.dj.operate("exchange.prove", {"message": stage.seen["message"]})
    except OperationRefusedError as error:
        if error.code in {"not-yet-published", "answer-unproven"}:
            return None
        raise
    return answer if answer["holds"] else None


def _offline(file: Path, digest: str) -> int:
    command = [sys.executable, "-m", "twincity.engines.exchange.evidence", str(file), digest]
    return subprocess.run(command, capture_output=True, check=False, env={**os.environ}).returncode


def _flipped(stage: Stage, file: Path, digest: str) -> None:
    data = bytearray(file.read_bytes())
    place = data.index(b'"record":') + 40
    data[place] ^= 1
    forged = stage.folder / "evidence-flipped.json"
    forged.write_bytes(data)
    hold(
        holds=_offline(forged, digest) != 0,
        zh="改动存证包一个字节: 核验发现",
        en="one byte of the bundle flipped: caught",
    )


def _tampered(stage: Stage, node: LiveNode) -> None:
    original = node.home.logs("exchange")
    hold(
        holds=_whole(node, original),
        zh=f"{node.spec.title.zh}的账本完整, 与其签名检查点一致",
        en=f"the ledger of {node.spec.title.en} is whole",
    )
    for zh, en, change in (
        ("删除一条", "one entry deleted", _delete),
        ("调换两条", "two entries swapped", _swap),
    ):
        copy = stage.folder / f"tampered-{node.spec.name}"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(original, copy)
        change(_bundle_file(copy))
        hold(holds=not _whole(node, copy), zh=f"账本副本中{zh}: 核验发现", en=f"in a copy of it, {en}: caught")


def _whole(node: LiveNode, folder: Path) -> bool:
    name = f"{node.spec.id}/exchange"
    key = VerifierKey(name, Algorithm.ED25519, node.home.key("log").public.raw)
    policy = folder.parent / f"policy-{node.spec.name}.json"
    policy.write_text(Policy(logs=(key,)).render(), "utf-8")
    command = [sys.executable, "-m", "twincity.engines.ledger.verifier", str(folder), "--policy", str(policy)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _bundle_file(folder: Path) -> Path:
    """The fullest bundle of the log's first 256 entries."""
    found = [*folder.glob("tile/entries/000"), *folder.glob("tile/entries/000.p/*")]
    return max(found, key=lambda path: path.stat().st_size)


def _entries(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        size = 2 + int.from_bytes(data[at : at + 2], "big")
        found.append(data[at : at + size])
        at += size
    return found


def _change(file: Path, edit: Callable[[list[bytes]], None]) -> None:
    entries = _entries(file.read_bytes())
    edit(entries)
    file.write_bytes(b"".join(entries))


def _delete(file: Path) -> None:
    _change(file, lambda entries: entries.__delitem__(1))


def _swap(file: Path) -> None:
    def edit(entries: list[bytes]) -> None:
        entries[1], entries[2] = entries[2], entries[1]

    _change(file, edit)


def addresses(stage: Stage, accounts: dict[str, str]) -> None:
    """Where to look next."""
    stage.title("在浏览器中查看", "Look for yourself")
    for node in stage.circle.values():
        say(f"   {node.spec.title.zh} {node.spec.title.en}: {node.address}/")
    for name, password in accounts.items():
        say(f"   {name}  {password}")
    say(f"   存证包 / evidence: {stage.seen['bundle']}")
    command = f".venv/bin/twincity evidence verify {stage.seen['bundle']} --charter {stage.seen['digest']}"
    say(f"   核验 / verify:     {command}")
    say(f"   节点目录 / homes:  {stage.folder}")
