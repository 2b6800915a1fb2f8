from __future__ import annotations

import msgspec
import pytest

from twincity.engines.catalogue import facade, jobs, queries, services
from twincity.engines.catalogue.documents import TYPES, WITHDRAWAL, document_of, payload_of
from twincity.engines.catalogue.models import Entry, QualityRun
from twincity.engines.catalogue.services import intake, quality
from twincity.engines.catalogue.tests.examples import ME, OTHER, SERVICE, a_dataset, a_standard
from twincity.engines.circle.membership import state as state_of_circle
from twincity.kernel import clock, operations
from twincity.kernel.keys import PrivateKey
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db
WHY = LocalText("停用", "no longer kept")


def theirs(circle, kind, content, version="1", **more):
    """Another member publishes."""
    document = document_of(kind, OTHER, version, 1_700_000_000, content)
    return circle.publish_as(OTHER, f"tc-{kind}+jwt", payload_of(document) | more)


def state():
    """The whole table as values."""
    return list(Entry.objects.order_by("pk").values())


def found(**chosen):
    return [entry.identifier for entry in queries.search(**chosen).entries()]


class TestPublishing:
    def test_a_standard_is_found_with_its_provenance(self, circle):
        made = facade.publish_standard(standard=a_standard())
        assert made.identifier == "https://cq.example/standard/division/1.0"
        assert (made.log_index, made.kid) == (0, circle.keys[ME].public.kid)
        assert facade.standard(name="division") == a_standard()
        assert facade.standard(name=made.identifier) == a_standard()

    def test_the_same_again_publishes_nothing(self, circle):
        for _ in range(2):
            facade.publish_standard(standard=a_standard())
            facade.publish_dataset(dataset=a_dataset())
            facade.publish_service(description=SERVICE)
        assert len(circle.logs[ME]) == 3

    def test_a_version_of_a_standard_never_changes(self, circle):
        facade.publish_standard(standard=a_standard())
        with pytest.raises(Problem) as refused:
            facade.publish_standard(standard=a_standard(title=LocalText("别的", "other")))
        assert refused.value.kind.code == "standard-version-taken"
        assert len(circle.logs[ME]) == 1

    def test_a_changed_dataset_gets_the_next_number(self, circle):
        facade.publish_dataset(dataset=a_dataset())
        made = facade.publish_dataset(dataset=a_dataset(rows=1094))
        assert (made.version, made.body["rows"]) == ("2", 1094)
        assert found(kind="dataset") == [made.identifier]
        assert facade.entry(identifier="https://cq.example/dataset/divisions/1").superseded

    @pytest.mark.parametrize(
        ("act", "code"),
        [
            (lambda: facade.publish_service(description={"name": "x"}), "invalid"),
            (lambda: facade.publish_dataset(dataset=a_dataset(name="Big")), "document-refused"),
            (lambda: facade.publish_dataset(dataset=a_dataset(licence="x" * 50_000)), "too-large"),
            (lambda: facade.publish_standard(standard=a_standard(fields=())), "standard-faulty"),
        ],
    )
    def test_what_others_would_refuse_does_not_enter_the_log(self, circle, act, code):
        with pytest.raises(Problem) as refused:
            act()
        assert refused.value.kind.code == code
        assert not circle.logs[ME]


class TestWithdrawing:
    def test_a_withdrawn_entry_is_no_longer_found_but_stays_readable(self, circle):
        made = facade.publish_dataset(dataset=a_dataset())
        assert facade.withdraw(identifier=made.identifier, reason=WHY).withdrawn
        assert found() == []
        assert queries.entry(made.identifier).withdrawn_reason == {"zh-Hans": "停用", "en": "no longer kept"}

    def test_withdrawing_twice_publishes_once(self, circle):
        made = facade.publish_dataset(dataset=a_dataset())
        for _ in range(2):
            facade.withdraw(identifier=made.identifier, reason=WHY)
        assert len(circle.logs[ME]) == 2

    def test_an_older_version_does_not_come_back(self, circle):
        facade.publish_dataset(dataset=a_dataset())
        newer = facade.publish_dataset(dataset=a_dataset(rows=7))
        facade.withdraw(identifier=newer.identifier, reason=WHY)
        assert found() == []
        assert facade.publish_dataset(dataset=a_dataset(rows=7)).version == "3"

    def test_a_withdrawn_standard_may_be_published_again(self, circle):
        made = facade.publish_standard(standard=a_standard())
        facade.withdraw(identifier=made.identifier, reason=WHY)
        assert not facade.publish_standard(standard=a_standard()).withdrawn
        circle.replay()
        services.take_in()
        assert found() == [made.identifier]

    @pytest.mark.parametrize(
        ("identifier", "code"),
        [("https://sc.example/dataset/divisions/1", "entry-not-own"), ("https://x/dataset/y/1", "not-found")],
    )
    def test_only_own_entries(self, circle, identifier, code):
        theirs(circle, "dataset", a_dataset())
        services.take_in()
        with pytest.raises(Problem) as refused:
            facade.withdraw(identifier=identifier, reason=WHY)
        assert refused.value.kind.code == code


