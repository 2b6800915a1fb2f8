"""The messages this node accepts: as strict as the published schemas about what it needs, blind to anything else."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from twincity.apps.dataspace.protocol.messages import CONTEXT
from twincity.kernel.problems import Problem, define

MALFORMED = define(
    "dataspace-message", 400, zh="消息不符合协议: {reason}", en="The message does not follow the protocol: {reason}"
)
Pid = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Address = Annotated[str, msgspec.Meta(pattern=r"^https?://", max_length=1000)]
Reasons = Annotated[list[Any], msgspec.Meta(min_length=1, max_length=20)]
Policy = dict[str, Any]
M = TypeVar("M", bound="Message")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What all messages share."""

    context: list[str] = msgspec.field(name="@context")
    kind: str = msgspec.field(name="@type")


class CatalogRequestMessage(Message, frozen=True, kw_only=True):
    """Ask for the catalogue; a filter is of no agreed language."""

    filter: list[Any] = []


class DatasetRequestMessage(Message, frozen=True, kw_only=True):
    """Ask for one dataset."""

    dataset: Pid


class ContractRequestMessage(Message, frozen=True, kw_only=True, rename="camel"):
    """A consumer asks, or asks again with other terms."""

    context: list[str] = msgspec.field(name="@context")
    kind: str = msgspec.field(name="@type")
    consumer_pid: Pid
    offer: Policy
    provider_pid: Pid | None = None
    callback_address: Address | None = None


class ContractOfferMessage(Message, frozen=True, kw_only=True, rename="camel"):
    """A provider offers, or offers other terms."""

    context: list[str] = msgspec.field(name="@context")
    kind: str = msgspec.field(name="@type")
    provider_pid: Pid
    offer: Policy
    consumer_pid: Pid | None = None
    callback_address: Address | None = None


class Step(Message, frozen=True, kw_only=True, rename="camel"):
    """A message within a process that both sides know."""

    context: list[str] = msgspec.field(name="@context")
    kind: str = msgspec.field(name="@type")
    provider_pid: Pid
    consumer_pid: Pid


class ContractAgreementMessage(Step, frozen=True, kw_only=True, rename="camel"):
    """The provider agrees."""

    agreement: Policy


class ContractAgreementVerificationMessage(Step, frozen=True, kw_only=True, rename="camel"):
    """The consumer has checked the agreement."""


class ContractNegotiationEventMessage(Step, frozen=True, kw_only=True, rename="camel"):
    """The consumer accepts an offer, or the provider puts the agreement into force."""

    event_type: Literal["ACCEPTED", "FINALIZED"]
    document: str = msgspec.field(name="urn:twincity:odrl:1#document", default="")


class Reasoned(Step, frozen=True, kw_only=True, rename="camel"):
    """A step that may say why."""

    code: str = ""
    reason: Reasons | None = None


class ContractNegotiationTerminationMessage(Reasoned, frozen=True, kw_only=True, rename="camel"):
    """Either side ends a negotiation."""


class EndpointProperty(msgspec.Struct, frozen=True):
    """Something to know about an address."""

    kind: Literal["EndpointProperty"] = msgspec.field(name="@type")
    name: str
    value: str


class DataAddress(msgspec.Struct, frozen=True, rename="camel"):
    """Where data are to be had or brought."""

    kind: Literal["DataAddress"] = msgspec.field(name="@type")
    endpoint_type: str
    endpoint: str = ""
    endpoint_properties: Annotated[list[EndpointProperty], msgspec.Meta(min_length=1, max_length=20)] | None = None

    def property(self, name: str) -> str:
        """Value of a property, empty when it has none of that name."""
        return next((each.value for each in self.endpoint_properties or [] if each.name == name), "")


class TransferRequestMessage(Message, frozen=True, kw_only=True, rename="camel"):
    """A consumer asks for data under an agreement."""

    context: list[str] = msgspec.field(name="@context")
    kind: str = msgspec.field(name="@type")
    agreement_id: Pid
    format: str
    callback_address: Address
    consumer_pid: Pid
    data_address: DataAddress | None = None


class TransferStartMessage(Step, frozen=True, kw_only=True, rename="camel"):
    """Data may flow."""

    data_address: DataAddress | None = None


class TransferCompletionMessage(Step, frozen=True, kw_only=True, rename="camel"):
    """All data have flowed."""


class TransferSuspensionMessage(Reasoned, frozen=True, kw_only=True, rename="camel"):
    """Data may not flow for now."""


class TransferTerminationMessage(Reasoned, frozen=True, kw_only=True, rename="camel"):
    """Either side ends a transfer."""


class Process(Step, frozen=True, kw_only=True, rename="camel"):
    """A negotiation or transfer as the other side sees it."""

    state: str


def read(body: bytes, kind: type[M]) -> M:
    """The message in a body.

    Raises:
        Problem: ``dataspace-message``, naming the member that is wrong.
    """
    try:
        found = msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem(MALFORMED, field="body", reason=str(error)[:300]) from error
    if CONTEXT[0] not in found.context:
        raise Problem(MALFORMED, field="@context", reason=f"@context lacks {CONTEXT[0]}")
    if found.kind != kind.__name__:
        raise Problem(MALFORMED, field="@type", reason=f"@type is {found.kind[:60]!r}, not {kind.__name__}")
    return _checked(found)


def _checked(found: M) -> M:
    if isinstance(found, ContractRequestMessage) and bool(found.provider_pid) == bool(found.callback_address):
        # oneOf in contract-request-message-schema.json
        raise Problem(MALFORMED, field="providerPid", reason="either providerPid or callbackAddress")
    if isinstance(found, ContractOfferMessage) and bool(found.consumer_pid) == bool(found.callback_address):
        raise Problem(MALFORMED, field="consumerPid", reason="either consumerPid or callbackAddress")
    return found


def read_process(body: bytes, kind: str) -> Process:
    """A ``ContractNegotiation`` or ``TransferProcess``.

    Raises:
        Problem: ``dataspace-message``.
    """
    try:
        found = msgspec.json.decode(body, type=Process)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem(MALFORMED, field="body", reason=str(error)[:300]) from error
    if found.kind != kind:
        raise Problem(MALFORMED, field="@type", reason=f"@type is not {kind}")
    return found
