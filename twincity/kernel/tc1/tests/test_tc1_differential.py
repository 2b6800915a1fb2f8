"""tc1 against the general implementation of RFC 9421 in this package, and against the one on PyPI.

tc1 reads with one pattern what the others parse by the book. So all three must build the same signature base for the
same message, each must accept what tc1 signs, and tc1 must accept nothing that the general one refuses.
"""

from __future__ import annotations

import base64
import random
import time
from collections import Counter
from datetime import timedelta

import http_message_signatures as other
from cryptography.hazmat.primitives.asymmetric import ed25519

from twincity.kernel.httpsig.algorithms import Key
from twincity.kernel.httpsig.base import signature_base
from twincity.kernel.httpsig.context import Request, Response
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import FieldError, InnerList, parse_dictionary
from twincity.kernel.httpsig.message import verify
from twincity.kernel.httpsig.policy import Policy
from twincity.kernel.httpsig.tests.generated import Lines, TheirResponse, Theirs
from twincity.kernel.keys import PrivateKey
from twincity.kernel.problems import Problem
from twincity.kernel.tc1.message import LIFE, SKEW
from twincity.kernel.tc1.tests.messages import (
    CONSUMER,
    NOW,
    PROVIDER,
    Answered,
    Asked,
    random_request,
    random_response,
    with_parameters,
)

MESSAGES = 2_000
"""Requests, and as many responses, in each comparison."""
SPELLINGS = 6_000
KEYS = {key.public.kid: key for key in (CONSUMER, PROVIDER)}
REQUESTS = Policy(
    ("@method", "@target-uri", "content-digest", "tc-message-id", "tc-purpose"),
    params=("created", "expires", "nonce", "keyid", "alg", "tag"),
    max_age=LIFE + SKEW,
    skew=SKEW,
    tag="tc1",
    label="tc1",
    algorithms=frozenset({"ed25519"}),
)
RESPONSES = Policy(("@status", "content-digest"), max_age=None, tag="tc1", label="tc1")


def general_key(kid: str | None) -> Key | None:
    private = KEYS.get(kid or "")
    return private and Key("ed25519", ed25519.Ed25519PublicKey.from_public_bytes(private.public.raw), kid or "")


class TheirKeys(other.HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id: str) -> ed25519.Ed25519PublicKey:
        return ed25519.Ed25519PublicKey.from_public_bytes(KEYS[key_id].public.raw)


def general_request(asked: Asked) -> Request:
    return Request(asked.method, asked.target, list(asked.headers.items()))


def general_response(answer: Answered, asked: Asked) -> Response:
    return Response(answer.status, list(answer.headers.items()), (), general_request(asked))


def covered(headers: dict[str, str]) -> InnerList:
    found = parse_dictionary(headers["signature-input"])["tc1"]
    assert isinstance(found, InnerList)
    return found


def pairs(seed: int, now: int = NOW):
    """Signed requests, each with a signed answer."""
    how = random.Random(seed)
    for number in range(MESSAGES):
        asked = random_request(how).signed(now=now, nonce=f"nonce-{number}")
        yield asked, random_response(how, asked).signed(now=now)


def test_the_general_implementation_builds_the_same_bases():
    for asked, answer in pairs(1):
        assert signature_base(general_request(asked), covered(asked.headers)) == asked.read().base, asked
        assert signature_base(general_response(answer, asked), covered(answer.headers)) == answer.read().base, answer


def test_the_general_implementation_accepts_what_tc1_signs():
    for asked, answer in pairs(2):
        found = verify(general_request(asked), REQUESTS, general_key, now=NOW)
        assert (found.label, found.key.keyid) == ("tc1", CONSUMER.public.kid)
        found = verify(general_response(answer, asked), RESPONSES, general_key, now=NOW)
        assert (found.label, found.key.keyid) == ("tc1", PROVIDER.public.kid)


def test_the_implementation_on_pypi_accepts_what_tc1_signs():
    """It looks at the real clock, so these are signed now."""
    verifier = other.HTTPMessageVerifier(signature_algorithm=other.algorithms.ED25519, key_resolver=TheirKeys())
    for asked, answer in pairs(3, now=int(time.time())):
        request = Theirs(Lines(list(asked.headers.items())), asked.method, asked.target)
        (found,) = verifier.verify(request, max_age=timedelta(hours=1))
        assert found.label == "tc1"
        assert found.parameters["keyid"] == CONSUMER.public.kid
        response = TheirResponse(Lines(list(answer.headers.items())), answer.status, request)
        (found,) = verifier.verify(response, max_age=timedelta(hours=1))
        assert found.parameters["keyid"] == PROVIDER.public.kid


