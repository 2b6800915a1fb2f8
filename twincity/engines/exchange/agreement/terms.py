"""Terms of an agreement and how they become grants."""

from __future__ import annotations

from typing import Literal

import msgspec

from twincity.engines.exchange import rules
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem, define

WIDER = define(
    "terms-wider", 422, zh="批准的条款不得宽于申请: {field}", en="Approved terms may not be wider than asked: {field}"
)


LAST = 253_402_300_799
"""The last second that a calendar can show: agreements are read by people."""


MOST_OBLIGATIONS = 16


class Obligation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the consumer must do with the data, a duty of ODRL; ``by`` in seconds since 1970, 0: when the terms end."""

    action: Literal["delete", "inform", "attribute"]
    by: int = 0


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for or agreed; times in seconds since 1970, rate in calls a minute."""

    service: str
    purpose: str
    reason: LocalText
    """Why the consumer needs the data, in words."""
    not_after: int
    methods: tuple[str, ...] = ("GET",)
    path: str = "/*"
    fields: tuple[str, ...] = ()
    rows: tuple[rules.RowFilter, ...] = ()
    rate: int = 600
    system: str = ""
    not_before: int = 0
    consent: str = ""
    """Identifier of the data agreement under which each person concerned must have consented; left out when empty."""
    obligations: tuple[Obligation, ...] = ()


def compile_grant(terms: Terms, *, agreement: str, consumer: str) -> rules.Grant:
    """The grant that carries out the terms.

    Raises:
        Problem: ``grant-invalid`` when the terms cannot be carried out as written.
    """
    if terms.not_after > LAST:
        raise Problem(rules.BAD_GRANT, field="not_after", reason="not_after lies beyond the year 9999")
    if any(not 0 <= each.by <= LAST for each in terms.obligations) or len(terms.obligations) > MOST_OBLIGATIONS:
        raise Problem(rules.BAD_GRANT, field="obligations", reason="obligations: at most 16, each with a day to show")
    check_text(terms)
    subject = f"member:{consumer}#{terms.system}" if terms.system else f"member:{consumer}"
    return rules.check(
        rules.Grant(
            id=f"{agreement}.1",
            subject=subject,
            service=terms.service,
            methods=terms.methods,
            path=terms.path,
            purposes=(terms.purpose,),
            fields=terms.fields,
            rows=terms.rows,
            rate=terms.rate,
            not_before=terms.not_before,
            not_after=terms.not_after,
            agreement=agreement,
            consent=terms.consent,
        )
    )


def check_text(terms: Terms) -> Terms:
    """The terms, if every text in them can be kept: PostgreSQL has no U+0000.

    Raises:
        Problem: ``grant-invalid``.
    """
    # What is left of backslashes once the escaped ones are gone begins an escape.
    if b"\\u0000" in msgspec.json.encode(terms).replace(b"\\\\", b""):
        raise Problem(rules.BAD_GRANT, field="terms", reason="a text holds the character U+0000")
    return terms


def check_narrower(asked: Terms, given: Terms) -> Terms:
    """The approved terms, if they give nothing that was not asked for.

    Raises:
        Problem: ``terms-wider`` naming the field.
    """
    narrower = {
        "service": given.service == asked.service,
        "purpose": rules.purpose_covered((asked.purpose,), given.purpose),
        "methods": set(given.methods) <= set(asked.methods),
        "path": asked.path in {given.path, "/*"},
        "fields": not asked.fields or (bool(given.fields) and set(given.fields) <= set(asked.fields)),
        "rows": all(any(_within(inner, outer) for inner in given.rows) for outer in asked.rows),
        "rate": not asked.rate or 0 < given.rate <= asked.rate,
        "not_after": given.not_after <= asked.not_after,
        "not_before": given.not_before >= asked.not_before,
        "system": not asked.system or given.system == asked.system,
        "consent": not asked.consent or given.consent == asked.consent,
        "obligations": set(asked.obligations) <= set(given.obligations),
    }
    for field, kept in narrower.items():
        if not kept:
            raise Problem(WIDER, field=field)
    return given


def _within(inner: rules.RowFilter, outer: rules.RowFilter) -> bool:
    if inner.field != outer.field:
        return False
    if outer.op == "in":
        return inner.op == "in" and set(inner.values) <= set(outer.values)
    if outer.op == "prefix":
        return inner.op in {"in", "prefix"} and all(value.startswith(outer.values) for value in inner.values)
    tighter = inner.values[0] >= outer.values[0] if outer.op == "min" else inner.values[0] <= outer.values[0]
    return inner.op == outer.op and tighter
