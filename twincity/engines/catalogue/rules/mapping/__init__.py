"""How the columns of a local table become the fields of a standard, and what breaks on the way. Pure."""

from __future__ import annotations

from twincity.engines.catalogue.rules.mapping.breakage import Breakage, Count, check_mapped
from twincity.engines.catalogue.rules.mapping.compiled import Mapped, RowFunction, Trouble, compile_mapping
from twincity.engines.catalogue.rules.mapping.dates import DATE_FORMS, read_moment
from twincity.engines.catalogue.rules.mapping.faults import faults_of, moved, require_fitting, unfilled
from twincity.engines.catalogue.rules.mapping.model import (
    CodePair,
    Concat,
    Constant,
    FieldMapping,
    FirstOf,
    FromColumn,
    Mapping,
    Part,
    Take,
    columns_of,
    read_mapping,
)
from twincity.engines.catalogue.rules.mapping.suggest import similarity, suggest, suggest_codes
from twincity.engines.catalogue.rules.mapping.units import UNITS, Unit, Units, convert

__all__ = [
    "DATE_FORMS",
    "UNITS",
    "Breakage",
    "CodePair",
    "Concat",
    "Constant",
    "Count",
    "FieldMapping",
    "FirstOf",
    "FromColumn",
    "Mapped",
    "Mapping",
    "Part",
    "RowFunction",
    "Take",
    "Trouble",
    "Unit",
    "Units",
    "check_mapped",
    "columns_of",
    "compile_mapping",
    "convert",
    "faults_of",
    "moved",
    "read_mapping",
    "read_moment",
    "require_fitting",
    "similarity",
    "suggest",
    "suggest_codes",
    "unfilled",
]
