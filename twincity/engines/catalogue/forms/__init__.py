"""Forms of the pages."""

from __future__ import annotations

from twincity.engines.catalogue.forms.about import AboutForm
from twincity.engines.catalogue.forms.base import RevisionForm, StrictForm, chosen_standards
from twincity.engines.catalogue.forms.beginning import BeginForm, BringForm
from twincity.engines.catalogue.forms.comparing import CompareForm, ReasonForm
from twincity.engines.catalogue.forms.fields import FieldForm
from twincity.engines.catalogue.forms.lists import ListForm
from twincity.engines.catalogue.forms.mappings import CheckForm, FieldMappingForm, MappingForm
from twincity.engines.catalogue.forms.rows import RowForm
from twincity.engines.catalogue.forms.rules import RuleForm
from twincity.engines.catalogue.forms.search import (
    MOST,
    SIDES,
    FeedForm,
    FeedPage,
    InboxForm,
    SearchForm,
    SubscribeForm,
    require_good,
)

__all__ = [
    "MOST",
    "SIDES",
    "AboutForm",
    "BeginForm",
    "BringForm",
    "CheckForm",
    "CompareForm",
    "FeedForm",
    "FeedPage",
    "FieldForm",
    "FieldMappingForm",
    "InboxForm",
    "ListForm",
    "MappingForm",
    "ReasonForm",
    "RevisionForm",
    "RowForm",
    "RuleForm",
    "SearchForm",
    "StrictForm",
    "SubscribeForm",
    "chosen_standards",
    "require_good",
]
