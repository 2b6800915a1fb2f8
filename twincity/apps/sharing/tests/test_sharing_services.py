from __future__ import annotations

import pytest
from django.db import transaction

from twincity.apps.sharing import queries, services
from twincity.apps.sharing.divisions import read_changes, read_divisions
from twincity.apps.sharing.models import Division, DivisionChange
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.tests.examples import ME, OTHER
from twincity.kernel import operations
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db


class TestLoading:
    def test_all_that_is_shipped_comes_back_unchanged(self):
        loaded = services.load_divisions()
        assert list(queries.units()) == read_divisions()
        assert (loaded.divisions, loaded.changes) == (len(read_divisions()), len(read_changes()))

    def test_loading_again_changes_nothing(self):
        first = services.load_divisions()
        assert services.load_divisions() == first
        assert (Division.objects.count(), DivisionChange.objects.count()) == (first.divisions, first.changes)

    def test_one_province_and_then_the_other_make_the_whole(self):
        services.load_divisions(province="50")
        assert set(Division.objects.values_list("province", flat=True)) == {"50"}
        services.load_divisions(province="51")
        assert Division.objects.count() == len(read_divisions())
        assert DivisionChange.objects.count() == len(read_changes())

    def test_changes_that_leave_a_province_come_with_it(self):
        services.load_divisions(province="50")
        assert queries.changes("500231").filter(old_code__startswith="51").exists()

    def test_a_load_outdates_the_snapshot_once_it_is_committed(self, django_capture_on_commit_callbacks):
        services.load_divisions(province="51")
        queries.outdate()
        before = queries.snapshot()
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            services.load_divisions(province="50")
            assert queries.held() is before
        assert queries.held() is None
        assert "500231" in queries.snapshot().towns


@pytest.fixture
def at(circle, settings):
    """This node answers for a territory."""

    def become(division, member=ME):
        settings.CONFIG = settings.CONFIG.__class__(
            id=member, title=settings.CONFIG.title, division=division, address=settings.CONFIG.address
        )
        circle.me = member

    return become


def publish(**parameters):
    return operations.perform("sharing.publish", parameters)


class TestPublishing:
    def test_a_province_publishes_standard_dataset_and_service(self, at, circle):
        at("500000")
        found = publish(standard_by=ME)
        assert found["entries"] == [
            "https://cq.example/standard/division/1",
            "https://cq.example/dataset/divisions/1",
            "https://cq.example/service/divisions/1",
        ]
        dataset = catalogue.entry(identifier=found["entries"][1])
        assert dataset.title.zh == "重庆市行政区划"
        assert dataset.body["standard"] == found["entries"][0]
        assert dataset.body["rows"] == found["rows"] == Division.objects.filter(province="50").count()
        assert dataset.body["quality"] == {"verdict": found["verdict"], "scores": found["scores"]}
        assert len(circle.logs[ME]) == 3

    def test_the_same_again_publishes_nothing(self, at, circle):
        at("500000")
        assert publish(standard_by=ME) == publish(standard_by=ME)
        assert len(circle.logs[ME]) == 3

    def test_the_other_province_refers_to_the_first_ones_standard(self, at):
        at("510000", OTHER)
        found = publish(standard_by=ME)
        assert [entry.split("/")[3] for entry in found["entries"]] == ["dataset", "service"]
        assert catalogue.entry(identifier=found["entries"][0]).body["standard"].startswith("https://cq.example/")

    def test_a_county_checks_its_rows_and_publishes_nothing(self, at, circle):
        at("500231")
        found = publish(standard_by=ME)
        assert found["rows"] == Division.objects.filter(code__startswith="500231").count() > 20
        assert [entry.split("/")[3] for entry in found["entries"]] == ["standard"]

    def test_a_county_offers_its_data_when_told_to(self, at):
        at("500231", OTHER)
        found = publish(standard_by=ME, offer=True)
        assert catalogue.entry(identifier=found["entries"][0]).title.zh == "垫江县行政区划"

    def test_whoever_holds_the_rows_can_recompute_their_fingerprint(self, at):
        at("500000")
        publish(standard_by=ME)
        rows = [
            {name: cell for name, cell in row.items() if name not in {"id", "province"}}
            | {"successors": " ".join(row["successors"])}
            for row in Division.objects.filter(province="50").values()
        ]
        assert catalogue.digest_rows(rows).sha256 == catalogue.search(kind="dataset")[0].body["sha256"]

    def test_a_territory_without_tables_is_refused(self, at, circle):
        at("110000")
        with pytest.raises(Problem) as refused:
            publish(standard_by=ME)
        assert refused.value.field == "division"
        assert not circle.logs[ME]


def test_the_tables_can_be_loaded_by_an_operation():
    assert operations.perform("sharing.load", {"province": "50"})["divisions"] == Division.objects.count()
