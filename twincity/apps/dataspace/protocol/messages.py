"""The messages this node sends, as JSON values; each follows the published schema of its name."""

from __future__ import annotations

from typing import Any

CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld"]
VERSION = "2025-1"
DOCUMENT = "urn:twincity:odrl:1#document"
"""Member of an offer or agreement that carries the same in this circle's own signed form (JWS); others pass it over."""
PULL, PUSH = "HttpData-PULL", "HttpData-PUSH"
ENDPOINT_TYPE = "https://w3id.org/idsa/v4.1/HTTP"

Json = dict[str, Any]


def versions(path: str) -> Json:
    """Answer of ``/.well-known/dspace-version``."""
    auth = {"protocol": "RFC 9421", "version": "1", "profile": ["tc1"]}
    return {"protocolVersions": [{"version": VERSION, "path": path, "binding": "HTTPS", "auth": auth}]}


def catalog_request() -> Json:
    return _message("CatalogRequestMessage")


def catalog(*, identifier: str, participant: str, datasets: list[Json], service: Json) -> Json:
    """A page of the catalogue; the schema wants at least one dataset wherever it has any."""
    listed = {"dataset": datasets} if datasets else {}
    return {
        "@context": CONTEXT,
        "@id": identifier,
        "@type": "Catalog",
        "participantId": participant,
        "service": [service],
        **listed,
    }


def data_service(*, identifier: str, url: str) -> Json:
    return {"@id": identifier, "@type": "DataService", "endpointURL": url}


def dataset(*, identifier: str, title: list[Json], offers: list[Json], service: str) -> Json:
    """A dataset with its offers; a root one gets its context from :func:`rooted`."""
    return {
        "@id": identifier,
        "@type": "Dataset",
        "title": title,
        "hasPolicy": offers,
        "distribution": [{"@type": "Distribution", "format": form, "accessService": service} for form in (PULL, PUSH)],
    }


def rooted(value: Json) -> Json:
    return {"@context": CONTEXT, **value}


def request(*, consumer_pid: str, provider_pid: str, offer: Json, callback: str) -> Json:
    """ContractRequestMessage: the first names where to answer, a later one the provider's process."""
    place = {"providerPid": provider_pid} if provider_pid else {"callbackAddress": callback}
    return _message("ContractRequestMessage", consumerPid=consumer_pid, **place, offer=offer)


def offer(*, provider_pid: str, consumer_pid: str, offer: Json, callback: str) -> Json:
    """ContractOfferMessage: the first names where to answer, a later one the consumer's process."""
    place = {"consumerPid": consumer_pid} if consumer_pid else {"callbackAddress": callback}
    return _message("ContractOfferMessage", providerPid=provider_pid, **place, offer=offer)


def agreement(*, provider_pid: str, consumer_pid: str, agreement: Json) -> Json:
    return _message("ContractAgreementMessage", providerPid=provider_pid, consumerPid=consumer_pid, agreement=agreement)


def verification(*, provider_pid: str, consumer_pid: str) -> Json:
    return _message("ContractAgreementVerificationMessage", providerPid=provider_pid, consumerPid=consumer_pid)


def event(*, provider_pid: str, consumer_pid: str, event: str, **more: Any) -> Json:
    """``ACCEPTED`` or ``FINALIZED``."""
    return _message(
        "ContractNegotiationEventMessage", providerPid=provider_pid, consumerPid=consumer_pid, eventType=event, **more
    )


def negotiation(*, provider_pid: str, consumer_pid: str, state: str) -> Json:
    return _message("ContractNegotiation", providerPid=provider_pid, consumerPid=consumer_pid, state=state.upper())


def transfer_request(*, consumer_pid: str, agreement: str, form: str, callback: str, address: Json | None) -> Json:
    where = {"dataAddress": address} if address else {}
    return _message(
        "TransferRequestMessage",
        consumerPid=consumer_pid,
        agreementId=agreement,
        format=form,
        callbackAddress=callback,
        **where,
    )


def data_address(endpoint: str, **properties: str) -> Json:
    """Where data are to be had or brought, with what a caller must present there."""
    listed = [{"@type": "EndpointProperty", "name": name, "value": value} for name, value in properties.items()]
    return {
        "@type": "DataAddress",
        "endpointType": ENDPOINT_TYPE,
        "endpoint": endpoint,
        "endpointProperties": listed,
    }


def transfer_step(kind: str, *, provider_pid: str, consumer_pid: str, **more: Any) -> Json:
    """TransferStart-, -Suspension-, -Completion- or -TerminationMessage."""
    return _message(f"Transfer{kind}Message", providerPid=provider_pid, consumerPid=consumer_pid, **more)


def termination(*, provider_pid: str, consumer_pid: str, **more: Any) -> Json:
    return _message("ContractNegotiationTerminationMessage", providerPid=provider_pid, consumerPid=consumer_pid, **more)


def transfer(*, provider_pid: str, consumer_pid: str, state: str) -> Json:
    return _message("TransferProcess", providerPid=provider_pid, consumerPid=consumer_pid, state=state.upper())


def error(kind: str, *, code: str, reason: list[str], provider_pid: str = "", consumer_pid: str = "") -> Json:
    """``CatalogError``, ``ContractNegotiationError`` or ``TransferError``; the latter two name both processes."""
    pids = {} if kind == "CatalogError" else {"providerPid": provider_pid, "consumerPid": consumer_pid}
    return _message(kind, **pids, code=code, reason=reason)


def why(code: str, reason: str) -> Json:
    """Members that say why something was suspended or terminated."""
    return {key: value for key, value in {"code": code, "reason": [reason] if reason else []}.items() if value}


def _message(kind: str, **members: Any) -> Json:
    return {"@context": CONTEXT, "@type": kind, **members}
