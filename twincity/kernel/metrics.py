"""Counters, gauges and histograms, shown as OpenMetrics 1.0 text.

Source: OpenMetrics 1.0 (OpenObservability), sections "Data model" and "Text format". A family is made once, at import
of the unit that counts, in a :class:`Registry`; ``family.labels("a", "b")`` gives the series to keep and to increment.
Increments are safe from any thread.
"""

from __future__ import annotations

import math
import re
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

from twincity.kernel import clock

MEDIA_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets for times from a millisecond to ten seconds."""
MAX_SERIES = 1000
# The grammar allows a leading underscore and colons too, but reserves both.
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
_OTHER = "other"
_SUFFIXES = {"counter": ("_total", "_created"), "gauge": (), "histogram": ("_bucket", "_count", "_sum", "_created")}
_ADDED = ("_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info")


class Count:
    """One series of a counter: a number that only grows."""

    __slots__ = ("_created", "_lock", "value")

    def __init__(self) -> None:
        self.value: float = 0
        self._created = clock.millis() / 1000
        self._lock = threading.Lock()

    def inc(self, amount: float = 1) -> None:
        """Add ``amount``.

        Raises:
            ValueError: for a negative or not finite amount.
        """
        if not 0 <= amount < math.inf:
            raise ValueError(f"a counter cannot grow by {amount}")
        with self._lock:
            self.value += amount

    def lines(self, name: str, labels: str) -> Iterable[str]:
        """The sample lines of this series."""
        yield f"{name}_total{_braced(labels)} {number(self.value)}"
        yield f"{name}_created{_braced(labels)} {number(self._created)}"


class Level:
    """One series of a gauge: a number that goes up and down, or is asked for when it is shown."""

    __slots__ = ("_lock", "_source", "value")

    def __init__(self) -> None:
        self.value: float = 0
        self._source: Callable[[], float] | None = None
        self._lock = threading.Lock()

    def set(self, value: float) -> None:
        """Replace the value."""
        self.value = value

    def inc(self, amount: float = 1) -> None:
        """Add ``amount``, which may be negative."""
        with self._lock:
            self.value += amount

    def follow(self, source: Callable[[], float]) -> None:
        """Ask ``source`` each time instead; one that raises shows as NaN, so that it cannot hide the other metrics."""
        self._source = source

    def lines(self, name: str, labels: str) -> Iterable[str]:
        """The sample line of this series."""
        yield f"{name}{_braced(labels)} {number(self._current())}"

    def _current(self) -> float:
        if self._source is None:
            return self.value
        try:
            return self._source()
        except Exception:  # noqa: BLE001  whatever fails, the exposition must stay whole
            return math.nan


class Spread:
    """One series of a histogram: how many observations fell below each bound, and their sum."""

    __slots__ = ("_bounds", "_counts", "_created", "_lock", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum: float = 0
        self._created = clock.millis() / 1000
        self._lock = threading.Lock()

    def observe(self, value: float) -> None:
        """Record one observation, zero or more (the spec forbids a sum beside negative ones).

        Raises:
            ValueError: for a negative value or NaN.
        """
        if not value >= 0:
            raise ValueError(f"cannot observe {value}")
        place = bisect_left(self._bounds, value)
        with self._lock:
            self._counts[place] += 1
            self._sum += value

    def lines(self, name: str, labels: str) -> Iterable[str]:
        """The sample lines of this series, buckets cumulative and increasing."""
        with self._lock:
            counts, total = self._counts.copy(), self._sum
        below, prefix = 0, labels + "," if labels else ""
        for bound, count in zip((*self._bounds, math.inf), counts, strict=True):
            below += count
            yield f'{name}_bucket{{{prefix}le="{canonical(bound)}"}} {below}'
        yield f"{name}_count{_braced(labels)} {below}"
        yield f"{name}_sum{_braced(labels)} {number(total)}"
        yield f"{name}_created{_braced(labels)} {number(self._created)}"


class Shown(Protocol):
    """What every kind of series can do."""

    def lines(self, name: str, labels: str) -> Iterable[str]:
        """The sample lines, given the family's name and the rendered labels."""
        ...


Series = TypeVar("Series", bound=Shown)


@dataclass(frozen=True, slots=True)
class Head:
    """What is said once about a family: its name, type, help, label names and unit.

    Raises:
        ValueError: for what the format does not allow.
    """

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]
    unit: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no metric name")
        if self.name.endswith(_ADDED):
            raise ValueError(f"{self.name!r} ends with a suffix that the format adds itself")
        if self.unit and not self.name.endswith("_" + self.unit):
            raise ValueError(f"{self.name!r} does not end with its unit {self.unit!r}")
        if len(set(self.labels)) != len(self.labels) or not all(map(_NAME.fullmatch, self.labels)):
            raise ValueError(f"{self.name!r} has label names that are not allowed or doubled: {self.labels}")

    @property
    def sample_names(self) -> set[str]:
        """All names this family takes; no other may touch them."""
        return {self.name, *(self.name + suffix for suffix in _SUFFIXES[self.kind])}

    def lines(self) -> Iterable[str]:
        """The metadata lines."""
        yield f"# TYPE {self.name} {self.kind}"
        if self.unit:
            yield f"# UNIT {self.name} {self.unit}"
        yield f"# HELP {self.name} {_escaped(self.help)}"


