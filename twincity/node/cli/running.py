"""``run``, ``demo`` and ``doctor``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from twincity.kernel.home import Home
from twincity.node.cli.acting import home_option


@click.command()
@home_option
@click.option("--ready-file", type=click.Path(path_type=Path), help="Write the port here once requests are taken.")
def run(home_path: Path, ready_file: Path | None) -> None:
    """Serve the node until Ctrl-C."""
    from twincity.node.serve import run as serve

    def ready(port: int) -> None:
        if ready_file:
            ready_file.write_text(str(port))

    serve(Home(home_path), ready)


@click.command()
@click.option("--once", is_flag=True, help="Do the main job and stop; status 0 only if every step held.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the nodes' homes here instead of a new folder.")
def demo(*, once: bool, folder: Path | None) -> None:
    """Three nodes on this machine, one signed, granted and evidenced exchange across the border."""
    from twincity.node.demo import play

    sys.exit(play(once=once, folder=folder))


@click.command()
@home_option
def doctor(home_path: Path) -> None:
    """Look a node over: settings, files, keys, databases, circle, clocks; says what to mend."""
    from twincity.node.doctor import examine

    findings = examine(home_path)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.detail}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


COMMANDS = (run, demo, doctor)
