from __future__ import annotations

import asyncio

import pytest

from twincity.apps.sharing import api, queries, rules, services
from twincity.apps.sharing.services.publishing import STANDARD_FILE
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.exchange.facade import Call, Grant
from twincity.engines.exchange.wire import registry
from twincity.kernel.problems import Problem

CALL = Call(
    id="1",
    member="sc.example",
    system="planning",
    purpose="planning",
    grant=Grant(id="g", subject="any", service="divisions", purposes=("planning",)),
    at=0,
)


def ask(path, query=""):
    """What the exchange does with a permitted call: find the endpoint, convert the parameters, run the handler."""
    endpoint, segments = api.divisions.find("GET", path)
    result = endpoint.handler(CALL, *registry.arguments(endpoint, segments, query, b""))
    return result.rows if isinstance(result, registry.Rows) else result


@pytest.fixture
def loaded(db):
    """Chongqing's tables, in the database and in memory."""
    services.load_divisions(province="50")
    queries.outdate()
    yield queries.snapshot()
    queries.outdate()


def names(rows):
    return [row["name"] for row in rows]


@pytest.mark.usefixtures("loaded")
class TestUnits:
    def test_all_counties(self):
        rows = ask("/units", "level=county&limit=1000")
        assert {"垫江县", "万州区"} <= set(names(rows))
        assert all(row["status"] == "current" and row["level"] == "county" for row in rows)

    def test_by_parent_and_beginning_of_name(self):
        assert names(ask("/units", "parent=500231&name=%E6%A1%82%E6%BA%AA")) == ["桂溪街道"]

    def test_on_a_day(self):
        then = names(ask("/units", "level=county&at=2005-06-01&limit=1000"))
        assert "双桥区" in then
        assert "双桥区" not in names(ask("/units", "level=county&limit=1000"))

    def test_pages_follow_each_other_without_gap(self):
        whole = [row["code"] for row in ask("/units", "limit=1000")]
        paged, after = [], ""
        while page := ask("/units", f"limit=300&after={after}"):
            paged += [row["code"] for row in page]
            after = paged[-1]
        assert paged[: len(whole)] == whole
        assert len(set(paged)) == len(paged) > 1000

    @pytest.mark.parametrize(
        ("query", "field"),
        [("limit=1001", "limit"), ("limit=0", "limit"), ("level=village", "level"), ("at=2005", "at"), ("x=1", "x")],
    )
    def test_a_wrong_parameter_is_named(self, query, field):
        with pytest.raises(Problem) as refused:
            ask("/units", query)
        assert refused.value.field == field


@pytest.mark.usefixtures("loaded")
class TestAUnit:
    def test_today(self):
        (row,) = ask("/units/500231")
        assert (row["name"], row["level"], row["parent"], row["lng"][:3]) == ("垫江县", "county", "500000", "107")

    def test_on_a_day(self):
        assert names(ask("/units/500101", "at=1997-06-01")) == ["万县区"]

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("/units/500999", "division-unknown"),
            ("/units/50", "division-code-malformed"),
            ("/units/500231/towns/x", "not-found"),
        ],
    )
    def test_what_does_not_exist(self, path, code):
        with pytest.raises(Problem) as refused:
            ask(path)
        assert refused.value.kind.code == code


class TestTowns:
    def test_from_memory_without_the_database(self, loaded, django_assert_num_queries):
        with django_assert_num_queries(0):
            rows = ask("/units/500231/towns")
        assert len(rows) == len(loaded.register.children("500231"))
        assert {"桂溪街道", "新民镇"} <= set(names(rows))
        assert all(row["parent"] == "500231" for row in rows)

    def test_it_may_run_on_the_event_loop(self):
        endpoint, _ = api.divisions.find("GET", "/units/500231/towns")
        assert endpoint.inline

    @pytest.mark.usefixtures("loaded")
    def test_a_former_county_has_none_and_an_unknown_one_is_refused(self):
        assert ask("/units/500225/towns") == []
        with pytest.raises(Problem):
            ask("/units/500998/towns")

    @pytest.mark.django_db(transaction=True)
    def test_after_a_change_the_first_answer_waits_for_the_table_and_the_next_does_not(self):
        services.load_divisions(province="50")
        assert "桂溪街道" in names(asyncio.run(self.waited()))
        assert isinstance(ask("/units/500231/towns"), list)
        queries.outdate()

    @staticmethod
    async def waited():
        result = await ask("/units/500231/towns")
        return result.rows


@pytest.mark.usefixtures("loaded")
class TestHistory:
    def test_a_code_of_sichuan_that_came_to_chongqing(self):
        codes = [row["code"] for row in ask("/units/512322/history")]
        assert codes[0] == "512322"
        assert codes[-1] == "500231"

    def test_a_code_that_never_changed_has_itself(self):
        assert names(ask("/units/510000/history")) == ["四川省"]


def test_every_row_follows_the_standard(loaded):
    standard = catalogue.read_standard(STANDARD_FILE.read_bytes())
    rows = [rules.as_row(unit) for unit in loaded.units]
    report = catalogue.check_quality(
        dataset="divisions", rows=rows, standard=standard, sets={"division": {row["code"] for row in rows}}
    )
    broken = {rule for rule in report.failed_rules() if "." in rule}
    assert not broken
    assert not report.unknown_columns


def test_the_description_for_the_catalogue_names_every_endpoint():
    paths = [endpoint["path"] for endpoint in api.divisions.describe()["endpoints"]]
    assert paths == ["/units", "/units/{code}", "/units/{code}/towns", "/units/{code}/history"]
