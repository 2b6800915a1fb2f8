"""``publish``: put this node's own base data into the catalogue."""

from __future__ import annotations

from pathlib import Path

import click

from twincity.node.cli.acting import home_option, perform, show


@click.command()
@home_option
@click.option("--standard", is_flag=True, help="Publish the standard too; one node of the circle does.")
def publish(home_path: Path, *, standard: bool) -> None:
    """Load, check and publish the divisions of this node's territory."""
    show(perform(home_path, "sharing.publish", {"standard": standard}))


COMMANDS = (publish,)
