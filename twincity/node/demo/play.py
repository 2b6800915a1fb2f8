"""The play: make the circle, do the steps, stay up."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import tempfile
import threading
from pathlib import Path

from twincity.node.demo import evidence, refusals, steps
from twincity.node.demo.consent import consent
from twincity.node.demo.datasets import datasets
from twincity.node.demo.delivery import deliver
from twincity.node.demo.stage import Stage, StepFailedError, say
from twincity.node.demo.standards import standards
from twincity.node.demo.visitors import visit
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle
from twincity.node.testkit.live import HOST, OperationRefusedError, make_circle, start_circle

PORTS = (8411, 8412, 8413)
APPS = ("sharing", "visitors", "dataspace", "govstack", "opendata", "xroad", "watch", "probe")
STEPS = (
    steps.publish,
    steps.find,
    steps.agree,
    steps.call,
    refusals.refuse,
    evidence.prove,
    standards,
    datasets,
    deliver,
    consent,
    visit,
)
ROLES = {"steward": ["steward", "official"], "official": ["official"], "operator": ["operator"], "auditor": ["auditor"]}


def play(*, once: bool, folder: Path | None) -> int:
    """Play all steps; 0 when every one held. Without ``once`` the nodes stay up until Ctrl-C."""
    kept = folder or Path(tempfile.mkdtemp(prefix="twincity-demo-"))
    say("双城 TwinCity: 重庆与四川为锚点 (章程 2/2), 垫江县为重庆之下的成员")
    say("Chongqing and Sichuan are anchors (charter 2-of-2), Dianjiang County is a member under Chongqing")
    circle = make_circle(kept, [CHONGQING, SICHUAN, DIANJIANG], apps=APPS, ports=PORTS if _free() else ())
    try:
        return _perform(Stage(kept, circle), once=once)
    finally:
        circle.stop()
        if folder is None:
            shutil.rmtree(kept, ignore_errors=True)


def _perform(stage: Stage, *, once: bool) -> int:
    try:
        start_circle(stage.circle)
        say(f"   ✓ 三个节点已启动并互相认识 / three nodes are up and know each other ({stage.folder})")
        for step in STEPS:
            step(stage)
        evidence.addresses(stage, _accounts(stage.circle))
    except (StepFailedError, OperationRefusedError, RuntimeError, TimeoutError) as error:
        say(f"\n✗ 演示中断 / the demo failed: {error}")
        return 1
    say("\n✓ 全部步骤成立 / every step held")
    if not once:
        _stay()
    return 0


def _accounts(circle: Circle) -> dict[str, str]:
    """An account for each role at every node, with one password made up for this run."""
    password = secrets.token_urlsafe(12)
    for node in circle.values():
        for name, roles in ROLES.items():
            node.operate("identity.account", {"username": name, "password": password, "roles": roles})
    return dict.fromkeys(ROLES, password)


def _stay() -> None:
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    say("Ctrl-C 停止 / Ctrl-C stops")
    stop.wait()


def _free() -> bool:
    """Whether the usual ports are free; otherwise any others are taken."""
    try:
        for port in PORTS:
            with socket.socket() as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((HOST, port))
    except OSError:
        return False
    return True
