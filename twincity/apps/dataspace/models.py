"""Tables of the dataspace face: partners, offers, the two kinds of process, and their messages."""

from __future__ import annotations

from django.db import models

from twincity.apps.dataspace.protocol.states import NegotiationGraph, TransferGraph
from twincity.kernel import ids
from twincity.kernel.states import State, StateGraph
from twincity.kernel.tracked import Tracked


class Partner(models.Model):
    """A connector outside the circle that an operator has let in; it shows a token and is shown one."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "keep"

    id = models.CharField(primary_key=True, max_length=100)
    base = models.CharField(max_length=500)
    """Base URL of its protocol endpoints; nothing is sent anywhere else."""
    token_sha256 = models.BinaryField(max_length=32)
    """Of the token it shows here."""
    shown = models.CharField(max_length=500, blank=True)
    """What is sent to it as ``Authorization``, as it has given it to this member."""
    active = models.BooleanField(default=True)


class Offer(models.Model):
    """Terms under which a service of this node is offered in the dataspace catalogue."""

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "keep"

    class Answer(models.TextChoices):
        """What becomes of a request: agreed when within the offer, else countered with it; or a person decides."""

        AUTO = "auto"
        PERSON = "person"

    id = models.CharField(primary_key=True, max_length=100, default=ids.new_id)
    dataset = models.CharField(max_length=200, db_index=True)
    """What the catalogue calls the dataset, a URI."""
    terms = models.JSONField()
    answer = models.CharField(max_length=8, choices=Answer.choices, default=Answer.PERSON)
    active = models.BooleanField(default=True)


class Process(Tracked):
    """What a negotiation and a transfer have in common; states are those of the protocol, in lower case."""

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id)
    """This side's process id."""
    role = models.CharField(max_length=8)
    """``provider`` or ``consumer``: what this node is."""
    peer = models.CharField(max_length=200)
    peer_pid = models.CharField(max_length=200, blank=True)
    callback = models.CharField(max_length=1000, blank=True)
    """Base URL to which this side's messages go."""
    auto = models.BooleanField(default=True)
    """Whether the next step is taken at once where it needs no decision."""
    began_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Negotiation(Process):
    """A contract negotiation."""

    class Home:
        kept = "shared"
        leaves = "asked"
        erase = "keep"

    graph = NegotiationGraph
    dataset = models.CharField(max_length=200)
    offer_id = models.CharField(max_length=200)
    terms = models.JSONField()
    """The terms last proposed."""
    asked = models.JSONField(null=True)
    """The terms the consumer last asked for, by which an offer is judged."""
    request = models.TextField(blank=True)
    """The consumer's signed wish for the terms (JWS), of members only."""
    decision = models.TextField(blank=True)
    """The provider's signed consent (JWS), of members only."""
    agreement = models.CharField(max_length=200, blank=True)
    """Id of the agreement in the protocol, a URI."""

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["peer", "role", "peer_pid"],
                condition=~models.Q(peer_pid=""),
                name="negotiation_once",
            )
        ]


class Transfer(Process):
    """A transfer process."""

    class Home:
        kept = "shared"
        leaves = "asked"
        erase = "keep"

    graph = TransferGraph
    agreement = models.CharField(max_length=200)
    """Id of the agreement in the protocol, a URI."""
    contract = models.CharField(max_length=36)
    """Id of the agreement in the exchange."""
    form = models.CharField(max_length=20)
    address = models.JSONField(null=True)
    """Where data are fetched (consumer, pull) or brought (provider, push)."""
    token_sha256 = models.BinaryField(max_length=32, null=True)
    """Of the token that opens this side's door for the transfer."""
    token_until = models.DateTimeField(null=True)
    suspended_by = models.CharField(max_length=8, blank=True)
    received = models.BinaryField(null=True)
    """What was pushed here."""
    received_type = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["peer", "role", "peer_pid"],
                condition=~models.Q(peer_pid=""),
                name="transfer_once",
            )
        ]


class DeliveryGraph(StateGraph):
    """A message that is sent until the peer takes it or refuses it; one that was received is done from the start."""

    DUE = State("due", initial=True, externally_progressed=True, to=("done", "refused"))
    DONE = State("done", final=True)
    REFUSED = State("refused", final=True)


class Message(Tracked):
    """One message of a process, sent or received: its timeline, and the outbox at once."""

    class Home:
        kept = "shared"
        leaves = "asked"
        erase = "keep"

    graph = DeliveryGraph
    id = models.CharField(primary_key=True, max_length=64, default=ids.new_id)
    process = models.CharField(max_length=36, db_index=True)
    """Id of the negotiation or transfer."""
    sent = models.BooleanField()
    kind = models.CharField(max_length=60)
    path = models.CharField(max_length=300, blank=True)
    """Below the peer's base URL."""
    body = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["state"], condition=models.Q(state="due"), name="message_due"),
        ]
