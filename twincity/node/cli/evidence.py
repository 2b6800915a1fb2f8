"""``evidence``: write a bundle, verify one offline."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import click

from twincity.node.cli.acting import home_option, perform


@click.group()
def evidence() -> None:
    """Evidence bundles: one file that proves an exchange."""


@evidence.command()
@home_option
@click.argument("message")
@click.argument("file", type=click.Path(path_type=Path))
def write(home_path: Path, message: str, file: Path) -> None:
    """Write the bundle of the exchange MESSAGE to FILE."""
    found = perform(home_path, "exchange.prove", {"message": message})
    file.write_bytes(base64.b64decode(found["bundle"]))
    click.echo(f"{file}: {file.stat().st_size} bytes")


@evidence.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--charter", default="", help="Digest of the first charter you trust.")
def verify(file: Path, charter: str) -> None:
    """Verify the bundle FILE without asking anybody."""
    from twincity.engines.exchange.evidence.__main__ import examine

    sys.exit(examine(file, charter))


COMMANDS = (evidence,)
