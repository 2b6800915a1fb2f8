"""Rows written past the ORM read like rows written by it."""

from __future__ import annotations

import datetime as dt

import pytest

from twincity.engines.catalogue.models import Change, Entry, Indexed
from twincity.engines.catalogue.services import bulk

pytestmark = pytest.mark.django_db
WHEN = dt.datetime(2025, 3, 1, 8, 30, tzinfo=dt.UTC)
COLUMNS = [field.name for field in Entry._meta.concrete_fields]


def values(entry):
    return [getattr(entry, name) for name in COLUMNS]


def an_entry(**changes):
    given = {
        "identifier": "https://cq.example/dataset/d/1",
        "kind": "dataset",
        "owner": "cq.example",
        "name": "d",
        "version": "1",
        "title": {"zh-Hans": "数据 %s", "en": 'a "quote"'},
        "body": {"rows": 3, "list": ["嘉陵江", None, True]},
        "log_index": 7,
        "kid": "k",
        "published_at": WHEN,
    }
    return Entry(**{**given, **changes})


def test_every_kind_of_value_is_read_as_it_was_written():
    bulk.write(Entry, COLUMNS, [values(an_entry())])
    assert values(Entry.objects.get()) == values(an_entry())
    assert Entry.objects.get(body__rows=3, published_at=WHEN, withdrawn_at=None).name == "d"


def test_what_is_there_takes_the_new_values():
    an_entry(withdrawn_at=WHEN, withdrawn_reason={"en": "gone"}).save()
    bulk.write(Entry, COLUMNS, [values(an_entry(log_index=9))], unique=["identifier"])
    assert values(Entry.objects.get()) == values(an_entry(log_index=9))


def test_rows_of_several_statements_all_arrive(monkeypatch):
    monkeypatch.setattr(bulk, "_MOST", 11)
    rows = [(seq, "published", f"https://cq.example/dataset/d/{seq}", "cq.example", seq) for seq in range(1, 8)]
    bulk.write(Change, ("seq", "act", "identifier", "owner", "log_index"), rows)
    assert list(Change.objects.order_by("seq").values_list("seq", "log_index")) == [(n, n) for n in range(1, 8)]


def test_no_row_is_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        bulk.write(Indexed, ("slot", "name"), [], unique=["slot"])
