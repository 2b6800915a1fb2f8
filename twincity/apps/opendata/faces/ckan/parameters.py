"""What each action may be asked: structures that parameters are decoded into, unknown ones refused."""

from __future__ import annotations

from typing import Annotated

import msgspec

ROWS = 1000
"""Packages of one answer at most, as in CKAN."""
Start = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Rows = Annotated[int, msgspec.Meta(ge=0, le=ROWS)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]


class Parameters(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """None at all."""


class Named(Parameters):
    """Something by its ``id``, which is its name as well."""

    id: Name


class Help(Parameters):
    """An action by name."""

    name: Name


class Slice(Parameters):
    """A part of a list: all of it without a limit."""

    limit: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    offset: Start = 0


class PackageSlice(Parameters):
    """Some packages."""

    limit: Rows = 100
    offset: Start = 0


class Show(Named):
    """A package; what else CKAN's clients send makes no difference here."""

    use_default_schema: bool = False
    include_tracking: bool = False


class Listed(Parameters):
    """A list of organizations or groups: names, or with ``all_fields`` all that is said of them."""

    all_fields: bool = False
    limit: Rows = ROWS
    offset: Start = 0
    sort: Annotated[str, msgspec.Meta(pattern="^(name asc|name|title asc|title|)$")] = "name asc"
    include_dataset_count: bool = True
    include_extras: bool = False


class Group(Named):
    """An organization or group, with a part of its packages when asked for."""

    include_datasets: bool = False
    include_dataset_count: bool = True
    include_extras: bool = True
    include_users: bool = False
    include_groups: bool = True
    include_tags: bool = True
    include_followers: bool = True


class Tags(Parameters):
    """Tags, those that hold a text."""

    query: Text = ""
    all_fields: bool = False


class ResourceSearch(Parameters):
    """``field:text`` or a list of such; one of them has to be a format."""

    query: Text | list[Text]
    limit: Rows = 100
    offset: Start = 0


class Search(Parameters):
    """A search for packages; see :mod:`.filters` for how ``q`` and ``fq`` are read."""

    q: Text = ""
    fq: Text = ""
    fq_list: list[Text] = []
    sort: Text = ""
    rows: Annotated[int, msgspec.Meta(ge=0)] = 10
    start: Start = 0
    facet: bool = True
    facet_field: Annotated[list[str], msgspec.Meta(max_length=10)] = msgspec.field(name="facet.field", default=[])
    facet_limit: Annotated[int, msgspec.Meta(ge=-1)] = msgspec.field(name="facet.limit", default=50)
    facet_mincount: Annotated[int, msgspec.Meta(ge=1)] = msgspec.field(name="facet.mincount", default=1)
    include_drafts: bool = False
    include_deleted: bool = False
    include_private: bool = False
    use_default_schema: bool = False
