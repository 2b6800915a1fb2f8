"""Registering by operation: which files are taken, what becomes of names and versions, what is late."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta

import msgspec
import psycopg
import pytest
from django.db import connection

from twincity.apps.sharing.models import Source, SourceVersion
from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.services import offers
from twincity.apps.sharing.services.sources import drafts
from twincity.apps.sharing.services.sources.sweeping import KEPT_SECONDS, sweep_extracts
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.exchange import facade as exchange
from twincity.kernel import clock, operations
from twincity.kernel.home import SourceSystem
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db
GIVEN = {"name": "wells", "title": {"zh-Hans": "水井", "en": "Wells"}, "licence": "CC0-1.0", "rhythm": "monthly"}


@pytest.fixture(autouse=True)
def _home(node_home, circle):
    """A home for the files, a circle for what is published."""
    yield
    exchange.withdraw("wells")
    queries.answering().rest(0)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "wells.csv"
    path.write_text("id,depth\n1,20\n2,30\n", "utf-8")
    return path


def register(path, **more):
    return operations.perform("sharing.register", GIVEN | {"path": str(path)} | more)


def test_registered_published_and_answered_for(file):
    assert register(file)["rows"] == 2
    found = operations.perform("sharing.publish-source", {"name": "wells"})
    assert (found["rows"], found["verdict"], len(found["entries"])) == (2, "passed", 2)
    entry = catalogue.entry(identifier=found["entries"][0])
    rows = [{"id": 1, "depth": 20}, {"id": 2, "depth": 30}]
    assert entry.body["sha256"] == catalogue.digest_rows(rows).sha256
    service = next(each for each in exchange.registered() if each.name == "wells")
    call = exchange.Call("m", "x", "", "p", exchange.Grant(id="g", subject="any", service="wells"), 0)
    endpoint, _ = service.find("GET", "/rows")
    assert endpoint.handler(call, msgspec.convert({}, endpoint.parameters)).rows == rows


def test_a_start_offers_what_is_published_and_a_removal_takes_it_back(file):
    register(file)
    operations.perform("sharing.publish-source", {"name": "wells"})
    exchange.withdraw("wells")
    offers.offer_all()
    assert "wells" in {each.name for each in exchange.registered()}
    Source.objects.all().delete()
    offers.offer_all()
    assert "wells" not in {each.name for each in exchange.registered()}


def test_a_service_written_in_code_is_never_replaced(file):
    with pytest.raises(Problem, match="source-taken"):
        register(file, name="divisions")
    service = exchange.Service("divisions", GIVEN["title"], listed=False)
    with pytest.raises(ValueError, match="written in code"):
        exchange.offer(service)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/etc/passwd"), lambda path: None])
def test_only_plain_files_are_taken(tmp_path, make):
    path = tmp_path / "odd.csv"
    make(path)
    with pytest.raises(Problem, match="invalid"):
        register(path)
    assert not Source.objects.exists()
    assert not list(queries.drafts().glob("*"))


@pytest.mark.parametrize("name", ["../../x.csv", "/etc/cron.d/x.csv", "x\0.csv", "..\\x.csv", "a.exe", "csv"])
def test_the_name_of_an_upload_never_becomes_a_path(name):
    if not name.endswith(".csv"):
        with pytest.raises(Problem, match="invalid"):
            drafts.draft_of_upload(name, [b"a\n1\n"])
        return
    made = drafts.draft_of_upload(name, [b"a\n1\n"])
    assert "/" not in made.origin["file"]
    assert [path.name for path in (queries.drafts() / made.id).iterdir()] != []
    assert made.file.parent.parent == queries.drafts()


def test_an_upload_beyond_the_limit_leaves_nothing(monkeypatch):
    monkeypatch.setattr(drafts, "LARGEST", 10)
    with pytest.raises(Problem, match="delivery-too-large"):
        drafts.draft_of_upload("a.csv", [b"a\n", b"123456789"])
    assert not list(queries.drafts().glob("*"))


@pytest.mark.parametrize("name", ["new", "Wells", "", "a b", "tc.x", "../x", "a" * 64])
def test_names_that_are_refused(file, name):
    with pytest.raises(Problem) as refused:
        register(file, name=name)
    assert refused.value.field == "name"


def test_a_table_of_a_database_that_the_operator_has_named(settings, tmp_path):
    with sqlite3.connect(tmp_path / "office.db") as office:
        office.execute("CREATE TABLE wells (id INTEGER, depth REAL)")
        office.execute("INSERT INTO wells VALUES (1, 20.5)")
    office.close()
    system = SourceSystem(url=f"sqlite:///{tmp_path / 'office.db'}")
    settings.CONFIG = msgspec.structs.replace(settings.CONFIG, sources={"office": system})
    given = GIVEN | {"source": "office", "table": "wells"}
    assert operations.perform("sharing.register", given)["rows"] == 1
    with pytest.raises(Problem, match="not-found"):
        operations.perform("sharing.register", given | {"name": "other", "source": "elsewhere"})


def test_a_delivery_with_a_column_gone_is_refused_and_the_same_again_too(file, tmp_path):
    register(file)
    with pytest.raises(Problem, match="source-same"):
        operations.perform("sharing.deliver", {"name": "wells", "path": str(file)})
    poorer = tmp_path / "poorer.csv"
    poorer.write_text("id\n1\n", "utf-8")
    with pytest.raises(Problem, match="source-column"):
        operations.perform("sharing.deliver", {"name": "wells", "path": str(poorer)})
    assert SourceVersion.objects.count() == 1


def test_what_is_published_and_not_brought_up_to_date_becomes_late(file):
    register(file)
    SourceVersion.objects.update(at=clock.now() - timedelta(days=60))
    assert queries.overdue() == []
    Source.objects.update(published=True)
    ((source, days),) = queries.overdue()
    assert (source.name, days > 20) == ("wells", True)
    assert operations.perform("sharing.sources", {})[0]["late"] == days


def test_drafts_that_nobody_registers_are_swept_away():
    made = drafts.draft_of_upload("a.csv", [b"a\n1\n"])
    drafts.sweep(clock.unix() + drafts.KEPT_SECONDS + 60)
    assert not made.file.exists()
    with pytest.raises(Problem, match="not-found"):
        drafts.find(made.id)


def test_extracts_that_nobody_asks_for_are_swept_away_and_made_again(file):
    register(file)
    operations.perform("sharing.publish-source", {"name": "wells"})
    service = next(each for each in exchange.registered() if each.name == "wells")
    call = exchange.Call("m", "x", "", "p", exchange.Grant(id="g", subject="any", service="wells"), 0)
    endpoint, _ = service.find("GET", "/extract")
    made = endpoint.handler(call, endpoint.parameters(format="ndjson"))
    path = queries.folder() / "extracts" / "wells" / made.tag
    assert path.read_text("utf-8").splitlines() == ['{"id":1,"depth":20}', '{"id":2,"depth":30}']
    now = path.with_suffix(".json").stat().st_mtime
    assert (sweep_extracts(now), path.exists()) == (0, True)
    assert (sweep_extracts(now + KEPT_SECONDS + 1), path.exists()) == (1, False)
    assert endpoint.handler(call, endpoint.parameters(format="ndjson")) == made
    assert (sweep_extracts(now, most=0), path.exists()) == (1, False)


def test_sets_outside_of_the_standard_are_given_with_the_run(tmp_path):
    field = {"name": "id", "title": GIVEN["title"], "codes": "kinds"}
    standard = {"id": "well", "version": "1", "title": GIVEN["title"], "fields": [field], "external": ["kinds"]}
    uri = catalogue.publish_standard(standard=msgspec.convert(standard, catalogue.Standard)).identifier
    path = tmp_path / "kinds.csv"
    path.write_text("id\na\nb\n", "utf-8")
    register(path, standard=uri)
    with pytest.raises(Problem, match="standard-set-missing"):
        operations.perform("sharing.publish-source", {"name": "wells"})
    found = operations.perform("sharing.publish-source", {"name": "wells", "sets": {"kinds": ["a"]}, "offer": False})
    assert (found["rows"], found["verdict"]) == (2, "failed")


def test_a_table_of_postgresql_is_read_as_it_stands(settings):
    if connection.vendor != "postgresql":
        pytest.skip("only with --postgres: the embedded server is the office's database")
    server = connection.connection.info
    url = f"postgresql://{server.user}@/{server.dbname}?host={server.host}&port={server.port}"
    with psycopg.connect(url, autocommit=True) as office:
        office.execute("CREATE SCHEMA office_test")
        try:
            office.execute(
                "CREATE TABLE office_test.wells (id integer, depth numeric, dug date, dry boolean, note text)"
            )
            office.execute(
                "INSERT INTO office_test.wells VALUES (1, 20.50, '2024-02-29', true, '井'), (2, NULL, NULL, NULL, '')"
            )
            settings.CONFIG = msgspec.structs.replace(settings.CONFIG, sources={"office": SourceSystem(url=url)})
            given = GIVEN | {"source": "office", "table": "office_test.wells"}
            assert operations.perform("sharing.register", given)["rows"] == 2
            with pytest.raises(Problem, match="table-refused"):
                operations.perform("sharing.register", given | {"name": "no", "table": 'wells"; DROP TABLE x; --'})
        finally:
            office.execute("DROP SCHEMA office_test CASCADE")
    version = SourceVersion.objects.get()
    assert [each["type"] for each in version.columns] == ["integer", "decimal", "date", "boolean", "string"]
