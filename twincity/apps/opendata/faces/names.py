"""Names under which CKAN knows members, datasets and their resources: CKAN allows ``[a-z0-9_-]`` only.

Neither a member's id nor a dataset's name holds an underscore, so it can stand for their dots.
"""

from __future__ import annotations


def organization(owner: str) -> str:
    """A member's name: ``cq_twincity_example``."""
    return owner.replace(".", "_")


def owner(name: str) -> str:
    """The member of such a name."""
    return name.replace("_", ".")


def package(owner: str, name: str) -> str:
    """A dataset's name: ``cq_twincity_example__divisions``."""
    return f"{organization(owner)}__{name.replace('.', '_')}"


def place(package: str) -> tuple[str, str]:
    """Owner and name of a dataset; both empty when the name is none of ours."""
    first, mark, rest = package.partition("__")
    return (owner(first), rest.replace("_", ".")) if mark else ("", "")
