"""One message as the signature base reads it, every part worked out at most once."""

from __future__ import annotations

import re

from twincity.kernel.httpsig import target
from twincity.kernel.httpsig.context import Fields, Message, Request
from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import FieldError, Member, parse_dictionary

_FOLD = re.compile(r"\r\n(?=[ \t])")


def unfold(value: str) -> str:
    """The value without surrounding whitespace, obsolete line folding made one space (RFC 9421 section 2.1)."""
    if "\r\n" in value:
        value = " ".join([part.strip(" \t") for part in _FOLD.split(value)])
    return value.strip(" \t")


def _index(fields: Fields) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name.lower(), []).append(unfold(value))
    return found


class View:
    """A message with its fields indexed by lower-case name.

    A signature may name many members of one dictionary or query. Each of these is parsed once, so that the work
    stays proportional to the message and not to message times signature.
    """

    __slots__ = ("_dictionaries", "_form", "_headers", "_trailers", "message")

    def __init__(self, message: Message) -> None:
        self.message = message
        self._headers = _index(message.headers)
        self._trailers: dict[str, list[str]] | None = None
        self._form: dict[str, list[str]] | None = None
        self._dictionaries: dict[tuple[str, bool], dict[str, Member]] = {}

    def lines(self, name: str, *, trailer: bool = False) -> list[str]:
        """Values of the field's lines in order.

        Raises:
            SignatureError: "missing-component" when there is no such field.
        """
        if trailer and self._trailers is None:
            self._trailers = _index(self.message.trailers)
        section = self._trailers if trailer else self._headers
        if section is None or name not in section:
            raise SignatureError("missing-component", f"no {'trailer' if trailer else 'header'} {name!r}")
        return section[name]

    def dictionary(self, name: str, *, trailer: bool = False) -> dict[str, Member]:
        """The field as a dictionary.

        Raises:
            SignatureError: "missing-component", or "malformed" when it is no dictionary.
        """
        found = self._dictionaries.get((name, trailer))
        if found is None:
            try:
                found = parse_dictionary(", ".join(self.lines(name, trailer=trailer)))
            except FieldError as error:
                raise SignatureError("malformed", f"{name}: {error}") from error
            self._dictionaries[name, trailer] = found
        return found

    def form(self, request: Request) -> dict[str, list[str]]:
        """Parameters of the request's query, see :func:`target.form`."""
        if self._form is None:
            self._form = target.form(request)
        return self._form
