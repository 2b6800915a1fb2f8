"""Performing an operation on a node from the command line, whether the node is up or not."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import click

from twincity.kernel.home import Home

SECONDS = 120

home_option = click.option(
    "--home",
    "home_path",
    type=click.Path(path_type=Path),
    envvar="TWINCITY_HOME",
    default=Path(),
    show_default="the current folder",
    help="The node's home.",
)


def perform(path: Path, name: str, arguments: dict[str, Any], *, seconds: float = SECONDS) -> Any:
    """Run an operation in the running node, waiting so many seconds, or in this process when the node is down.

    Raises:
        click.ClickException: with the problem's text when the node refuses.
    """
    home = Home(path)
    answer = _ask(home, name, arguments, seconds)
    return answer[0] if answer else _alone(home, name, arguments)


def show(value: Any) -> None:
    """Print a result as JSON that people can read."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _ask(home: Home, name: str, arguments: dict[str, Any], seconds: float) -> tuple[Any] | None:
    request = urllib.request.Request(
        f"http://{home.config.listen}/operator/{name}",
        data=json.dumps(arguments).encode(),
        headers={"authorization": f"Bearer {home.secret('operator')}"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
            return (json.load(response),)
    except urllib.error.HTTPError as error:
        with error:
            raise click.ClickException(_reason(error.read())) from error
    except (urllib.error.URLError, ConnectionError):
        return None


def _reason(body: bytes) -> str:
    try:
        problem = json.loads(body)
        return f"{problem['code']}: {problem['i18n']['zh-Hans']} / {problem['i18n']['en']}"
    except (ValueError, KeyError):
        return body.decode("utf-8", "replace")[:500]


def _alone(home: Home, name: str, arguments: dict[str, Any]) -> Any:
    from twincity.kernel import operations
    from twincity.node.serve import prepare

    prepare(home)
    from twincity.node.lifespan import opened  # needs Django set up

    with opened(home):
        return operations.perform(name, arguments)