def test_the_implementation_on_pypi_builds_the_same_bases():
    signer = other.HTTPMessageSigner(signature_algorithm=other.algorithms.ED25519)
    for asked, _ in pairs(4):
        listed = covered(asked.headers)
        prepared, _, _ = signer._build_signature_base(
            Theirs(Lines(list(asked.headers.items())), asked.method, asked.target),
            covered_component_ids=signer._parse_covered_component_ids([str(item.value) for item in listed.items]),
            signature_params=dict(listed.params),
        )
        assert prepared.encode() == asked.read().base, asked


CHANGES = [
    lambda how, text: text.replace(" ", "  ", 1),
    lambda how, text: text.replace(")", " )", 1),
    lambda how, text: text.replace("(", "( ", 1),
    lambda how, text: text.replace(";", "; ", 1),
    lambda how, text: text.replace("created=", "created=0", 1),
    lambda how, text: text.replace(f"created={NOW}", f'created="{NOW}"'),
    lambda how, text: text.replace(f"expires={NOW + LIFE}", f"expires={NOW + how.randrange(-9, 99)}"),
    lambda how, text: text.replace(f"expires={NOW + LIFE}", f'expires="{NOW + LIFE}"'),
    lambda how, text: text.replace('nonce="n"', "nonce=" + how.choice(["7", '""', '"a;created=1"', ":AA==:", "n"])),
    lambda how, text: text.replace('alg="ed25519"', "alg=" + how.choice(["ed25519", "7", '"rsa-pss-sha512"'])),
    lambda how, text: text.replace(';tag="tc1"', how.choice(["", ';tag="tc1";tag="tc1"', ";tag=tc1"])),
    lambda how, text: text + how.choice([";x=1", ';x="y"', ";x", ";x=1.5", ";X=1", ";created=1", ";x=-1", ";x=00"]),
    lambda how, text: text.replace('"@method" ', how.choice(["", '"@method" "@method" ', '"@METHOD" '])),
    lambda how, text: text.replace('"@method"', '"@method"' + how.choice([";req", ";sf", ";bs", ";req;req", ";x=1"])),
    lambda how, text: text.replace('"tc-purpose"', how.choice(["tc-purpose", '"Tc-Purpose"', '"tc-purpose";sf'])),
    lambda how, text: text.replace('"content-digest"', how.choice(['"content-digest";sf', '"content-digest";bs'])),
    lambda how, text: how.choice([" ", "\t", ","]) + text,
    lambda how, text: text + how.choice([" ", "\t", ",", ", a=1"]),
]
"""Ways in which the text of a Signature-Input may differ from what tc1 writes, right ones and wrong ones."""


def general_accepts(asked: Asked) -> bool:
    try:
        verify(general_request(asked), REQUESTS, general_key, now=NOW)
    except (SignatureError, FieldError):
        return False
    return True


def tc1_accepts(asked: Asked) -> bool:
    try:
        asked.accepted()
    except Problem:
        return False
    return True


def test_tc1_accepts_nothing_that_the_general_implementation_refuses():
    how = random.Random(5)
    outcomes: Counter[tuple[bool, bool]] = Counter()
    for _ in range(SPELLINGS):
        asked = random_request(how)
        _, _, text = asked.signed(nonce="n").headers["signature-input"].partition("=")
        for change in how.sample(CHANGES, how.choice([0, 1, 1, 2])):
            text = change(how, text)
        sent = with_parameters(asked, text)
        verdict = tc1_accepts(sent), general_accepts(sent)
        assert verdict != (True, False), sent
        outcomes[verdict] += 1
    assert outcomes[True, True] > SPELLINGS // 4
    assert outcomes[False, False] > SPELLINGS // 4


def test_neither_accepts_what_was_changed_after_signing():
    how = random.Random(6)
    for number in range(MESSAGES):
        asked = random_request(how).signed(nonce=f"nonce-{number}")
        name = how.choice([name for name in asked.headers if name.startswith("tc-")])
        raw = bytearray(base64.b64decode(asked.headers["signature"][5:-1]))
        raw[how.randrange(64)] ^= 1 << how.randrange(8)
        broken = how.choice(
            [
                Asked(asked.method + "X", asked.target, asked.headers),
                Asked(asked.method, asked.target + "x", asked.headers),
                asked.having(**{name: asked.headers[name] + "x"}),
                asked.having(signature=f"tc1=:{base64.b64encode(raw).decode()}:"),
                asked.having(signature_input=asked.headers["signature-input"].replace(f"={NOW}", f"={NOW - 1}")),
            ]
        )
        assert not tc1_accepts(broken), broken
        assert not general_accepts(broken), broken


def test_a_key_of_somebody_else_is_no_key():
    stranger = PrivateKey.generate()
    asked = Asked().signed(key=stranger)
    assert tc1_accepts(asked) is general_accepts(asked) is False