class TestTakingIn:
    def test_what_another_member_publishes_is_indexed(self, circle):
        theirs(circle, "standard", a_standard("2.1"), "2.1")
        assert facade.take_in() == 1
        made = facade.entry(identifier="https://sc.example/standard/division/2.1")
        assert (made.owner, made.kid, made.log_index) == (OTHER, circle.keys[OTHER].public.kid, 0)

    def test_a_replay_changes_nothing(self, circle):
        facade.publish_standard(standard=a_standard())
        facade.publish_dataset(dataset=a_dataset())
        made = facade.publish_dataset(dataset=a_dataset(rows=5))
        facade.withdraw(identifier=made.identifier, reason=WHY)
        theirs(circle, "service", SERVICE)
        services.take_in()
        before = state()
        circle.replay()
        assert services.take_in() == 0
        assert state() == before

    @pytest.mark.parametrize("batch", [1, 2, 500])
    def test_a_lost_table_is_rebuilt_from_the_logs(self, circle, monkeypatch, batch):
        monkeypatch.setattr(intake, "BATCH", batch)
        facade.publish_standard(standard=a_standard())
        facade.withdraw(identifier="https://cq.example/standard/division/1.0", reason=WHY)
        facade.publish_standard(standard=a_standard())
        facade.publish_dataset(dataset=a_dataset())
        facade.publish_dataset(dataset=a_dataset(rows=5))
        facade.publish_service(description=SERVICE)
        facade.withdraw(identifier="https://cq.example/service/divisions/1", reason=WHY)
        services.take_in()
        before = state()
        Entry.objects.all().delete()
        circle.replay()
        services.take_in()
        assert state() == before

    def test_entries_may_arrive_in_any_order(self, circle):
        for rows in (1, 2, 3):
            theirs(circle, "dataset", a_dataset(rows=rows), str(rows))
        arrived = [intake._arrived.popleft() for _ in range(3)]
        for each in (arrived[2], arrived[0], arrived[1]):
            services.receive(*each)
            services.take_in()
        assert found() == ["https://sc.example/dataset/divisions/3"]

    @pytest.mark.parametrize(
        ("more", "key"), [({"iss": ME}, None), ({}, PrivateKey.generate()), ({"surprise": 1}, None)]
    )
    def test_a_false_document_is_passed_over_and_the_next_one_taken(self, circle, more, key):
        payload = payload_of(document_of("dataset", OTHER, "1", 5, a_dataset())) | more
        circle.publish_as(OTHER, "tc-dataset+jwt", payload, key)
        theirs(circle, "service", SERVICE)
        assert services.take_in() == 1
        assert found() == ["https://sc.example/service/divisions/1"]

    def test_a_document_is_judged_by_the_type_under_which_it_was_signed(self, circle):
        payload = payload_of(document_of("dataset", OTHER, "1", 5, a_dataset()))
        circle.publish_as(OTHER, "tc-service+jwt", payload)
        assert services.take_in() == 0

    def test_nobody_withdraws_for_another(self, circle):
        made = facade.publish_dataset(dataset=a_dataset())
        payload = {"iss": OTHER, "iat": 5, "id": made.identifier, "reason": msgspec.to_builtins(WHY)}
        circle.publish_as(OTHER, "tc-withdrawal+jwt", payload)
        services.take_in()
        assert found() == [made.identifier]

    def test_documents_wait_while_the_database_fails(self, circle, monkeypatch):
        theirs(circle, "service", SERVICE)
        with monkeypatch.context() as broken:
            broken.setattr(intake, "store", lambda _: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                services.take_in()
        assert services.take_in() == 1


class TestSearch:
    @pytest.fixture(autouse=True)
    def entries(self, circle):
        facade.publish_standard(standard=a_standard())
        facade.publish_dataset(dataset=a_dataset())
        theirs(circle, "service", SERVICE)
        theirs(circle, "dataset", a_dataset(name="bus-stops", title=LocalText("公交站点", "Bus stops")))
        services.take_in()

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("行政区划", {"division", "divisions", "bus-stops"}),
            ("区划代码", {"division"}),
            ("划", {"division", "divisions", "bus-stops"}),
            ("divis", {"division", "divisions", "bus-stops"}),
            ("ision", set()),
            ("GB/T 2260", {"division"}),
            ("电话", {"division"}),
            ("站点 公交", {"bus-stops"}),
            ("ＢＵＳ stops", {"bus-stops"}),
            ("公交 行政", {"bus-stops"}),
            ("100%", set()),
            ("_", set()),
            ("！", set()),
            ("", {"division", "divisions", "bus-stops"}),
        ],
    )
    def test_every_term_has_to_occur(self, text, names):
        assert {entry.name for entry in queries.search(text=text).entries()} == names

    def test_terms_in_the_title_come_first(self):
        names = [entry.name for entry in queries.search(text="行政区划", kind="dataset").entries()]
        assert names == ["divisions", "bus-stops"]

    def test_kind_and_owner_narrow(self):
        assert found(kind="standard") == ["https://cq.example/standard/division/1.0"]
        assert len(found(owner=OTHER)) == 2

    def test_facets_count_what_each_choice_would_show(self):
        counts = queries.search(kind="dataset", owner=OTHER).counts
        assert counts["kind"] == {"service": 1, "dataset": 1}
        assert counts["owner"] == {ME: 1, OTHER: 1}

    def test_the_facade_gives_plain_structures(self):
        first = facade.search(text="公交", limit=1)[0]
        assert msgspec.to_builtins(first)["title"]["en"] == "Bus stops"

    def test_a_name_means_the_own_standard_before_any_other(self, circle):
        theirs(circle, "standard", a_standard("9"), "9")
        services.take_in()
        assert facade.standard(name="division", owner=OTHER).version == "9"
        assert facade.standard(name="division", owner="nobody.example").version == "9"  # published first
        assert facade.standard(name="unknown") is None


