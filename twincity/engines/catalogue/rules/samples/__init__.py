"""Made-up rows of a standard: right ones for trials and training, and broken ones that each break one rule. Pure."""

from __future__ import annotations

from twincity.engines.catalogue.rules.samples.broken import Broken, broken_rows
from twincity.engines.catalogue.rules.samples.rows import NO_SAMPLES, sample_rows
from twincity.engines.catalogue.rules.samples.values import Anything

__all__ = ["NO_SAMPLES", "Anything", "Broken", "broken_rows", "sample_rows"]
