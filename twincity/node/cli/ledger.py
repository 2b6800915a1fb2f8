"""``ledger``: checkpoints and proofs of this node's logs."""

from __future__ import annotations

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
    from twincity.engines.ledger.log.policy import Policy
    from twincity.engines.ledger.log.tiles import folder
    from twincity.engines.ledger.verifier.files import tile_paths
    from twincity.engines.ledger.verifier.logs import verify_log
    from twincity.kernel.notes import Algorithm, VerifierKey

    home = Home(home_path)
    root, key = home.logs(log), home.key("log").public
    policy = Policy((VerifierKey(f"{home.config.id}/{log}", Algorithm.ED25519, key.raw),))
    report = verify_log(folder(root), tile_paths(root), policy)
    click.echo(f"{report.signed.checkpoint.origin} {report.signed.checkpoint.size} ✓")


COMMANDS = (ledger,)
