"""Translations without GNU gettext: ``python -m twincity.node.translations [--check | --update [UNIT …]]``.

Messages are written in English; each unit keeps their Chinese in ``locale/zh_Hans/LC_MESSAGES/django.po``. Without an
option the catalogues that changed are compiled. ``--check`` compares them with the messages that templates and code
really use, ``--update`` adds those that are missing and drops those no longer used; a unit is named ``apps/transit``.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polib

PACKAGE = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
SKIPPED = {"tests", "migrations", "skeleton"}  # the last is what a new app is copied from
PLACEHOLDER = re.compile(r"%\((\w+)\)|\{(\w*)\}")
HEADER = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": "zh_Hans",
    "Plural-Forms": "nplurals=1; plural=0;",
}

# How many leading arguments are context and text, by function, without the ``_lazy`` or ``_noop`` at its end.
SHAPES = {"_": "s", "gettext": "s", "ngettext": "sp", "pgettext": "cs", "npgettext": "csp"}


class Message(NamedTuple):
    """A text as written in code: context, singular, plural (the last empty for texts without one)."""

    context: str
    text: str
    plural: str


@dataclass
class Unit:
    """One folder with a catalogue of its own, and the messages found in it with the places of their use."""

    path: Path
    used: dict[Message, list[str]] = field(default_factory=dict)

    @property
    def catalogue(self) -> Path:
        return self.path / CATALOGUE

    def load(self) -> polib.POFile:
        """The catalogue, or an empty one."""
        if self.catalogue.exists():
            return polib.pofile(str(self.catalogue), wrapwidth=110)
        made = polib.POFile(wrapwidth=110)
        made.header = "Chinese of this unit's messages; see twincity/node/translations.py."
        made.metadata = HEADER
        return made


def compile_changed(root: Path = PACKAGE) -> list[Path]:
    """Write the ``.mo`` of each catalogue that is newer than it; answers those written."""
    written = []
    for source in sorted(root.glob("**/locale/*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        temporary = target.with_suffix(".new")
        polib.pofile(str(source)).save_as_mofile(str(temporary))
        temporary.replace(target)  # a node may be reading the old one
        written.append(target)
    return written


def units(root: Path = PACKAGE) -> list[Unit]:
    """Every unit below ``root`` that uses messages or has a catalogue.

    Raises:
        SyntaxError: for a message that is not written out where it is used.
    """
    found: dict[Path, Unit] = {}
    for path in sorted([*root.rglob("*.py"), *root.rglob("templates/**/*.html"), *root.rglob("templates/**/*.txt")]):
        place = path.relative_to(root)
        if SKIPPED & set(place.parts):
            continue
        unit = found.setdefault(owner(place), Unit(root / owner(place)))
        for message, line in in_python(path) if path.suffix == ".py" else in_template(path):
            unit.used.setdefault(message, []).append(f"{place}:{line}")
    return [unit for unit in found.values() if unit.used or unit.catalogue.exists()]


def owner(place: Path) -> Path:
    """The unit a file belongs to: an app, an engine, the node, or the UI kit for all of the kernel."""
    top = place.parts[0]
    if top in {"engines", "apps"}:
        return Path(*place.parts[:2])
    return Path("kernel/ui") if top == "kernel" else Path("node")


def in_python(path: Path) -> Iterator[tuple[Message, int]]:
    """Messages of a module with the line of each."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        shape = _shape(name)
        if not shape:
            continue
        texts = [arg.value for arg in node.args[: len(shape)] if isinstance(arg, ast.Constant)]
        if len(texts) < len(shape) or not all(isinstance(text, str) for text in texts):
            raise SyntaxError(f"{path}:{node.lineno}: {name}() needs a text written out here")
        yield _message(shape, [str(text) for text in texts]), node.lineno


