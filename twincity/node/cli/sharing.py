"""``publish``: put this node's own base data into the catalogue."""

from __future__ import annotations

from pathlib import Path

import click

from twincity.node.cli.acting import home_option, perform, show


@click.command()
@home_option
@click.option("--standard-by", required=True, metavar="MEMBER", help="The member that publishes the standard.")
@click.option("--offer/--no-offer", default=None, help="Offer the data to the circle; provinces do by default.")
def publish(home_path: Path, *, standard_by: str, offer: bool | None) -> None:
    """Load, check and publish the divisions of this node's territory."""
    show(perform(home_path, "sharing.publish", {"standard_by": standard_by, "offer": offer}))


COMMANDS = (publish,)
