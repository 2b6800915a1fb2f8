"""A new app from the skeleton: every room in its smallest useful form, tests included.

The files below ``skeleton/`` end in ``.txt``; ``$name`` in their text and ``NAME`` in their paths become the name.
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

from twincity.kernel.problems import INVALID, Problem

SKELETON = Path(__file__).parent / "skeleton"
TAKEN = {"account", "admin", "auth", "contenttypes", "kernel", "messages", "mfa", "node", "sessions", "staticfiles"}
"""Labels that Django and allauth use."""


def create(name: str, root: Path) -> Path:
    """Write the app ``name`` into the checkout at ``root`` and return its folder.

    Raises:
        Problem: ``invalid`` when the name is no short lower-case identifier, or is taken.
    """
    package = root / "twincity"
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", name) or keyword.iskeyword(name):
        raise Problem(INVALID, field="name", name=name, reason="[a-z][a-z0-9_]{1,29}")
    if name in TAKEN or any((package / kind / name).exists() for kind in ("engines", "apps")):
        raise Problem(INVALID, field="name", name=name, reason="taken")
    folder = package / "apps" / name
    for source in sorted(SKELETON.rglob("*.txt")):
        place = str(source.relative_to(SKELETON).with_suffix("")).replace("NAME", name)
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        text = Template(source.read_text("utf-8")).substitute(name=name, title=name.replace("_", " ").capitalize())
        target.write_text(text, "utf-8")
    return folder
