"""``exchange``: ask, decide, call, explain, simulate."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import IO, Any

import click

from twincity.node.cli.acting import home_option, perform, show


@click.group()
def exchange() -> None:
    """The exchange: agreements, grants, calls and their explanation."""


@exchange.command()
@home_option
@click.argument("provider")
@click.argument("terms", type=click.File("r"))
def ask(home_path: Path, provider: str, terms: IO[str]) -> None:
    """Ask PROVIDER for data under the TERMS in a JSON file."""
    show(perform(home_path, "exchange.ask", {"provider": provider, "terms": json.load(terms)}))


@exchange.command()
@home_option
@click.argument("agreement")
@click.argument("state", type=click.Choice(["active", "refused", "suspended", "ended"]))
@click.option("--by", required=True, help="Who decides.")
@click.option("--terms", type=click.File("r"), help="Narrower terms than were asked for.")
@click.option("--note", default="")
def decide(home_path: Path, agreement: str, state: str, by: str, terms: IO[str] | None, note: str) -> None:
    """Decide on an AGREEMENT as its provider."""
    arguments: dict[str, Any] = {"agreement": agreement, "state": state, "by": by, "note": note}
    if terms:
        arguments["terms"] = json.load(terms)
    show(perform(home_path, "exchange.decide", arguments))


@exchange.command()
@home_option
@click.option("--state", default="")
def agreements(home_path: Path, state: str) -> None:
    """List the agreements of this node."""
    show(perform(home_path, "exchange.agreements", {"state": state}))


@exchange.command()
@home_option
@click.argument("grants", type=click.File("r"))
def grant(home_path: Path, grants: IO[str]) -> None:
    """Add the GRANTS of a JSON file, outside any agreement."""
    show(perform(home_path, "exchange.grant", {"grants": json.load(grants)}))


@exchange.command()
@home_option
@click.argument("provider")
@click.argument("service")
@click.argument("path")
@click.option("--purpose", required=True)
@click.option("--query", default="")
@click.option("--case", default="")
def call(home_path: Path, provider: str, service: str, path: str, purpose: str, query: str, case: str) -> None:
    """Call SERVICE PATH of PROVIDER in this node's own name."""
    arguments = {
        "provider": provider, "service": service, "path": path, "purpose": purpose, "query": query, "case": case,
    }  # fmt: skip
    show(perform(home_path, "exchange.call", arguments))


@exchange.command()
@home_option
@click.argument("member")
@click.argument("service")
@click.argument("path")
@click.option("--purpose", required=True)
@click.option("--method", default="GET", show_default=True)
def why(home_path: Path, member: str, service: str, path: str, purpose: str, method: str) -> None:
    """Explain whether MEMBER may call SERVICE PATH here."""
    arguments = {"member": member, "service": service, "path": path, "purpose": purpose, "method": method}
    show(perform(home_path, "exchange.why", arguments))


@exchange.command()
@home_option
@click.argument("message")
def explain(home_path: Path, message: str) -> None:
    """Explain what became of the call MESSAGE."""
    show(perform(home_path, "exchange.explain", {"message": message}))


@exchange.command()
@home_option
@click.argument("grants", type=click.File("r"))
@click.option("--days", type=int, default=30, show_default=True)
def simulate(home_path: Path, grants: IO[str], days: int) -> None:
    """Replay the last days' calls against draft GRANTS."""
    show(perform(home_path, "exchange.simulate", {"grants": json.load(grants), "days": days}))


@exchange.command("courier-export")
@home_option
@click.argument("member")
@click.argument("file", type=click.Path(path_type=Path))
def courier_export(home_path: Path, member: str, file: Path) -> None:
    """Write a bundle with all that waits for MEMBER to FILE."""
    found = perform(home_path, "exchange.courier-export", {"to": member})
    file.write_bytes(base64.b64decode(found["bundle"]))
    click.echo(f"{file}: {found['messages']} messages")


@exchange.command("courier-import")
@home_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("receipt", type=click.Path(path_type=Path))
def courier_import(home_path: Path, file: Path, receipt: Path) -> None:
    """Take in the bundle FILE; carry RECEIPT back."""
    found = perform(home_path, "exchange.courier-import", {"bundle": base64.b64encode(file.read_bytes()).decode()})
    receipt.write_bytes(base64.b64decode(found.pop("receipt")))
    show(found)


COMMANDS = (exchange,)