class TestQuality:
    ROWS = ({"code": "500231", "phone": "1"}, {"code": "500231", "phone": "2"}, {"code": "x"})

    def check(self, **more):
        return facade.check_quality(dataset="divisions", rows=self.ROWS, standard=a_standard(), **more)

    def test_a_run_is_kept_with_its_report(self):
        report = self.check()
        run = queries.latest_run("divisions")
        assert (run.verdict, run.rows, run.standard, run.version) == ("failed", 3, "division", "1.0")
        assert run.scores == msgspec.to_builtins(report.scores)
        kept = {each["rule"]: each for each in run.outcomes}
        assert kept["once"]["failed"] == report.outcome("once").failed > 0
        assert kept["once"]["failures"][0]["key"] == "500231"

    def test_the_last_run_is_shown_and_old_ones_are_forgotten(self, monkeypatch):
        monkeypatch.setattr(quality, "KEPT", 2)
        for second in range(4):
            clock.shift(second)
            self.check()
        latest = queries.latest_run("divisions")
        assert QualityRun.objects.count() == 2
        assert latest.started == max(QualityRun.objects.values_list("started", flat=True))

    def test_runs_of_other_datasets_are_left_alone(self, monkeypatch):
        monkeypatch.setattr(quality, "KEPT", 1)
        facade.check_quality(dataset="other", rows=(), standard=a_standard())
        self.check()
        assert queries.latest_run("other").verdict == "empty"

    def test_a_run_can_be_watched_and_stopped(self):
        seen = []
        rows = ({"code": f"{number:06}"} for number in range(10_000))
        report = facade.check_quality(
            dataset="divisions", rows=rows, standard=a_standard(), progress=seen.append, cancelled=lambda: bool(seen)
        )
        assert report.verdict == queries.latest_run("divisions").verdict == "cancelled"
        assert seen[0] == report.rows < 10_000

    def test_a_missing_set_leaves_nothing_behind(self):
        standard = a_standard(external=("towns",))
        with pytest.raises(Problem):
            facade.check_quality(dataset="divisions", rows=(), standard=standard)
        assert queries.latest_run("divisions") is None


class TestDoors:
    def test_the_circle_hands_over_every_type(self):
        assert {*TYPES, WITHDRAWAL} <= state_of_circle._handlers.keys()

    def test_the_job_takes_in_what_has_arrived(self, circle):
        theirs(circle, "service", SERVICE)
        jobs.index(None)
        assert found() == ["https://sc.example/service/divisions/1"]

    def test_search_by_operation_knows_what_has_just_arrived(self, circle):
        theirs(circle, "service", SERVICE)
        (entry,) = operations.perform("catalogue.search", {"text": "区划查询"})
        assert entry["identifier"] == "https://sc.example/service/divisions/1"

    def test_withdraw_by_operation(self, circle):
        made = facade.publish_service(description=SERVICE)
        arguments = {"identifier": made.identifier, "zh": "停用", "en": "ended"}
        assert operations.perform("catalogue.withdraw", arguments)["withdrawn"]
