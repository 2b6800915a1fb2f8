"""Charts as data: an app names labels, series and unit; the kit draws them and keeps the figures behind as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from operator import itemgetter
from typing import Any, ClassVar

from twincity.kernel.ui.tables import Column, Table

MAX_VALUES = 10_000
"""Values in one chart; what is more belongs into a summary first."""


@dataclass(frozen=True)
class Series:
    """A name and one value for each label; None where nothing was measured."""

    name: Any
    values: Sequence[float | None]


@dataclass(frozen=True)
class Figure:
    """What every chart has.

    Args:
        title: what is shown.
        labels: names of the places along the axis, such as months or divisions.
        series: one or several rows of values, each as long as ``labels``.
        unit: of the values, such as ``ms`` or ``万人次``.
        axis: what the labels are, heading them in the table.
        note: source or remark, shown below.

    Raises:
        ValueError: for a series of another length, a value that is not finite, or more than :data:`MAX_VALUES`.
    """

    kind: ClassVar[str] = ""

    title: Any
    labels: Sequence[Any]
    series: Sequence[Series]
    unit: Any = field(default="", kw_only=True)
    axis: Any = field(default="", kw_only=True)
    note: Any = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if len(self.labels) * len(self.series) > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES} values in one chart")
        for each in self.series:
            if len(each.values) != len(self.labels):
                raise ValueError(f"{each.name}: {len(each.values)} values for {len(self.labels)} labels")
            if not all(value is None or isfinite(value) for value in each.values):
                raise ValueError(f"{each.name}: a value is not finite")

    def data(self) -> dict[str, Any]:
        """What the element draws from, as JSON."""
        return {
            "kind": self.kind,
            "title": str(self.title),
            "unit": str(self.unit),
            "labels": [str(label) for label in self.labels],
            "series": [{"name": str(each.name), "values": list(each.values)} for each in self.series],
        }

    def table(self) -> Table:
        """The same figures in rows, one for each label."""
        names = Column(self.axis or self.title, itemgetter(0))
        values = [Column(each.name, itemgetter(place), "number") for place, each in enumerate(self.series, 1)]
        rows = list(zip(self.labels, *(each.values for each in self.series), strict=True))
        return Table([names, *values], rows, caption=self.title)


@dataclass(frozen=True)
class Line(Figure):
    """Values that follow one another: a development."""

    kind: ClassVar[str] = "line"


@dataclass(frozen=True)
class Bar(Figure):
    """Values side by side: a comparison; ``stacked`` adds the series up, ``lying`` gives long labels room."""

    kind: ClassVar[str] = "bar"
    stacked: bool = field(default=False, kw_only=True)
    lying: bool = field(default=False, kw_only=True)

    def data(self) -> dict[str, Any]:
        """What the element draws from, as JSON."""
        return {**super().data(), "stacked": self.stacked, "lying": self.lying}


@dataclass(frozen=True)
class Share(Figure):
    """Parts of a whole, of the first series; more than six parts are better told by bars."""

    kind: ClassVar[str] = "share"
