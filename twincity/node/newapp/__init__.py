"""A new app from the skeleton: every room in its smallest useful form, tests included.

The files below ``skeleton/`` end in ``.txt``; ``$name`` in their text and ``NAME`` in their paths become the name.
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

SKELETON = Path(__file__).parent / "skeleton"
TAKEN = {"account", "admin", "auth", "contenttypes", "kernel", "messages", "mfa", "node", "sessions", "staticfiles"}
"""Labels that Django and allauth use."""


def create(name: str, root: Path) -> Path:
    """Write the app ``name`` below ``root``, the folder of the package ``twincity``, and return its folder.

    Raises:
        ValueError: when the name is no short lower-case identifier, or is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", name) or keyword.iskeyword(name):
        raise ValueError(f"{name!r}: an app's name is a short word of lower-case letters, digits and _")
    if name in TAKEN or any((root / kind / name).exists() for kind in ("engines", "apps")):
        raise ValueError(f"{name!r} is taken")
    folder = root / "apps" / name
    for source in sorted(SKELETON.rglob("*.txt")):
        place = str(source.relative_to(SKELETON).with_suffix("")).replace("NAME", name)
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        text = Template(source.read_text("utf-8")).substitute(name=name, title=name.replace("_", " ").capitalize())
        target.write_text(text, "utf-8")
    return folder
