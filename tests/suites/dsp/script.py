"""Runs one sequence diagram of the kit, line by line, against a live node.

What the node is to send of its own accord is a person's decision there: the script takes it through the operations
that pages and scripts use. Two rows are read by their meaning, where the diagram contradicts it: CN:01-03 ends with
FINALIZED (a final state cannot be terminated), and CAT:01-03 is answered by an error, as the dataset does not exist.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.suites.dsp import schemas
from tests.suites.dsp.peer import TOKEN, Kit, say
from twincity.node.testkit.live import LiveNode

PARTNER = "kit.example"
ALIASES = {"ContractVerificationMessage": "ContractAgreementVerificationMessage"}
ACTS = {
    "ContractRequestMessage": "request",
    "ContractOfferMessage": "offer",
    "ContractAgreementMessage": "agree",
    "ContractAgreementVerificationMessage": "verify",
    "ContractNegotiationEventMessage:accepted": "accept",
    "ContractNegotiationEventMessage:finalized": "finalize",
    "ContractNegotiationTerminationMessage": "terminate",
    "TransferStartMessage": "start",
    "TransferSuspensionMessage": "suspend",
    "TransferCompletionMessage": "complete",
    "TransferTerminationMessage": "terminate",
}
PLACES = {
    "ContractOfferMessage": "offers",
    "ContractAgreementMessage": "agreement",
    "ContractAgreementVerificationMessage": "agreement/verification",
    "ContractNegotiationEventMessage:accepted": "events",
    "ContractNegotiationEventMessage:finalized": "events",
    "ContractNegotiationTerminationMessage": "termination",
    "TransferStartMessage": "start",
    "TransferSuspensionMessage": "suspension",
    "TransferCompletionMessage": "completion",
    "TransferTerminationMessage": "termination",
}


@dataclass
class World:
    """The node under test, what it offers, and an agreement that the kit has with it."""

    node: LiveNode
    kit: Kit
    dataset: str
    offer: str
    agreement: str
    terms: dict[str, Any]


def steps(row: dict[str, Any]) -> list[str]:
    """Lines of the diagram after the participants."""
    lines = [line for line in row["sequence"] if not line.startswith("participant")]
    if row["id"] == "CN:01-03":
        return lines[:-2]
    return lines


class Script:
    """One row."""

    def __init__(self, world: World, row: dict[str, Any]) -> None:
        self.world, self.row = world, row
        self.transfer = row["id"].startswith("TP")
        self.kind = "transfers" if self.transfer else "negotiations"
        self.node_is_consumer = "_C:" in row["id"]
        world.kit.own_pid = self.kit_pid = f"urn:uuid:{uuid.uuid4()}"
        self.node_pid = ""
        self.policy: dict[str, Any] = {}
        self.signalled = False

    def run(self) -> None:
        """Every line of the sequence; raises AssertionError at the first that the node does otherwise."""
        lines = steps(self.row)
        for number, line in enumerate(lines):
            arrow, _, said = line.partition(": ")
            said = ALIASES.get(said, said)
            following = lines[number + 1].partition(": ")[2] if number + 1 < len(lines) else ""
            if arrow.upper() == "TCK->>CUT":
                self.tell(said, following)
            elif arrow == "CUT->>TCK":
                self.expect(said)
        assert not self.world.kit.faults, self.world.kit.faults
        assert self.world.kit.heard.empty()

    def tell(self, said: str, answer: str) -> None:
        """The kit speaks; the node answers as the next line says."""
        if said.startswith("Signal"):
            self.signal()
            return
        status, body = self.send(said)
        if body:
            assert not schemas.faults(body), (said, schemas.faults(body))
        if answer == "4xx ERROR" or self.row["id"] == "CAT:01-03":
            assert 400 <= status < 500, (said, status, body)
            assert body["@type"].endswith("Error")
            return
        assert status in {200, 201}, (said, status, body)
        if answer in {"ContractNegotiation", "TransferProcess", "Catalog", "Dataset"}:
            assert body["@type"] == answer
        if answer in {"ContractNegotiation", "TransferProcess"}:
            assert body["state"] == "REQUESTED"
            self.node_pid = body["providerPid"]

    def send(self, said: str) -> tuple[int, dict[str, Any]]:
        if said == "MetadataRequest":
            return self.http("GET", "/.well-known/dspace-version")
        if said == "CatalogRequestMessage":
            return self.http("POST", "/dsp/2025-1/catalog/request", say(said))
        if said == "CatalogDatasetMessage":
            name = "urn:none" if self.row["id"] == "CAT:01-03" else self.world.dataset
            return self.http("GET", f"/dsp/2025-1/catalog/datasets/{quote(name, safe='')}")
        place = PLACES.get(said, "request")
        first = place == "request" and not self.node_pid
        path = f"{self.kind}/{place}" if first else f"{self.kind}/{self.node_pid}/{place}"
        return self.http("POST", f"/dsp/2025-1/{path}", self.message(said, first=first))

    def message(self, said: str, *, first: bool) -> dict[str, Any]:
        kind, _, event = said.partition(":")
        pids = {
            "providerPid": self.kit_pid if self.node_is_consumer else self.node_pid,
            "consumerPid": self.node_pid if self.node_is_consumer else self.kit_pid,
        }
        callback = self.world.kit.base
        if kind == "ContractRequestMessage":
            place = {"callbackAddress": callback} if first else {"providerPid": self.node_pid}
            return say(kind, consumerPid=self.kit_pid, offer=self.offer(), **place)
        if kind == "TransferRequestMessage":
            more = {"agreementId": self.world.agreement, "format": "HttpData-PULL"}
            return say(kind, consumerPid=self.kit_pid, callbackAddress=callback, **more)
        more = {}
        if kind == "ContractOfferMessage":
            more["offer"] = self.offer()
        if kind == "ContractAgreementMessage":
            more["agreement"] = self.agreed()
        if event:
            more["eventType"] = event.upper()
        if kind == "TransferStartMessage" and self.node_is_consumer:
            more["dataAddress"] = {"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP"}
        return say(kind, **pids, **more)

    def offer(self) -> dict[str, Any]:
        permission = self.policy.get("permission", [{"action": "use"}])
        return {"@type": "Offer", "@id": self.world.offer, "target": self.world.dataset, "permission": permission}

    def agreed(self) -> dict[str, Any]:
        parties = {"assigner": PARTNER, "assignee": self.world.node.spec.id, "timestamp": "2026-11-27T10:00:00Z"}
        return self.offer() | {"@type": "Agreement", "@id": f"urn:uuid:{uuid.uuid4()}", **parties}

    def signal(self) -> None:
        world, self.signalled = self.world, True
        if self.transfer:
            given = {"peer": PARTNER, "agreement": world.agreement}
            self.node_pid = world.node.operate("dataspace.transfer", given)["id"]
            return
        given = {"peer": PARTNER, "dataset": world.dataset, "offer": world.offer, "terms": world.terms, "auto": False}
        self.node_pid = world.node.operate("dataspace.negotiate", given)["id"]

    def expect(self, said: str) -> None:
        """The node speaks: by itself for what was signalled, else because a person there decides so."""
        kind, _, event = said.partition(":")
        if self.signalled:
            self.signalled = False
        else:
            name = "dataspace.step" if self.transfer else "dataspace.act"
            hold = {} if self.transfer else {"hold": True}
            self.world.node.operate(name, {"id": self.node_pid, "act": ACTS[said], **hold})
        message = self.world.kit.wait(kind)
        assert message.get("eventType", "").lower() == event
        self.policy = message.get("offer") or message.get("agreement") or self.policy

    def http(self, method: str, path: str, message: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        body = json.dumps(message).encode() if message else None
        status, _, raw = self.world.node.request(method, path, headers, body)
        return status, json.loads(raw or b"{}")
