"""``backup``, ``restore`` and ``backup-key``: a whole node in one encrypted file."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from twincity.node.cli.acting import home_option, perform, show

if TYPE_CHECKING:
    from twincity.kernel.home import Home

DAY = 86_400


@click.command("backup-key")
@click.argument("file", type=click.Path(path_type=Path))
def backup_key(file: Path) -> None:
    """Make a key that can restore backups: FILE stays away from the node, the printed recipient goes to ``backup``."""
    from twincity.node.archive.sealing import new_identity

    try:
        click.echo(new_identity(file))
    except FileExistsError as error:
        raise click.ClickException(f"{file} exists already") from error


@click.command()
@home_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", multiple=True, required=True, help="Recipient that may restore it, from backup-key; repeatable.")
def backup(home_path: Path, file: Path, to: tuple[str, ...]) -> None:
    """Write the whole node to FILE, encrypted; a node that is up goes on meanwhile."""
    arguments = {"file": str(file.resolve()), "to": list(to)}
    show(perform(home_path, "node.backup", arguments, seconds=DAY))


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--identity", required=True, type=click.Path(exists=True, path_type=Path), help="File from backup-key.")
@click.option("--address", default="", help="New base URL, where the node moves to another machine.")
@click.option("--listen", default="", help="New interface and port.")
@click.option("--database", default="", help="New postgresql:// address, an empty database.")
@click.option("--check", is_flag=True, help="Only test the backup: restore to a scratch folder and verify it there.")
@click.option("--alone", is_flag=True, help="Let the node run although no witness could be asked.")
def restore(
    file: Path, folder: Path | None, identity: Path, address: str, listen: str, database: str,
    *, check: bool, alone: bool,
) -> None:  # fmt: skip
    """Make a home in FOLDER from the backup FILE, verify its logs, and ask the witnesses whether it is the newest."""
    from twincity.node.archive.unpack import Changes, unpack

    if check == bool(folder):
        raise click.UsageError("name a FOLDER, or --check")
    changes = Changes(address.rstrip("/"), listen, database)
    with tempfile.TemporaryDirectory(prefix="twincity-restore-") as scratch:
        try:
            home = unpack(file, identity, folder or Path(scratch) / "node", changes)
        except FileExistsError as error:
            raise click.ClickException(f"{error} is not empty") from error
        sys.exit(_judge(home, check=check, alone=alone))


def _judge(home: Home, *, check: bool, alone: bool) -> int:
    """Verify what was unpacked; 0 when it may run, and otherwise a mark in the home that keeps it from running."""
    from twincity.node.archive.held import hold
    from twincity.node.archive.unpack import examine

    reasons = [f"log {name} does not verify" for name, holds in examine(home) if not holds]
    reasons += [] if reasons else _seen(home, alone=alone or check)
    if not (reasons or check):
        _load(home)
    for reason in reasons:
        click.echo(f"FAIL {reason}")
    if reasons and not check:
        hold(home.path, "; ".join(reasons))
    click.echo(f"{'FAIL' if reasons else 'ok  '} {home.config.id}: {home.path if not check else 'backup'}")
    return 1 if reasons else 0


def _seen(home: Home, *, alone: bool) -> list[str]:
    from twincity.node.archive.standing import standing

    found = standing(home)
    for each in found:
        seen = "not reached" if each.seen is None else f"has seen {each.seen}"
        click.echo(f"     {each.log}: holds {each.held}, {each.anchor} {seen}")
    behind = [
        f"{each.behind} records of log {each.log} are lost: {each.anchor} has seen them"
        for each in found
        if each.behind
    ]
    asked = {each.log for each in found if each.seen is not None}
    unknown = [f"no witness could be asked about log {each}" for each in sorted({each.log for each in found} - asked)]
    return behind or ([] if alone else unknown)


def _load(home: Home) -> None:
    """Fill PostgreSQL, if the node keeps its tables there."""
    folder = home.path / "postgresql"
    if not folder.exists():
        return
    from twincity.node.serve import prepare

    prepare(home)
    from twincity.node.archive.tables import load  # needs Django set up

    click.echo(f"     {load(folder)} tables")


COMMANDS = (backup, restore, backup_key)
