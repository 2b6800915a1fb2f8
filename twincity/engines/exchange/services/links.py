"""Tying a citizen's account here to the same person's data there, by a code handed out where the person is known.

No number of the person crosses the border: the provider hands the code to somebody it has identified by its own means,
the citizen types it in at home, and from then on both nodes use a pseudonym that only they share.
"""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import timedelta

from django.db import transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.consent.errors import BAD_CODE
from twincity.engines.exchange.consent.messages import CONSENTS
from twincity.engines.exchange.consent.messages import LinkCode as Sent
from twincity.engines.exchange.models import Link, LinkCode, Linked
from twincity.engines.exchange.wire import telling
from twincity.engines.identity import facade as identity
from twincity.kernel import background, clock
from twincity.kernel.problems import Problem

HOURS = 24
"""How long a code is good."""


def new_code() -> str:
    """Fifty random bits in three groups that can be read out: ``ABCD-EFG-HIJ``."""
    text = base64.b32encode(os.urandom(7)).decode()[:10]
    return f"{text[:4]}-{text[4:7]}-{text[7:]}"


def spelt(code: str) -> str:
    """A code as it was handed out, however it was typed."""
    text = "".join(each for each in code.upper() if each.isalnum())[:20]
    return f"{text[:4]}-{text[4:7]}-{text[7:]}"


def issue_code(*, person_key: str, by: str) -> str:
    """At the provider: a code for a person it has identified; it is shown once, and only its digest is kept.

    Args:
        person_key: what the provider's own data call the person.
        by: account of the officer.

    Raises:
        Problem: ``consent-refused`` for an empty or overlong key.
    """
    docs.require(person_key=0 < len(person_key) <= 200)
    code = new_code()
    LinkCode.objects.create(
        digest=_digest(code), person_key=person_key, expires=clock.now() + timedelta(hours=HOURS), issued_by=by[:150]
    )
    return code


def accept(*, sender: str, code: str, person: str) -> Linked:
    """At the provider: take in the home node's pseudonym for whom the code was handed to. May be repeated.

    Raises:
        Problem: ``code-refused``, or ``consent-refused`` for what is no pseudonym.
    """
    docs.pseudonym(person)
    with transaction.atomic():
        found = LinkCode.objects.select_for_update().filter(digest=_digest(code), expires__gt=clock.now()).first()
        if found is None:
            raise Problem(BAD_CODE, field="code")
        known = Linked.objects.filter(home=sender, pseudonym=person).first()
        if found.used or (known is not None and known.person_key != found.person_key):
            if known is not None and found.used and known.person_key == found.person_key:
                return known
            raise Problem(BAD_CODE, field="code")
        found.used = True
        found.save(update_fields=["used"])
        return known or Linked.objects.create(
            home=sender, pseudonym=person, person_key=found.person_key, at=clock.now()
        )


def link(*, person: str, provider: str, code: str) -> Link:
    """At home: link a citizen with a provider. Call it from a thread.

    Raises:
        Problem: ``unknown-member``; ``code-refused``; or why the provider did not answer.
    """
    circle.directory().member(provider, clock.unix())
    name = pseudonym(person, provider)
    if provider == circle.member_id():
        accept(sender=provider, code=spelt(code), person=name)
    else:
        _send(provider, Sent(spelt(code), name))
    return Link.objects.get_or_create(person=person, provider=provider, defaults={"at": clock.now()})[0]


def pseudonym(person: str, provider: str) -> str:
    """The name this node has for a citizen towards one provider."""
    return identity.pseudonym(person_id=person, purpose=f"link {provider}")


def _send(provider: str, body: Sent) -> None:
    try:
        background.wait(telling.tell(provider, CONSENTS, "/links", body, telling.Done))
    except Problem as problem:
        if problem.rule == BAD_CODE.code:
            raise Problem(BAD_CODE, field="code") from problem
        raise


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
