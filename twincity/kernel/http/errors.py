"""What can go wrong between two nodes before there is an answer to speak of."""

from __future__ import annotations


class TransportError(Exception):
    """No answer was had.

    Attributes:
        permanent: whether the same request to the same place would fail the same way, so that a retry is pointless.
    """

    permanent = False

    def __init__(self, message: str, *, permanent: bool | None = None) -> None:
        super().__init__(message)
        if permanent is not None:
            self.permanent = permanent


class Unreachable(TransportError):  # noqa: N818  these four are named for what happened
    """No connection, or it broke before the answer was complete.

    Attributes:
        stale: the connection had been used before and broke before one byte of the answer came: most likely the peer
            had closed it as idle and never saw this request.
    """

    stale = False


class TimedOut(TransportError):  # noqa: N818
    """The peer took longer than the caller would wait."""


class TooLarge(TransportError):  # noqa: N818
    """The answer is beyond what the caller, or this client for heads, accepts."""

    permanent = True


class Malformed(TransportError):  # noqa: N818
    """The answer is not HTTP/1.1, or the request asked for could not have been."""

    permanent = True
