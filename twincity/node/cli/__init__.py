"""The command line, ``twincity COMMAND``: see ``docs/operator.md``."""

from __future__ import annotations

import sys

import click

from twincity.kernel.problems import Problem
from twincity.node.cli import accounts, backup, circle, evidence, exchange, ledger, making, running, sharing


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="twincity")
def cli() -> None:
    """TwinCity 双城: a node that shares data and services with others, with grants and evidence."""


for module in (making, running, circle, ledger, exchange, evidence, accounts, sharing, backup):
    for command in module.COMMANDS:
        cli.add_command(command)


def main() -> None:
    """Run a command; a problem is printed in both languages and ends with status 1."""
    try:
        cli()
    except Problem as problem:
        sys.exit(f"{problem.kind.code}: {problem.text('zh-Hans')}\n{problem.text('en')}")
