"""Forms of the pages: what may stand in an address, and what a steward fills in."""

from __future__ import annotations

from twincity.engines.exchange.forms.deciding import MOVES, DecisionForm
from twincity.engines.exchange.forms.drafting import DraftForm, DraftFromForm
from twincity.engines.exchange.forms.requesting import RequestForm, RowForms, filters
from twincity.engines.exchange.forms.searching import (
    AgreementsForm,
    ExchangeForm,
    ExchangesForm,
    PrefillForm,
    WhyForm,
)

__all__ = [
    "MOVES",
    "AgreementsForm",
    "DecisionForm",
    "DraftForm",
    "DraftFromForm",
    "ExchangeForm",
    "ExchangesForm",
    "PrefillForm",
    "RequestForm",
    "RowForms",
    "WhyForm",
    "filters",
]
