"""``ledger``: checkpoints and proofs of this node's logs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from twincity.kernel.home import Home
from twincity.node.cli.acting import home_option


@click.group()
def ledger() -> None:
    """The ledger: what this node's logs say, and whether they are whole."""


_log = click.argument("log", type=click.Choice(["public", "exchange"]))


@ledger.command()
@home_option
@_log
def checkpoint(home_path: Path, log: str) -> None:
    """Print the latest signed checkpoint with its cosignatures."""
    click.echo((Home(home_path).logs(log) / "checkpoint").read_text("utf-8"), nl=False)


@ledger.command()
@home_option
@_log
def verify(home_path: Path, log: str) -> None:
    """Compute the whole log anew and compare it with its checkpoint; works while the node is up."""
    from twincity.engines.ledger.verifier.__main__ import main as examine
    from twincity.kernel.notes import Algorithm, VerifierKey

    home = Home(home_path)
    key = VerifierKey(f"{home.config.id}/{log}", Algorithm.ED25519, home.key("log").public.raw)
    sys.exit(examine([str(home.logs(log)), "--key", key.vkey]))


COMMANDS = (ledger,)
