"""The sign-off of shared standards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from twincity.engines.catalogue.models import Stance
from twincity.engines.catalogue.queries import SharedRecord
from twincity.engines.catalogue.rules.signoff import SignOff, Word
from twincity.engines.catalogue.tables.entries import publisher
from twincity.engines.catalogue.tables.labels import local
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

STATES = {
    "none": (gettext_lazy("Of its publisher only"), "quiet"),
    "proposed": (gettext_lazy("Proposed for the circle"), "info"),
    "refused": (gettext_lazy("Refused by an anchor"), "bad"),
    "in-force": (gettext_lazy("In force for the circle"), "good"),
}
_TONES = {"endorsed": "good", "refused": "bad", "withdrawn": "warn"}


def sign_off_pill(found: SignOff) -> SafeString:
    """State, and how many have signed."""
    words, tone = STATES[found.state]
    told = words if found.state == "none" else f"{words} · {len(found.signed)}/{found.threshold}"
    return parts.pill(told, tone)


def sign_off_facts(found: SignOff) -> list[tuple[Any, Any]]:
    """State and threshold."""
    signed = ", ".join(publisher(each) for each in found.signed)
    needed = _("%(count)s of %(threshold)s anchors that the charter asks for") % {
        "count": len(found.signed),
        "threshold": found.threshold,
    }
    return [(_("State"), sign_off_pill(found)), (_("Signed by"), signed), (_("Needed"), needed)]


def words_table(found: SignOff, digest: str) -> Table:
    """What each anchor last said; a word about other contents says so."""
    columns: list[Column] = [
        Column(_("Anchor"), lambda word: publisher(word.anchor)),
        Column(_("Says"), lambda word: _stance(word, digest)),
        Column(_("Reason"), lambda word: local(word.reason) if word.reason else ""),
        Column(_("When"), lambda word: parts.instant(word.at * 1000, "minute")),
        Column(_("Entry in the log"), "place", "number"),
    ]
    return Table(columns, found.words, caption=_("What the anchors say"), empty=_("No anchor has signed it yet"))


def shared_table(found: Iterable[SharedRecord]) -> Table:
    """All versions that an anchor has spoken about."""
    columns: list[Column] = [
        Column(_("Standard"), lambda each: parts.link(_address(each), local(each.entry.title))),
        Column(_("Version"), lambda each: each.entry.version),
        Column(_("Publisher"), lambda each: publisher(each.entry.owner)),
        Column(_("State"), lambda each: sign_off_pill(each.sign_off)),
    ]
    return Table(
        columns,
        found,
        caption=_("Shared standards"),
        empty=_("No anchor has proposed a standard yet"),
        name="shared-standards",
    )


def _address(found: SharedRecord) -> str:
    return reverse("catalogue-entry", args=[found.entry.owner, "standard", found.entry.name, found.entry.version])


def _stance(word: Word, digest: str) -> SafeString:
    pill = parts.pill(Stance(word.stance).label, _TONES[word.stance])
    if word.digest == digest:
        return pill
    return format_html("<span>{} {}</span>", pill, parts.pill(_("about other contents: does not count"), "warn"))
