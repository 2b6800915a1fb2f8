"""Our documents in the shapes of the GovStack Consent building block (API 1.1).

A data agreement's id is its short name, that of its policy the same: the two are one document here. Hashes are SHA-256,
where the specification speaks of SHA-1, which proves nothing any more.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson

from twincity.engines.exchange.facade import ConsentView, ProposalView

LAWFUL = {
    "consent": "consent",
    "contract": "contract",
    "duty": "legal_obligation",
    "emergency": "vital_interest",
    "public-interest": "public_task",
    "disclosed": "legitimate_interest",
    "law": "legal_obligation",
}


def policy(view: ProposalView) -> dict[str, Any]:
    """Policy: how the data are kept and where they may go."""
    found = view.agreement
    return {
        "id": found.name,
        "name": found.title.en,
        "version": str(found.revision),
        "url": found.policy or f"{found.identifier}?revision={found.revision}",
        "jurisdiction": "CN",
        "dataRetentionPeriodDays": found.retention_days,
        "geographicRestriction": "CN",
        "storageLocation": found.iss,
    }


def agreement(view: ProposalView) -> dict[str, Any]:
    """DataAgreement."""
    found = view.agreement
    return {
        "id": found.name,
        "version": str(found.revision),
        "controller": {"id": found.iss, "name": found.iss, "url": f"https://{found.iss}"},
        "policy": policy(view),
        "purpose": found.why.en,
        "lawfulBasis": LAWFUL[found.basis],
        "dataUse": "data_source",
        "dpia": "",
        "active": found.active,
        "forgettable": False,
        "signature": signature(view.token, "revision", str(found.revision)),
    }


def revision(view: ProposalView, schema: str) -> dict[str, Any]:
    """Revision of a policy or data agreement; the snapshot is what was signed."""
    found = view.agreement
    snapshot = orjson.dumps({"schemaName": schema, "objectId": found.name, "objectData": view.token}).decode()
    return _revision(schema, found.name, str(found.revision), snapshot, found.iat)


def record(view: ConsentView) -> dict[str, Any]:
    """ConsentRecord."""
    document = view.document
    return {
        "id": document.id,
        "dataAgreement": {"id": document.agreement.rpartition("/")[2]},
        "dataAgreementRevision": {"id": str(document.revision)},
        "dataAgreementRevisionHash": document.digest,
        "individual": {"id": view.person or document.subject},
        "optIn": document.state == "given",
        "state": "signed",
        "signature": signature(view.token, "revision", document.id),
    }


def record_revision(view: ConsentView) -> dict[str, Any]:
    """Revision of a consent record: its present signed document."""
    document = view.document
    data = {"schemaName": "ConsentRecord", "objectId": document.id, "objectData": view.token}
    return _revision("ConsentRecord", document.id, document.state, orjson.dumps(data).decode(), document.iat)


def signature(token: str, kind: str, reference: str) -> dict[str, Any]:
    """Signature: the compact JWS taken apart; the node signs as custodian of the individual's consent."""
    head, payload, raw = token.split(".")
    return {
        "id": hashlib.sha256(token.encode()).hexdigest()[:32],
        "payload": payload,
        "signature": raw,
        "verificationMethod": "JWS EdDSA (RFC 7515)",
        "verificationPayload": payload,
        "verificationPayloadHash": hashlib.sha256(payload.encode()).hexdigest(),
        "verificationSignedBy": "node",
        "verificationSignedAs": "delegate",
        "verificationJwsHeader": head,
        "timestamp": "",
        "objectType": kind,
        "objectReference": reference,
    }


def _revision(schema: str, name: str, number: str, snapshot: str, at: int) -> dict[str, Any]:
    return {
        "id": number,
        "schemaName": schema,
        "objectId": name,
        "signedWithoutObjectId": False,
        "serializedSnapshot": snapshot,
        "serializedHash": hashlib.sha256(snapshot.encode()).hexdigest(),
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
    }
