"""``circle``: cards, charter, members, keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

import click
import msgspec

from twincity.kernel.home import Home
from twincity.node.cli.acting import home_option, perform, show


@click.group()
def circle() -> None:
    """The circle: who belongs, by which charter, with which keys."""


@circle.command()
@home_option
def card(home_path: Path) -> None:
    """Print this node's card: what an anchor needs to admit it."""
    from twincity.engines.circle import facade

    show(msgspec.to_builtins(facade.card(Home(home_path))))


@circle.command()
@click.option("--name", required=True, help="Name of the circle.")
@click.option("--threshold", type=int, required=True, help="How many anchors must sign.")
@click.option("--after", type=click.File("r"), help="The charter chain this one follows.")
@click.argument("cards", nargs=-1, type=click.File("r"), required=True)
def draft(name: str, threshold: int, after: IO[str] | None, cards: tuple[IO[str], ...]) -> None:
    """Draw up a charter over the anchors whose CARDS are given."""
    from twincity.engines.circle import facade

    given = [msgspec.json.decode(each.read(), type=facade.Card) for each in cards]
    show(facade.draft_charter(name, threshold, given, json.load(after) if after else []))


@circle.command()
@home_option
@click.argument("charter", type=click.Path(exists=True, path_type=Path))
def sign(home_path: Path, charter: Path) -> None:
    """Sign the CHARTER with this anchor's root key; the file is rewritten."""
    from twincity.engines.circle import facade

    signed = facade.sign_charter(Home(home_path), json.loads(charter.read_text("utf-8")))
    charter.write_text(json.dumps(signed, indent=1), "utf-8")


@circle.command()
@home_option
@click.argument("charter", type=click.File("r"))
def adopt(home_path: Path, charter: IO[str]) -> None:
    """Adopt the CHARTER: the first one by your word (compare its digest), later ones by their signatures."""
    from twincity.engines.circle import facade

    home = Home(home_path)
    adopted = facade.adopt_charter(home, json.load(charter))
    click.echo(f"{adopted.circle} {adopted.version} {facade.pinned_digest(home)}")


@circle.command()
@home_option
@click.argument("card_file", metavar="CARD", type=click.File("r"))
@click.option("--admits", type=int, default=0, show_default=True, help="Levels it may admit below itself.")
def admit(home_path: Path, card_file: IO[str], admits: int) -> None:
    """Admit the node of CARD below this one."""
    show(perform(home_path, "circle.admit", {"card": json.load(card_file), "admits": admits}))


@circle.command()
@home_option
def announce(home_path: Path) -> None:
    """As an anchor, publish this node's own keys."""
    show(perform(home_path, "circle.announce", {}))


@circle.command()
@home_option
def status(home_path: Path) -> None:
    """Members, keys, freshness, and what was not accepted."""
    show(perform(home_path, "circle.status", {}))


@circle.command()
@home_option
def rotate(home_path: Path) -> None:
    """Announce the next key now."""
    show(perform(home_path, "circle.rotate", {}))


@circle.command()
@home_option
@click.argument("member")
@click.argument("kid")
@click.option("--from-index", type=int, required=True, help="From this index of the member's exchange log on.")
@click.option("--reason", required=True)
def revoke(home_path: Path, member: str, kid: str, from_index: int, reason: str) -> None:
    """Revoke the key KID of MEMBER."""
    arguments = {"member": member, "kid": kid, "index": from_index, "reason": reason}
    show(perform(home_path, "circle.revoke", arguments))


@circle.command()
@home_option
@click.argument("member")
@click.argument("mark_name", metavar="MARK")
@click.option("--days", type=int, default=365, show_default=True)
def mark(home_path: Path, member: str, mark_name: str, days: int) -> None:
    """Give MEMBER the trust mark MARK."""
    show(perform(home_path, "circle.mark", {"member": member, "mark": mark_name, "days": days}))


@circle.command("publish-charter")
@home_option
@click.argument("charter", type=click.File("r"))
def publish_charter(home_path: Path, charter: IO[str]) -> None:
    """Publish the next version of the charter to all members."""
    show(perform(home_path, "circle.publish-charter", {"charter": json.load(charter)}))


COMMANDS = (circle,)
