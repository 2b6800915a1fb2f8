"""One dataset with all that the faces tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import msgspec

from twincity.engines.catalogue.facade import Dataset, Distribution, EntryRecord
from twincity.kernel.locale_text import LocalText

Lines = Callable[[str, int, int | None], Iterator[Distribution]]
"""Reads a list of distributions: digest, first line, how many (all for None); nothing when the list is not here."""


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """A member as publisher; ``address`` is empty when the directory no longer has it."""

    id: str
    title: LocalText
    division: str = ""
    address: str = ""

    @property
    def iri(self) -> str:
        """What names it."""
        return f"https://{self.id}"


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset, its publisher and the services that give it out.

    Attributes:
        site: base URL of the node that tells of it.
        lines: reads lists of distributions.
    """

    record: EntryRecord
    dataset: Dataset
    owner: Office
    services: tuple[EntryRecord, ...]
    site: str
    lines: Lines

    @property
    def page(self) -> str:
        """The entry's page on this node, for people."""
        found = self.record
        return f"{self.site}/catalogue/{found.owner}/dataset/{found.name}/{found.version}/"

    @property
    def public(self) -> bool:
        """Whether it can be had without a grant: only what an outside catalogue lists is."""
        return bool(self.dataset.source) and not self.services

    def asking(self, service: str) -> str:
        """The page of this node on which a grant for a service is asked for."""
        return f"{self.site}/agreements/new/?{urlencode({'provider': self.record.owner, 'service': service})}"

    def distributions(self, start: int = 0, limit: int | None = None) -> Iterator[Distribution]:
        """The lines of its list, when it has one and this node has that."""
        stated = self.dataset.distributions
        return self.lines(stated.sha256, start, limit) if stated else iter(())
