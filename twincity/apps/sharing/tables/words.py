"""Words of the pages of registered sources."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

RHYTHMS = {
    "continuous": _("continuously"),
    "daily": _("daily"),
    "weekly": _("weekly"),
    "monthly": _("monthly"),
    "quarterly": _("quarterly"),
    "annual": _("yearly"),
    "irregular": _("as needed"),
}
QUALITIES = {
    "accuracy": _("Accuracy"),
    "completeness": _("Completeness"),
    "consistency": _("Consistency"),
    "timeliness": _("Timeliness"),
    "conformity": _("Conformity"),
    "accessibility": _("Accessibility"),
}
VERDICTS = {
    "passed": (_("Passed"), "good"),
    "failed": (_("Not passed"), "warn"),
    "cancelled": (_("Cancelled"), "quiet"),
    "empty": (_("No rows"), "quiet"),
}
TYPES = {
    "string": _("text"),
    "integer": _("whole number"),
    "decimal": _("decimal number"),
    "date": _("date"),
    "datetime": _("instant"),
    "boolean": _("yes or no"),
    "point": _("longitude, latitude"),
}
ORIGINS = {
    "file": _("File as delivered"),
    "table": _("Table of a database"),
    "mapping": _("Mapping onto the standard"),
    "dataset": _("Other dataset"),
    "version": _("This version"),
    "derived": _("Made from it"),
}
PLACES = {"path": _("path"), "query": _("query"), "body": _("body")}
WHY = {
    "path": _("Its path cannot be called from outside"),
    "parameter": _("It needs a header, a cookie or a list"),
    "body": _("Its body is no JSON object with named members"),
    "answer": _("It does not answer JSON"),
    "names": _("Names occur twice, or too often"),
    "reference": _("A reference leads nowhere"),
}
"""Why an operation cannot be offered."""
