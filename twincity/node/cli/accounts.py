"""``account``: people who sign in, and systems that call out."""

from __future__ import annotations

from pathlib import Path

import click

from twincity.node.cli.acting import home_option, perform, show


@click.group()
def account() -> None:
    """Accounts of people and tokens of local systems."""


@account.command()
@home_option
@click.argument("username")
@click.option("--role", "roles", multiple=True, help="steward, official, operator or auditor; repeatable.")
@click.password_option()
def add(home_path: Path, username: str, roles: tuple[str, ...], password: str) -> None:
    """Add a person who signs in as USERNAME."""
    show(perform(home_path, "identity.account", {"username": username, "password": password, "roles": list(roles)}))


@account.command()
@home_option
@click.argument("name")
@click.option("--purpose", "purposes", multiple=True, required=True, help="Purpose it may call for; repeatable.")
def system(home_path: Path, name: str, purposes: tuple[str, ...]) -> None:
    """Give the local system NAME a token, shown once."""
    show(perform(home_path, "identity.system", {"name": name, "purposes": list(purposes)}))


COMMANDS = (account,)