class Family(Generic[Series]):
    """All series of one name. Label values are given in the order of the label names."""

    def __init__(self, head: Head, make: Callable[[], Series]) -> None:
        self.head = head
        self._make = make
        self._series: dict[tuple[str, ...], Series] = {}
        self._lock = threading.Lock()
        self._plain = None if head.labels else self.labels()

    def labels(self, *values: str) -> Series:
        """The series with these label values, made when it is first asked for.

        Beyond ``MAX_SERIES`` all new combinations share one whose values are all ``other``: values that come from
        outside cannot fill the memory.

        Raises:
            ValueError: for a wrong number of values.
        """
        found = self._series.get(values)
        return self._add(values) if found is None else found

    def _add(self, values: tuple[str, ...]) -> Series:
        if len(values) != len(self.head.labels):
            raise ValueError(f"{self.head.name} has the labels {self.head.labels}, not {len(values)} of them")
        with self._lock:
            if len(self._series) >= MAX_SERIES:
                values = (_OTHER,) * len(values)
            return self._series.setdefault(values, self._make())

    @property
    def plain(self) -> Series:
        """The only series of a family without labels.

        Raises:
            ValueError: when the family has labels.
        """
        if self._plain is None:
            raise ValueError(f"{self.head.name} has labels")
        return self._plain

    def lines(self) -> Iterable[str]:
        """Metadata and samples of this family."""
        yield from self.head.lines()
        with self._lock:
            series = list(self._series.items())
        for values, one in series:
            pairs = zip(self.head.labels, values, strict=True)
            labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)
            yield from one.lines(self.head.name, labels)


class Registry:
    """The families of one node."""

    def __init__(self) -> None:
        self._families: dict[str, Family[Any]] = {}
        self._taken: set[str] = set()

    def counter(self, name: str, help_: str, *, labels: Sequence[str] = (), unit: str = "") -> Family[Count]:
        """A new counter; its samples get the suffix ``_total``, which ``name`` does not have.

        Raises:
            ValueError: for a name, label or unit the format does not allow, or a name already taken.
        """
        family = Family(Head(name, "counter", help_, tuple(labels), unit), Count)
        self._register(family)
        return family

    def gauge(self, name: str, help_: str, *, labels: Sequence[str] = (), unit: str = "") -> Family[Level]:
        """A new gauge; see :meth:`counter` for errors."""
        family = Family(Head(name, "gauge", help_, tuple(labels), unit), Level)
        self._register(family)
        return family

    def histogram(
        self, name: str, help_: str, *, labels: Sequence[str] = (), unit: str = "", bounds: Sequence[float] = SECONDS
    ) -> Family[Spread]:
        """A new histogram over increasing finite upper ``bounds``, none negative; see :meth:`counter` for errors."""
        edges = tuple(float(bound) for bound in bounds)
        if list(edges) != sorted(set(edges)) or not all(0 <= edge < math.inf for edge in edges):
            raise ValueError(f"bounds {bounds} are not increasing, finite and at least 0")
        if "le" in labels:
            raise ValueError("the label le belongs to the buckets")
        family = Family(Head(name, "histogram", help_, tuple(labels), unit), lambda: Spread(edges))
        self._register(family)
        return family

    def _register(self, family: Family[Any]) -> None:
        if family.head.sample_names & self._taken:
            raise ValueError(f"{family.head.name} collides with another family")
        self._taken |= family.head.sample_names
        self._families[family.head.name] = family

    def render(self) -> bytes:
        """The whole exposition, of media type ``MEDIA_TYPE``, ending in ``# EOF``."""
        lines = [line for name in sorted(self._families) for line in self._families[name].lines()]
        return "\n".join([*lines, "# EOF\n"]).encode()


def number(value: float) -> str:
    """A sample value: integers without a point, floats in Python's shortest form, which the grammar allows."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value + 0)  # a bool or an enumeration counts as the number it is


def canonical(bound: float) -> str:
    """A bucket bound (0 or more) as "Canonical Numbers" wants it: Go's %g, with ``.0`` where no point would be."""
    if bound in {0, math.inf}:
        return "0.0" if bound == 0 else "+Inf"
    _, digits, power = Decimal(repr(bound)).normalize().as_tuple()
    exponent = len(digits) + int(power) - 1
    if -5 < exponent < 6:
        return f"{bound:.{max(1, -int(power))}f}"
    head, rest = str(digits[0]), "".join(map(str, digits[1:]))
    return f"{head}.{rest}e{exponent:+03d}" if rest else f"{head}e{exponent:+03d}"


def _escaped(text: str) -> str:
    # Lone surrogates have no UTF-8 form; one bad label must not make the whole exposition fail.
    shown = text.encode(errors="replace").decode()
    return shown.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _braced(labels: str) -> str:
    return f"{{{labels}}}" if labels else ""


REGISTRY = Registry()
"""The node's own registry; units register their metrics here."""
