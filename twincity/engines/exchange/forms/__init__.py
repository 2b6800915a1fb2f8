"""Forms of the pages: what may stand in an address, and what a steward fills in."""

from __future__ import annotations

from twincity.engines.exchange.forms.consenting import CodeForm, GiveForm
from twincity.engines.exchange.forms.deciding import MOVES, REPLIES, DecisionForm, ReplyForm
from twincity.engines.exchange.forms.drafting import DraftForm, DraftFromForm
from twincity.engines.exchange.forms.proposing import AskForm, ObligationForm, PersonForm, ProposalForm, written
from twincity.engines.exchange.forms.requesting import RequestForm, RowForms, filters
from twincity.engines.exchange.forms.searching import (
    AccessesForm,
    AgreementsForm,
    ExchangeForm,
    ExchangesForm,
    OfferForm,
    PrefillForm,
    ReviseForm,
    WhyForm,
)

__all__ = [
    "MOVES",
    "REPLIES",
    "AccessesForm",
    "AgreementsForm",
    "AskForm",
    "CodeForm",
    "DecisionForm",
    "DraftForm",
    "DraftFromForm",
    "ExchangeForm",
    "ExchangesForm",
    "GiveForm",
    "ObligationForm",
    "OfferForm",
    "PersonForm",
    "PrefillForm",
    "ProposalForm",
    "ReplyForm",
    "RequestForm",
    "ReviseForm",
    "RowForms",
    "WhyForm",
    "filters",
    "written",
]
