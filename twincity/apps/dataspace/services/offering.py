"""What is offered, to whom, and how the catalogue shows it."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from twincity.apps.dataspace import queries
from twincity.apps.dataspace.models import Offer, Partner
from twincity.apps.dataspace.protocol import messages
from twincity.apps.dataspace.services import addresses
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import Terms
from twincity.kernel import ids
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem

PAGE = 100
"""Datasets of one page of the catalogue."""


def offer(*, terms: Terms, answer: str, dataset: str = "", identifier: str = "") -> Offer:
    """Offer a service of this node in the dataspace catalogue, or change an offer.

    Raises:
        Problem: ``not-found`` for a service that this node does not have, ``grant-invalid``, ``invalid``.
    """
    if terms.service not in {each.name for each in exchange.registered()}:
        raise Problem(NOT_FOUND, field="service", what=f"service {terms.service}")
    if answer not in Offer.Answer.values:
        raise Problem(INVALID, field="answer", name="answer", reason=", ".join(Offer.Answer.values))
    checked = exchange.check_terms(terms=terms, consumer="anyone")
    made, _ = Offer.objects.update_or_create(
        id=identifier or ids.new_id(),
        defaults={
            "dataset": dataset or addresses.dataset(circle.member_id(), terms.service),
            "terms": msgspec.to_builtins(checked),
            "answer": answer,
            "active": True,
        },
    )
    return made


def withdraw(*, identifier: str) -> None:
    """Take an offer back; agreements made under it stand.

    Raises:
        Problem: ``not-found``.
    """
    if not Offer.objects.filter(pk=identifier).update(active=False):
        raise Problem(NOT_FOUND, field="offer", what=f"offer {identifier}")


def register_partner(*, identifier: str, base: str, token: str, shown: str = "") -> Partner:
    """Let in a connector outside the circle, which is known by a token; a partner of that id is replaced.

    Raises:
        Problem: ``invalid``.
    """
    if identifier in circle.directory().members:
        raise Problem(INVALID, field="id", name="id", reason="a member of the circle signs and needs no token")
    if not base.startswith(("http://", "https://")) or len(token) < 24:
        raise Problem(INVALID, field="token", name="token", reason="a base URL, and a token of 24 characters or more")
    made, _ = Partner.objects.update_or_create(
        id=identifier,
        defaults={
            "base": base.rstrip("/"),
            "token_sha256": hashlib.sha256(token.encode()).digest(),
            "shown": shown,
            "active": True,
        },
    )
    return made


def catalog(*, after: str = "") -> tuple[dict[str, Any], str]:
    """A page of the catalogue, and the dataset after which the next page begins, empty at the end."""
    datasets = list(queries.offers().filter(dataset__gt=after).values_list("dataset", flat=True).distinct()[: PAGE + 1])
    shown = [_dataset(name) for name in datasets[:PAGE]]
    service = messages.data_service(identifier=_service_id(), url=addresses.callback())
    member = circle.member_id()
    page = messages.catalog(
        identifier=f"urn:twincity:catalog:{member}", participant=member, datasets=shown, service=service
    )
    return page, datasets[PAGE - 1] if len(datasets) > PAGE else ""


def dataset(name: str) -> dict[str, Any]:
    """One dataset of the catalogue.

    Raises:
        Problem: ``not-found``.
    """
    if not queries.offers().filter(dataset=name).exists():
        raise Problem(NOT_FOUND, field="dataset", what=f"dataset {name[:100]}")
    return messages.rooted(_dataset(name))


def _dataset(name: str) -> dict[str, Any]:
    found = list(queries.offers().filter(dataset=name))
    terms = [msgspec.convert(each.terms, Terms) for each in found]
    titles = {each.name: each.title for each in exchange.registered()}
    title = titles.get(terms[0].service)
    words = [{"@value": title.zh, "@language": "zh-Hans"}, {"@value": title.en, "@language": "en"}] if title else []
    offers = [exchange.offer_policy(terms=each, identifier=row.pk) for row, each in zip(found, terms, strict=True)]
    return messages.dataset(identifier=name, title=words, offers=offers, service=_service_id())


def _service_id() -> str:
    return f"urn:twincity:dataspace:{circle.member_id()}"
