"""A data agreement of this node and consents that the other node's citizens give under it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER, Opened
from twincity.engines.exchange import services
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.models import DataAgreementRow
from twincity.kernel import clock, ids
from twincity.kernel.locale_text import LocalText

TEXT = LocalText("核对参保", "check the insurance")
PERSON = "A" * 43
SUBJECT = "S" * 43
DAY = 86_400


def agreement(**changes: Any) -> docs.DataAgreement:
    plain = docs.DataAgreement(
        iss="cq.test",
        iat=1,
        name="check",
        revision=1,
        title=TEXT,
        purpose="welfare",
        why=TEXT,
        service="probe",
        attributes=(docs.Attribute("name", TEXT), docs.Attribute("born", TEXT, sensitive=True)),
        recipients=(OTHER,),
        retention_days=30,
        valid_days=180,
    )
    return replace(plain, **changes)


def proposed(**changes: Any) -> DataAgreementRow:
    """The agreement, published by this node."""
    return services.propose(agreement(**changes))


def linked(person_key: str = "zhang", pseudonym: str = PERSON, home: str = OTHER) -> None:
    code = services.issue_code(person_key=person_key, by="counter")
    services.accept_link(sender=home, code=code, person=pseudonym)


def document(row: DataAgreementRow, **changes: Any) -> docs.Consent:
    now = clock.unix()
    plain = docs.Consent(
        id=ids.new_id(),
        iss=OTHER,
        iat=now,
        state="given",
        subject=SUBJECT,
        provider=circle.member_id(),
        agreement=row.identifier,
        revision=row.revision,
        digest=docs.document_digest(row.token),
        purpose="welfare",
        fields=("name",),
        recipients=(OTHER,),
        not_before=now,
        not_after=now + 30 * DAY,
    )
    return replace(plain, **changes)


def told(mine: Opened, consent: docs.Consent, *, sender: str = OTHER, person: str = PERSON) -> Any:
    """What becomes of a document that the other node signs and sends."""
    return services.receive_consent(sender=sender, token=docs.sign(consent, mine.other.key("tc1")), person=person)
