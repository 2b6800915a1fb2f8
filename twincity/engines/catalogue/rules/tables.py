"""Compiling a quality rule of a table."""

from __future__ import annotations

from twincity.engines.catalogue.rules.fields import FieldPair, SingleField
from twincity.engines.catalogue.rules.keys import ForeignReference, OwnReference, UniqueKey
from twincity.engines.catalogue.rules.model import Delivered, Fresh, Ordered, Reference, Rule, StartsWith, Unique
from twincity.engines.catalogue.rules.wholes import Delivery, Freshness
from twincity.engines.catalogue.rules.work import Scene, TableRule


def compiled_rule(rule: Rule, scene: Scene) -> TableRule:
    """The rule at work."""
    tally, check = scene.tally(rule), rule.check
    if isinstance(check, Unique):
        return UniqueKey(tally, check, rule.when, scene.distinct)
    if isinstance(check, Reference):
        own = scene.standard.field(check.to) is not None
        return (
            OwnReference(tally, check, rule.when, scene)
            if own
            else ForeignReference(tally, check, rule.when, scene.sets[check.to])
        )
    if isinstance(check, Fresh):
        return Freshness(tally, check, scene)
    if isinstance(check, Delivered):
        return Delivery(tally, check)
    if isinstance(check, Ordered | StartsWith):
        return FieldPair(tally, check, rule.when, scene)
    return SingleField(tally, check, rule.when, scene)
