"""Lists of distributions of other members: remembered when asked for, got by the job, within bounds."""

from __future__ import annotations

import pytest

from twincity.apps.opendata import queries, services
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.documents import Distributions, document_of, payload_of
from twincity.engines.catalogue.tests.examples import OTHER, a_dataset

pytestmark = pytest.mark.django_db


@pytest.fixture
def theirs(circle, monkeypatch):
    """A dataset of Sichuan with a list that is not here, and whose lists were got."""
    asked: list[str] = []
    monkeypatch.setattr(queries, "wanted", {})
    monkeypatch.setattr(catalogue, "fetch_distributions", lambda *, owner, dataset: asked.append(dataset.name))

    def publish(size):
        stated = Distributions(count=3, size=size, sha256="ab" * 32, formats=("CSV",))
        dataset = a_dataset(name="towns", distributions=stated)
        circle.publish_as(OTHER, "tc-dataset+jwt", payload_of(document_of("dataset", OTHER, "1", 1, dataset)))
        catalogue.take_in()
        return asked

    return publish


def test_a_list_is_got_after_somebody_asked_for_it(theirs, client) -> None:
    asked = theirs(100)
    assert services.get_lists() == 0
    client.get("/dcat/datasets/sc.example/towns/1.ttl").getvalue()
    assert (services.get_lists(), asked) == (1, ["towns"])
    assert services.get_lists() == 0


def test_a_stranger_makes_no_node_get_a_large_one(theirs, client) -> None:
    asked = theirs(services.LARGEST + 1)
    client.get("/dcat/datasets/sc.example/towns/1.ttl").getvalue()
    assert (services.get_lists(), asked) == (0, [])


def test_a_node_that_is_down_stops_nothing(theirs, client, monkeypatch) -> None:
    def refuse(*, owner, dataset):
        raise OSError(f"{owner} does not answer")

    theirs(100)
    monkeypatch.setattr(catalogue, "fetch_distributions", refuse)
    client.get("/dcat/datasets/sc.example/towns/1.ttl").getvalue()
    assert services.get_lists() == 0
    assert queries.wanted == {}


def test_no_more_are_remembered_than_there_is_room_for(theirs, client, monkeypatch) -> None:
    theirs(100)
    monkeypatch.setattr(queries, "WAITING", 0)
    client.get("/dcat/datasets/sc.example/towns/1.ttl").getvalue()
    assert queries.wanted == {}
