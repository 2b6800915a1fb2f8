"""Transfer processes, in both roles. Data move only while a transfer is started and its agreement is in force."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction

from twincity.apps.dataspace import queries
from twincity.apps.dataspace.models import Transfer
from twincity.apps.dataspace.protocol import messages, reading
from twincity.apps.dataspace.protocol.messages import PULL, PUSH
from twincity.apps.dataspace.protocol.states import WRONG_STATE, Role, transferred
from twincity.apps.dataspace.services import addresses
from twincity.apps.dataspace.services.negotiations import pids
from twincity.apps.dataspace.services.outbox import Outcome, heard, key_of, known, say
from twincity.apps.dataspace.wire.peers import Peer, check_callback
from twincity.engines.exchange import facade as exchange
from twincity.kernel import clock, ids
from twincity.kernel.problems import BAD_REQUEST, FORBIDDEN, INVALID, NOT_FOUND, SIGN_IN, Problem
from twincity.kernel.tracked import move

TOKEN_LIFE = timedelta(hours=1)
"""Within which the data of a started transfer may be fetched; a suspension and resumption gives a new token."""
STEPS = {
    "start": ("Start", "start"),
    "suspend": ("Suspension", "suspension"),
    "complete": ("Completion", "completion"),
    "terminate": ("Termination", "termination"),
}
"""What a step is called in its message, and in its address."""
_KINDS: dict[str, type[reading.Step]] = {
    "start": reading.TransferStartMessage,
    "suspend": reading.TransferSuspensionMessage,
    "complete": reading.TransferCompletionMessage,
    "terminate": reading.TransferTerminationMessage,
}


def begin(*, peer: Peer, url: str, agreement: str, form: str = PULL, path: str = "", auto: bool = True) -> Outcome:
    """Ask a provider for data under an agreement, as its consumer.

    Args:
        peer: the provider.
        url: base of the provider's endpoints.
        agreement: its id in the protocol.
        form: ``HttpData-PULL`` or ``HttpData-PUSH``.
        path: with its query, what is to be pushed; the agreement's own path when empty.
        auto: whether the data are expected here at once.

    Raises:
        Problem: ``not-found``, ``invalid``.
    """
    if form not in {PULL, PUSH}:
        raise Problem(INVALID, field="form", name="form", reason=f"{PULL} or {PUSH}")
    found = queries.concluded(agreement, peer.id)
    contract = addresses.agreement_id(found) if found else ""
    made = Transfer(
        id=ids.new_id(), role="consumer", peer=peer.id, callback=url, auto=auto, agreement=agreement,
        contract=contract, form=form, next_attempt_at=None,
    )  # fmt: skip
    address = None
    if form == PUSH:
        token = _token(made)
        address = messages.data_address(addresses.inbox(made.pk), authorization=token, authType="bearer", path=path)
    with transaction.atomic():
        made.save(force_insert=True)
        body = messages.transfer_request(
            consumer_pid=made.pk, agreement=agreement, form=form, callback=addresses.callback(), address=address
        )
        return Outcome(made, [say(made, body["@type"], "transfers/request", body)])


def receive_request(*, peer: Peer, body: bytes, message: str) -> Outcome:
    """A consumer asks for data under an agreement; where the offer says so, the transfer starts at once.

    Raises:
        Problem: ``dataspace-message``, ``not-found``, ``forbidden``, ``invalid``, ``dataspace-callback``.
    """
    given = reading.read(body, reading.TransferRequestMessage)
    with transaction.atomic():
        before = Transfer.objects.filter(peer=peer.id, role="provider", peer_pid=given.consumer_pid).first()
        if before is not None:
            return Outcome(before, again=True)
        found = queries.concluded(given.agreement_id, peer.id)
        if found is None or found.role != "provider":
            raise Problem(NOT_FOUND, field="agreementId", what=f"agreement {given.agreement_id[:60]}")
        contract = addresses.agreement_id(found)
        _in_force(contract)
        made = Transfer.objects.create(
            role="provider", peer=peer.id, peer_pid=given.consumer_pid, agreement=given.agreement_id,
            callback=check_callback(peer, given.callback_address), contract=contract, form=_form(given),
            address=_where(peer, given), auto=found.auto, next_attempt_at=None,
        )  # fmt: skip
        heard(made, key_of(peer.id, message) if message else "", given.kind, body)
        return Outcome(made, [_do(made, "start")] if made.auto else [])


def receive_step(*, peer: Peer, body: bytes, message: str, pid: str, act: str) -> Outcome:
    """The other side starts, suspends, completes or terminates a transfer.

    Raises:
        Problem: ``dataspace-message``, ``not-found``, ``dataspace-state``.
    """
    given = reading.read(body, _KINDS[act])
    key = key_of(peer.id, message) if message else ""
    with transaction.atomic():
        found = queries.transfer(pid, peer.id)
        if known(key):
            return Outcome(found, again=True)
        own, other = _own(found, given.provider_pid, given.consumer_pid)
        if own != found.pk or (found.peer_pid and other != found.peer_pid):
            raise Problem(BAD_REQUEST, field="providerPid", reason="the process ids are not those of this process")
        to = transferred(found.state, act, _other(found))
        _may_resume(found, act, _other(found))
        changes: dict[str, Any] = {"peer_pid": other, "suspended_by": _other(found) if act == "suspend" else ""}
        if act == "start" and found.role == "provider":
            changes |= _opened(found)
        elif act == "start" and isinstance(given, reading.TransferStartMessage) and given.data_address:
            changes["address"] = msgspec.to_builtins(given.data_address)
        move(found, to, **changes)
        heard(found, key, given.kind, _redacted(body))
        return Outcome(found)


def act(*, pid: str, act: str, reason: str = "") -> Outcome:
    """A person's step in a transfer of this node: ``start``, ``suspend``, ``complete`` or ``terminate``.

    Raises:
        Problem: ``not-found``, ``dataspace-state``, ``forbidden`` when the agreement is not in force.
    """
    with transaction.atomic():
        found = queries.transfer(pid)
        return Outcome(found, [_do(found, act, reason)])


def _do(found: Transfer, act: str, reason: str = "") -> Any:
    to = transferred(found.state, act, _role(found))
    _may_resume(found, act, _role(found))
    changes: dict[str, Any] = {"suspended_by": found.role if act == "suspend" else ""}
    more: dict[str, Any] = messages.why(act, reason) if act in {"suspend", "terminate"} else {}
    if act == "start" and found.role == "provider":
        _in_force(found.contract)
        if found.form == PULL:
            token = _token(found)
            more["dataAddress"] = messages.data_address(
                addresses.data(found.pk, _service(found)), authorization=token, authType="bearer"
            )
            changes |= {"token_sha256": found.token_sha256, "token_until": found.token_until}
    move(found, to, **changes)
    kind, place = STEPS[act]
    body = messages.transfer_step(kind, **pids(found), **more)
    return say(found, body["@type"], f"transfers/{found.peer_pid}/{place}", body)


def _may_resume(found: Transfer, act: str, by: Role) -> None:
    """Only the side that has suspended a transfer takes it up again."""
    if act == "start" and found.state == "suspended" and found.suspended_by not in {"", by}:
        raise Problem(WRONG_STATE, field="state", state="SUSPENDED", role=by, message=act)


def _opened(found: Transfer) -> dict[str, Any]:
    """A consumer takes its own transfer up again: the token it has lives on for another term."""
    _in_force(found.contract)
    return {"token_until": clock.now() + TOKEN_LIFE}


def admit(*, pid: str, token: str) -> Transfer:
    """The started transfer that a token opens, at the provider's door for data or the consumer's for pushed ones.

    Raises:
        Problem: ``sign-in`` for a token that is wrong or too old, ``dataspace-state`` unless it is started.
    """
    found = Transfer.objects.filter(pk=pid).first()
    digest = hashlib.sha256(token.encode()).digest()
    kept = bytes(found.token_sha256) if found and found.token_sha256 else b""
    if found is None or not secrets.compare_digest(kept, digest):
        raise Problem(SIGN_IN, field="authorization")
    if found.state != "started":
        raise Problem(WRONG_STATE, field="state", state=found.state.upper(), role="consumer", message="data")
    if found.token_until is None or found.token_until < clock.now():
        raise Problem(SIGN_IN, field="authorization")
    return found


def take_in(*, pid: str, token: str, data: bytes, media_type: str) -> Transfer:
    """Keep what a provider has pushed.

    Raises:
        Problem: as :func:`admit`, but the transfer may be requested still: data can overtake the start message.
    """
    found = Transfer.objects.filter(pk=pid, role="consumer", form=PUSH).first()
    kept = bytes(found.token_sha256) if found and found.token_sha256 else b""
    if found is None or not secrets.compare_digest(kept, hashlib.sha256(token.encode()).digest()):
        raise Problem(SIGN_IN, field="authorization")
    if found.state not in {"requested", "started"}:
        raise Problem(WRONG_STATE, field="state", state=found.state.upper(), role="provider", message="data")
    Transfer.objects.filter(pk=pid).update(received=data, received_type=media_type[:100])
    return found


def service_of(found: Transfer) -> tuple[str, str, str]:
    """Service, path and purpose of the agreement of a transfer.

    Raises:
        Problem: ``forbidden`` when the agreement is not in force.
    """
    terms = _in_force(found.contract).terms
    return terms.service, terms.path, terms.purpose


def shown(found: Transfer) -> dict[str, Any]:
    """The transfer as the protocol shows it."""
    return messages.transfer(**pids(found), state=found.state)


def _service(found: Transfer) -> str:
    return service_of(found)[0]


def _in_force(contract: str) -> exchange.Concluded:
    found = exchange.agreement(identifier=contract)
    if found is None or found.state != "active" or not found.terms.not_before <= clock.unix() < found.terms.not_after:
        raise Problem(FORBIDDEN, field="agreementId", what=f"transfer under agreement {contract[:40]}, not in force")
    return found


def _form(given: reading.TransferRequestMessage) -> str:
    if given.format not in {PULL, PUSH}:
        raise Problem(INVALID, field="format", name="format", reason=f"{PULL} or {PUSH}")
    if given.format == PUSH and given.data_address is None:
        raise Problem(INVALID, field="dataAddress", name="dataAddress", reason="a push needs an address")
    return given.format


def _where(peer: Peer, given: reading.TransferRequestMessage) -> Any:
    if given.format != PUSH or given.data_address is None:
        return None
    check_callback(peer, given.data_address.endpoint)
    return msgspec.to_builtins(given.data_address)


def _token(found: Transfer) -> str:
    token = secrets.token_urlsafe(32)
    found.token_sha256 = hashlib.sha256(token.encode()).digest()
    found.token_until = clock.now() + TOKEN_LIFE
    return token


def _redacted(body: bytes) -> bytes:
    found = msgspec.json.decode(body)
    for each in (found.get("dataAddress") or {}).get("endpointProperties", []):
        if each.get("name") == "authorization":
            each["value"] = "…"
    return msgspec.json.encode(found)


def _own(found: Transfer, provider_pid: str, consumer_pid: str) -> tuple[str, str]:
    return (provider_pid, consumer_pid) if found.role == "provider" else (consumer_pid, provider_pid)


def _role(found: Transfer) -> Role:
    return "provider" if found.role == "provider" else "consumer"


def _other(found: Transfer) -> Role:
    return "consumer" if found.role == "provider" else "provider"


def unpushed() -> list[str]:
    """Transfers whose data are still to be brought to their consumers."""
    return list(Transfer.objects.filter(role="provider", form=PUSH, state="started").values_list("pk", flat=True)[:500])
