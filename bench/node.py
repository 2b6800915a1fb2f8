"""What one node costs: memory, time to start, and CPU when nobody asks anything of it.

All apps are on, the node has joined a circle and follows the other member's log. The limit stands for a machine that
many counties have: 150 MB and 2 s. Beside it the same interpreter with Django set up and nothing else. Both find their
bytecode compiled, as after an installation, whatever the environment of the benchmark says.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Report, progress
from twincity.node.testkit import CHONGQING, SICHUAN, LiveNode, live_circle

LIMIT_MB = 150
LIMIT_SECONDS = 2
APPS = ("sharing", "probe")
_BARE = (
    "import django, os, time\n"
    "from django.conf import settings\n"
    "settings.configure(INSTALLED_APPS=['django.contrib.contenttypes','django.contrib.auth'])\n"
    "django.setup()\n"
    "import django.core.handlers.wsgi\n"
    "print(open('/proc/self/status').read().split('VmRSS:')[1].split()[0])\n"
)


def run(*, quick: bool) -> Report:
    """Measure a member of a live circle of two."""
    with tempfile.TemporaryDirectory() as folder, live_circle(Path(folder), [CHONGQING, SICHUAN], apps=APPS) as circle:
        node, compiled = circle["sc"], {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        node.operate("sharing.publish", {"standard_by": SICHUAN.id})
        visit(node)
        idle = idle_cpu(node, 10 if quick else 30)
        progress(f"idle: {idle:.2f} % of a core")
        memory, shares, starts = [], [], []
        node.stop()
        node.start(**compiled)  # compiles
        for _ in range(7 if quick else 15):
            node.stop()
            started = time.perf_counter()
            node.start(**compiled)
            starts.append(time.perf_counter() - started)
            visit(node)
            memory.append(resident(node))
            shares.append(proportional(node))
        progress(
            f"start: median {statistics.median(starts):.2f} s of {len(starts)}; memory {max(memory):.0f} MB at most"
        )
        bare(compiled)
        bare_mb, bare_seconds = bare(compiled)
    rss = max(memory)
    figures: dict[str, object] = {
        "rss_mb": round(rss, 1),
        "pss_mb": round(max(shares), 1),
        "start_s": round(statistics.median(starts), 2),
        "start_s_best": round(min(starts), 2),
        "idle_cpu_percent": round(idle, 2),
    }
    others: dict[str, object] = {
        "rss_mb": LIMIT_MB,
        "start_s": LIMIT_SECONDS,
        "bare_django_rss_mb": round(bare_mb, 1),
        "bare_django_start_s": round(bare_seconds, 2),
    }
    return Report("node", figures, {"name": "target; and Django alone", "figures": others}, LIMIT_MB / rss)


def visit(node: LiveNode) -> None:
    """Have the node render pages, so that templates and translations are loaded as in real use."""
    for path in ("/", "/catalogue/", "/divisions/", "/accounts/login/"):
        node.get(path)


def resident(node: LiveNode) -> float:
    """Resident memory of the node's process in MB."""
    status = Path(f"/proc/{pid(node)}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def proportional(node: LiveNode) -> float:
    """The same with shared pages divided among those who share them."""
    rollup = Path(f"/proc/{pid(node)}/smaps_rollup").read_text()
    return int(rollup.split("Pss:")[1].split()[0]) / 1024


def idle_cpu(node: LiveNode, seconds: int) -> float:
    """CPU of the node's process in per cent of one core while it is left alone."""
    before = cpu(pid(node))
    time.sleep(seconds)
    return (cpu(pid(node)) - before) / seconds * 100


def cpu(process: int) -> float:
    """CPU seconds a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pid(node: LiveNode) -> int:
    """The node's process id."""
    if node.process is None:
        raise RuntimeError("the node is not running")
    return node.process.pid


def bare(env: dict[str, str]) -> tuple[float, float]:
    """Memory in MB and seconds of an interpreter that only sets Django up."""
    command, started = [sys.executable, "-c", _BARE], time.perf_counter()
    output = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **env}).stdout
    return int(output) / 1024, time.perf_counter() - started
