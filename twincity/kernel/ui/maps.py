"""Maps as data: points, lines and areas in WGS 84; the kit draws them without tiles and lists them beside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from twincity.kernel.ui.parts import TONES, Tone

MAX_PLACES = 50_000
"""Coordinates on one map."""

Place = tuple[float, float]
"""Longitude and latitude in degrees, in this order (RFC 7946, section 3.1.1)."""


@dataclass(frozen=True)
class Feature:
    """Something on the map.

    Args:
        title: its name, drawn beside a point and shown in the list.
        tone: colour; the title has to say the same in words.
        note: one more sentence, shown when it is chosen.
        href: where it is told in full.
    """

    geometry: ClassVar[str] = ""

    title: Any
    coordinates: Any
    tone: Tone = field(default="info", kw_only=True)
    note: Any = field(default="", kw_only=True)
    href: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if self.tone not in TONES:
            raise ValueError(f"no tone {self.tone!r}")
        for longitude, latitude in self.places():
            if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
                raise ValueError(f"{self.title}: no place {longitude}, {latitude}")

    def places(self) -> Iterable[Place]:
        """All its coordinates."""
        raise NotImplementedError

    def json(self) -> dict[str, Any]:
        """The feature as GeoJSON (RFC 7946, section 3.2)."""
        properties = {"title": str(self.title), "tone": self.tone, "note": str(self.note), "href": self.href}
        geometry = {"type": self.geometry, "coordinates": self.coordinates}
        return {"type": "Feature", "properties": properties, "geometry": geometry}


@dataclass(frozen=True)
class Point(Feature):
    """A place: ``Point("Mingyue Mountain", (107.1, 30.2))``."""

    geometry: ClassVar[str] = "Point"
    coordinates: Place

    def places(self) -> Iterable[Place]:
        """The one place."""
        return [self.coordinates]


@dataclass(frozen=True)
class Line(Feature):
    """A way or a river, as its places in order."""

    geometry: ClassVar[str] = "LineString"
    coordinates: Sequence[Place]

    def places(self) -> Iterable[Place]:
        """All places of the line."""
        return self.coordinates


@dataclass(frozen=True)
class Area(Feature):
    """An area: its outer ring, then the rings of its holes, each closed (RFC 7946, section 3.1.6)."""

    geometry: ClassVar[str] = "Polygon"
    coordinates: Sequence[Sequence[Place]]

    def places(self) -> Iterable[Place]:
        """All places of all rings."""
        return [place for ring in self.coordinates for place in ring]


@dataclass(frozen=True)
class Layer:
    """A map.

    Args:
        title: what it shows.
        features: what is drawn, areas below lines below points.
        src: an address of this node that answers a GeoJSON feature collection to draw in their place; ``features``
            are then only the list for those who cannot see the map.
        bbox: west, south, east, north of what is shown first; by default all features.
        attribution: whom the data has to be credited to.

    Raises:
        ValueError: for more than :data:`MAX_PLACES` coordinates.
    """

    title: Any
    features: Sequence[Feature] = ()
    src: str = field(default="", kw_only=True)
    bbox: tuple[float, float, float, float] | None = field(default=None, kw_only=True)
    attribution: Any = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if sum(len(list(feature.places())) for feature in self.features) > MAX_PLACES:
            raise ValueError(f"more than {MAX_PLACES} coordinates on one map")

    def box(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of what is shown first."""
        places = [place for feature in self.features for place in feature.places()]
        if self.bbox or not places:
            return self.bbox
        longitudes, latitudes = zip(*places, strict=True)
        return min(longitudes), min(latitudes), max(longitudes), max(latitudes)

    def data(self) -> dict[str, Any]:
        """What the element draws from: GeoJSON with its bounding box (RFC 7946, section 5)."""
        features = [] if self.src else [feature.json() for feature in self.features]
        box = self.box()
        return {"type": "FeatureCollection", "features": features} | ({"bbox": list(box)} if box else {})
