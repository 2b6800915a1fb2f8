"""``init`` and ``new-app``: making a node's home, and an app's folder."""

from __future__ import annotations

from pathlib import Path

import click

from twincity.kernel.home import Config, Home
from twincity.kernel.locale_text import LocalText

APPS = ["sharing", "visitors"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--id", "name", required=True, help="Name of the member in the circle, a domain name.")
@click.option("--title", required=True, help="Title in Chinese.")
@click.option("--title-en", required=True, help="Title in English.")
@click.option("--division", required=True, help="GB/T 2260 code of the territory, such as 500231.")
@click.option("--address", required=True, help="Base URL at which other nodes reach this one.")
@click.option("--listen", default="127.0.0.1:8400", show_default=True, help="Interface and port to bind.")
@click.option("--database", default="sqlite", show_default=True, help="'sqlite' or a postgresql:// address.")
@click.option("--app", "apps", multiple=True, default=APPS, show_default=True, help="Enabled app; repeatable.")
@click.option("--log-format", type=click.Choice(["json", "console"]), default="json", show_default=True)
def init(
    folder: Path, name: str, title: str, title_en: str, division: str, address: str, listen: str, database: str,
    apps: tuple[str, ...], log_format: str,
) -> None:  # fmt: skip
    """Make a node's home in FOLDER: settings, keys, empty databases."""
    config = Config(
        id=name,
        title=LocalText(title, title_en),
        division=division,
        address=address.rstrip("/"),
        listen=listen,
        database=database,
        apps=list(apps),
        log_format="console" if log_format == "console" else "json",
    )
    try:
        home = Home.create(folder, config)
    except FileExistsError as error:
        raise click.ClickException(f"{error} exists already") from error
    click.echo(f"{home.path}: {home.config.id}")


@click.command("new-app")
@click.argument("name")
def new_app(name: str) -> None:
    """Write a working skeleton app NAME into this checkout."""
    from twincity.kernel.manifests import PACKAGE
    from twincity.node import newapp

    click.echo(newapp.create(name, PACKAGE.parent))


COMMANDS = (init, new_app)
