"""Data governance: standards as data, judging rows by them, comparing versions. Pure: no framework, no clock."""

from __future__ import annotations

from twincity.engines.catalogue.rules.check import check_rows
from twincity.engines.catalogue.rules.compare import Comparison, compatible, narrower
from twincity.engines.catalogue.rules.differences import Difference
from twincity.engines.catalogue.rules.faults import (
    Fault,
    decode_standard,
    read_standard,
    require_valid,
    validate_standard,
)
from twincity.engines.catalogue.rules.mask import field_mask, highest_grade
from twincity.engines.catalogue.rules.model import GRADES, Code, CodeList, Field, Grade, Quality, Rule, Source, Standard
from twincity.engines.catalogue.rules.report import Failure, Outcome, QualityReport
from twincity.engines.catalogue.rules.schema import json_schema

__all__ = [
    "GRADES",
    "Code",
    "CodeList",
    "Comparison",
    "Difference",
    "Failure",
    "Fault",
    "Field",
    "Grade",
    "Outcome",
    "Quality",
    "QualityReport",
    "Rule",
    "Source",
    "Standard",
    "check_rows",
    "compatible",
    "decode_standard",
    "field_mask",
    "highest_grade",
    "json_schema",
    "narrower",
    "read_standard",
    "require_valid",
    "validate_standard",
]