def in_template(path: Path) -> Iterator[tuple[Message, int]]:
    """Messages of a template with the line of each."""
    from django.utils.translation.template import templatize  # noqa: PLC0415  compiling needs no Django

    source = "(" + templatize(path.read_text("utf-8"), str(path)) + ")"  # in brackets no line is indented wrongly
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type in {tokenize.NAME, tokenize.OP, tokenize.STRING}
    ]
    for position, token in enumerate(tokens[:-2]):
        shape = _shape(token.string) if token.type == tokenize.NAME else ""
        if shape and tokens[position + 1].string == "(":
            strings = tokens[position + 2 : position + 2 + 2 * len(shape) : 2]
            yield _message(shape, [ast.literal_eval(string.string) for string in strings]), token.start[0]


def _shape(name: str) -> str:
    return SHAPES.get(re.sub("_(lazy|noop)$", "", name), "")


def _message(shape: str, texts: list[str]) -> Message:
    parts = dict(zip(shape, texts, strict=True))
    return Message(parts.get("c", ""), parts["s"], parts.get("p", ""))


def _key(entry: polib.POEntry) -> Message:
    return Message(entry.msgctxt or "", entry.msgid, entry.msgid_plural)


def check(found: Iterable[Unit]) -> list[str]:
    """What is wrong with the catalogues, a line each; empty when every message is translated, once, and used."""
    wrong = []
    seen: dict[tuple[str, str], tuple[str, Path]] = {}
    for unit in found:
        entries = {_key(entry): entry for entry in unit.load() if not entry.obsolete}
        for message, places in unit.used.items():
            if message not in entries or not _chinese(entries[message]):
                wrong.append(f"{places[0]}: no translation of {message.text!r}")
        for message, entry in entries.items():
            wrong += [f"{unit.catalogue}: {fault} {message.text!r}" for fault in _faults(unit, message, entry)]
            text, other = seen.setdefault((message.context, message.text), (_chinese(entry), unit.catalogue))
            if text != _chinese(entry):
                wrong.append(f"{unit.catalogue}: {message.text!r} is translated otherwise in {other}")
    return wrong


def _faults(unit: Unit, message: Message, entry: polib.POEntry) -> Iterator[str]:
    if message not in unit.used:
        yield "unused"
    if entry.fuzzy:
        yield "fuzzy"
    if _chinese(entry) and _placeholders(_chinese(entry)) != _placeholders(message.plural or message.text):
        yield "other placeholders than in"


def _chinese(entry: polib.POEntry) -> str:
    return str(entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr)


def _placeholders(text: str) -> set[str]:
    return {named or braced for named, braced in PLACEHOLDER.findall(text)}


def update(unit: Unit) -> bool:
    """Add missing messages to a unit's catalogue and drop unused ones; answers whether anything changed."""
    catalogue = unit.load()
    known = {_key(entry): entry for entry in catalogue}
    for message in known.keys() - unit.used.keys():
        catalogue.remove(known[message])
    missing = [message for message in unit.used if message not in known]
    catalogue.extend(_entry(message) for message in missing)
    changed = bool(missing) or not known.keys() <= unit.used.keys()
    if changed:
        unit.catalogue.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(unit.catalogue))
    return changed


def _entry(message: Message) -> polib.POEntry:
    entry = polib.POEntry(msgctxt=message.context or None, msgid=message.text, msgid_plural=message.plural)
    if message.plural:
        entry.msgstr_plural = {0: ""}
    return entry


def main(arguments: list[str] | None = None) -> int:
    """The command; answers its exit status."""
    parser = argparse.ArgumentParser(prog="python -m twincity.node.translations", description=__doc__)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--check", action="store_true", help="fail when a translation is missing, fuzzy or unused")
    group.add_argument("--update", action="store_true", help="add missing messages, drop unused ones")
    parser.add_argument("only", metavar="UNIT", nargs="*", help="leave the other units alone")
    options = parser.parse_args(arguments)
    if not (options.check or options.update):
        compile_changed()
        return 0
    chosen = [unit for unit in units() if not options.only or str(unit.path.relative_to(PACKAGE)) in options.only]
    lines = check(chosen) if options.check else [str(unit.catalogue) for unit in chosen if update(unit)]
    print("".join(f"{line}\n" for line in lines), end="")
    return int(options.check and bool(lines))


if __name__ == "__main__":
    sys.exit(main())
