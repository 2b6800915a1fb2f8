"""Signed responses, good and bad, each with the request that it answers."""

from __future__ import annotations

import base64
from typing import Any

from twincity.kernel.tc1 import message
from vectors.parts.documents import NOW, SC
from vectors.parts.keys import key
from vectors.parts.requests import request

BODY = '{"rows":[{"code":"511623102","name":"柑子镇"}]}'.encode()
RECEIPT = f'"{SC}/exchange";index=3'
PROBLEM = b'{"type":"urn:twincity:problem:grant-missing","status":403,"code":"grant-missing"}'


def response(sent: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Sichuan's answer to a request, signed."""
    given = {"status": 200, "body": BODY, "type": "application/json", "receipt": RECEIPT, "key": "sc.tc1"} | changed
    headers = {"content-type": given["type"], "content-digest": message.content_digest(given["body"])}
    if given["receipt"]:
        headers["tc-receipt"] = given["receipt"]
    return seal(given["status"], headers, sent["headers"], given["key"]) | {"body_hex": given["body"].hex()}


def seal(
    status: int, headers: dict[str, str], asked: dict[str, str], signer: str, now: int = NOW + 1
) -> dict[str, Any]:
    """Status and headers with the signature over them, the base it was made of, and the raw signature."""
    signing = key(signer)
    base, parameters = message.response_base(status=status, headers=headers, request=asked, now=now, key=signing.public)
    signature = signing.sign(base)
    fields = headers | message.signature_headers(parameters, signature)
    return {"status": status, "headers": fields, "base": base.decode(), "signature_hex": signature.hex()}


def without(answer: dict[str, Any], *texts: str) -> dict[str, Any]:
    """The response signed anew over less: each text is a component identifier as the input lists it."""
    base, parameters = answer["base"], answer["headers"]["signature-input"]
    for text in texts:
        base = "\n".join(line for line in base.split("\n") if not line.startswith(f"{text}: "))
        parameters = parameters.replace(f" {text}", "", 1)
    base = base.rpartition('"@signature-params": ')[0] + f'"@signature-params": {parameters.removeprefix("tc1=")}'
    signature = key("sc.tc1").sign(base.encode())
    fields = {"signature-input": parameters, "signature": f"tc1=:{base64.b64encode(signature).decode()}:"}
    return answer | {"headers": answer["headers"] | fields, "base": base, "signature_hex": signature.hex()}


def build() -> list[dict[str, Any]]:
    """Cases: request, response, and what must become of the response (``ok`` or the reason it is not proven)."""
    sent, other = request(), request(nonce="another-nonce")
    answer = response(sent)
    headers = answer["headers"]
    unsigned = {name: value for name, value in headers.items() if not name.startswith("signature")}
    cases = {
        "answer with receipt": ("ok", answer),
        "answer without receipt": ("ok", response(sent, receipt="")),
        "refusal": ("ok", response(sent, status=403, body=PROBLEM, type="application/problem+json")),
        "changed status": ("signature-invalid", answer | {"status": 203}),
        "changed body": ("digest-mismatch", answer | {"body_hex": b"{}".hex()}),
        "changed media type": ("signature-invalid", answer | {"headers": headers | {"content-type": "text/html"}}),
        "changed receipt": ("signature-invalid", answer | {"headers": headers | {"tc-receipt": RECEIPT[:-1] + "9"}}),
        "receipt that is not covered": ("signature-uncovered", without(answer, '"tc-receipt"')),
        "not bound to a signature": ("signature-uncovered", without(answer, '"signature";req')),
        "not bound to a body": ("signature-uncovered", without(answer, '"content-digest";req')),
        "body not covered": ("signature-uncovered", without(answer, '"content-digest"')),
        "answer to another request": ("signature-invalid", response(other)),
        "no signature": ("signature-missing", answer | {"headers": unsigned}),
        "signed by another member": ("another-member", response(sent, key="cq.tc1")),
        "signed by an unknown key": ("unknown-key", response(sent, key="stranger")),
    }
    return [
        {"name": name, "expect": expect, "now": NOW + 2, "request": sent, "response": found}
        for name, (expect, found) in cases.items()
    ]
