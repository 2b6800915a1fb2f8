"""``python -m twincity.apps.sharing.divisions.retabulate FOLDER [--out FOLDER]``."""

from __future__ import annotations

from pathlib import Path

import click

from twincity.apps.sharing.divisions.retabulate.tool import retabulate
from twincity.apps.sharing.divisions.tables import FOLDER


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, show_default=True)
def main(folder: Path, out: Path) -> None:
    """Write divisions.csv and changes.csv anew from FOLDER; corrections are read from the folder written to."""
    for path, rows in retabulate(folder, out).items():
        click.echo(f"{path}: {rows} rows, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
