"""Questions to the signature base: the value of one component, or the code of a refusal."""

from __future__ import annotations

import pytest

from twincity.kernel.httpsig.base import cover, signature_base
from twincity.kernel.httpsig.context import Message, Request
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import InnerList, Item, parse_item

GET = Request("GET", "https://www.example.com/path?param=value")


def value(message: Message, identifier: str) -> str:
    """The component value of one identifier, written plainly or as in a signature base."""
    item = parse_item(identifier) if identifier.startswith('"') else Item(identifier)
    line = signature_base(message, InnerList((item,)), {"example-dict": "dictionary", "n": "item"}).decode()
    written = identifier if identifier.startswith('"') else f'"{identifier}"'
    prefix, suffix = f"{written}: ", f'\n"@signature-params": ({written})'
    assert line.startswith(prefix)
    assert line.endswith(suffix)
    return line.removeprefix(prefix).removesuffix(suffix)


def code(message: Message, *identifiers: str) -> str:
    with pytest.raises(SignatureError) as caught:
        signature_base(message, cover([parse_item(each) for each in identifiers]))
    return caught.value.code


def with_fields(*lines: tuple[str, str]) -> Request:
    return Request("GET", "https://www.example.com/", lines)


FIELDS = with_fields(  # section 2.1
    ("Host", "www.example.com"),
    ("Date", "Tue, 20 Apr 2021 02:07:56 GMT"),
    ("X-OWS-Header", "   Leading and trailing whitespace.   "),
    ("X-Obs-Fold-Header", "Obsolete\r\n    line folding."),
    ("Cache-Control", "max-age=60"),
    ("Cache-Control", "   must-revalidate"),
    ("Example-Dict", "  a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
    ("X-Empty-Header", " "),
    ("Example-Header", "value, with, lots"),
    ("Example-Header", "of, commas"),
)
