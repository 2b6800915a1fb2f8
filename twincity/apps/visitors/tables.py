"""A visit as its page shows it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from twincity.apps.visitors import queries
from twincity.apps.visitors.models import Visit
from twincity.engines.identity import facade as identity


def visit(found: Visit) -> dict[str, Any]:
    """Title of the node, facts, and the key for ending it."""
    node = queries.home_node(found.member)
    roles = [str(label) for _name, label in identity.role_labels(roles=found.roles_shown)]
    facts = [
        (_("Member"), found.member),
        (_("Signed in"), found.redeemed),
        (_("Name shown"), found.name_shown),
        (_("Roles shown"), " · ".join(roles)),
        (_("Second factor"), found.second_factor),
    ]
    return {"title": node.title if node else found.member, "facts": facts, "id": found.pk}
