from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps
from structlog.testing import capture_logs

from twincity.kernel import clock
from twincity.kernel.states import MAX_DELAY, IllegalMoveError, State, StateGraph
from twincity.kernel.tracked import LEASE, StaleRowError, Tracked, due, look, move, run_due

T0 = datetime(2026, 3, 1, tzinfo=UTC)


class Parcels(StateGraph):
    packed = State("packed", to=("sent",), initial=True, try_interval=10, timeout=600, times_out_to="lost")
    sent = State("sent", to=("arrived", "packed"), externally_progressed=True, timeout=100, times_out_to="lost")
    stored = State("stored", to=("sent",), externally_progressed=True)
    arrived = State("arrived", to=("stored",), externally_progressed=True)
    lost = State("lost", final=True, delete_after=1000)


with isolate_apps():

    class Parcel(Tracked):
        graph = Parcels
        note = models.TextField(default="")

        class Meta:
            app_label = "kernel"


@pytest.fixture(scope="module")
def _table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Parcel)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Parcel)


@pytest.fixture
def parcel(_table, db):
    return Parcel.objects.create(state_since=T0, next_attempt_at=T0)


def after(seconds):
    return T0 + timedelta(seconds=seconds)


def stored(row):
    return Parcel.objects.get(pk=row.pk)


def run(handler, now=T0, **more):
    return dict(run_due(Parcel, {"packed": handler}, now, **more))


def stay(_):
    return None


@pytest.mark.usefixtures("_table", "db")
def test_a_new_row_begins_in_the_initial_state_and_is_due():
    row = Parcel.objects.create()
    assert row.state == "packed"
    assert list(due(Parcel.objects.all(), clock.now())) == [row]


def test_a_handler_moves_the_row_on(parcel):
    assert run(lambda _: "sent", after(5)) == {"moved": 1}
    row = stored(parcel)
    assert (row.state, row.state_since, row.attempts) == ("sent", after(5), 0)
    assert row.next_attempt_at == after(105)  # the timeout is all that is left to do


def test_a_handler_may_name_the_state_itself(parcel):
    assert run(lambda _: Parcels.sent) == {"moved": 1}


def test_a_handler_that_waits_is_tried_again_after_its_interval(parcel):
    assert run(stay) == {"waiting": 1}
    assert after(5) <= stored(parcel).next_attempt_at <= after(10)
    assert run(stay, after(4)) == {}


def test_failures_are_kept_and_backed_off(parcel):
    def fail(_):
        raise OSError("line is down")

    with capture_logs() as logs:
        assert run(fail) == {"failed": 1}
    row = stored(parcel)
    assert (row.state, row.attempts, row.last_error) == ("packed", 1, "OSError: line is down")
    assert after(10) <= row.next_attempt_at <= after(20)
    assert [entry["event"] for entry in logs] == ["attempt failed"]


def test_success_forgets_earlier_failures(parcel):
    Parcel.objects.update(attempts=3, last_error="x")
    run(stay)
    assert (stored(parcel).attempts, stored(parcel).last_error) == (0, "")


def test_the_wait_never_outlasts_the_timeout(parcel):
    Parcel.objects.update(attempts=30)

    def fail(_):
        raise OSError

    with capture_logs():
        run(fail)
    assert MAX_DELAY > 600
    assert stored(parcel).next_attempt_at == after(600)


def test_a_row_times_out_without_its_handler_being_asked(parcel):
    def must_not_run(_):
        pytest.fail("timed out")

    assert run(must_not_run, after(600)) == {"timed_out": 1}
    assert stored(parcel).state == "lost"


def test_an_external_state_waits_for_its_timeout_only(parcel):
    move(parcel, "sent", now=T0)
    assert run(stay, after(99)) == {}
    assert run(stay, after(100)) == {"timed_out": 1}


def test_a_state_without_timeout_is_not_looked_at(parcel):
    for state in ("sent", "arrived", "stored"):
        move(parcel, state, now=T0)
    assert stored(parcel).next_attempt_at is None


def test_a_row_in_a_final_state_is_deleted_when_its_time_is_over(parcel):
    move(parcel, "lost", now=T0)
    assert run(stay, after(999)) == {}
    assert run(stay, after(1000)) == {"deleted": 1}
    assert not Parcel.objects.exists()


def test_an_early_look_sets_the_right_time(parcel):
    move(parcel, "lost", now=T0)
    Parcel.objects.update(next_attempt_at=after(1))
    assert run(stay, after(1)) == {"waiting": 1}
    assert stored(parcel).next_attempt_at == after(1000)


def test_move_writes_further_columns_at_once(parcel):
    move(parcel, "sent", now=after(1), note="by rail")
    assert (stored(parcel).state, stored(parcel).note) == ("sent", "by rail")
    assert (parcel.state, parcel.note) == ("sent", "by rail")


def test_move_refuses_what_the_graph_does_not_allow(parcel):
    with pytest.raises(IllegalMoveError):
        move(parcel, "arrived")
    assert stored(parcel).state == "packed"


def test_only_one_of_two_movers_wins(parcel):
    second = stored(parcel)
    move(parcel, "sent", now=after(1))
    with pytest.raises(StaleRowError):
        move(second, "sent", now=after(2), note="too late")
    assert (stored(parcel).state_since, stored(parcel).note) == (after(1), "")


def test_a_row_that_left_and_came_back_is_stale_too(parcel):
    second = stored(parcel)
    move(parcel, "sent", now=after(1))
    move(parcel, "packed", now=after(2))
    with pytest.raises(StaleRowError):
        move(second, "sent")


def test_a_mover_wins_over_a_runner_that_claimed_the_row(parcel):
    other = stored(parcel)

    def handler(_):
        move(other, "sent", now=after(1))
        return "sent"

    assert run(handler) == {"lost": 1}
    assert stored(parcel).state_since == after(1)


def test_a_claimed_row_is_out_of_sight_until_the_lease_ends(parcel):
    def handler(_):
        assert not due(Parcel.objects.all(), after(LEASE - 1)).exists()
        assert due(Parcel.objects.all(), after(LEASE)).exists()

    assert run(handler) == {"waiting": 1}


def test_two_runners_do_not_attempt_the_same_row(parcel):
    second = stored(parcel)
    assert look(parcel, {"packed": stay}, T0) == "waiting"
    assert look(second, {"packed": stay}, T0) == "lost"


def test_a_handler_may_move_the_row_itself(parcel):
    def handler(row):
        move(row, "sent", now=after(1), note="in its own transaction")

    assert run(handler) == {"moved": 1}
    assert stored(parcel).note == "in its own transaction"


def test_the_longest_waiting_come_first_and_no_more_than_asked(parcel):
    older = Parcel.objects.create(state_since=T0, next_attempt_at=after(-9))
    seen = []
    assert run(lambda row: seen.append(row.pk), limit=1) == {"waiting": 1}
    assert seen == [older.pk]


@pytest.mark.parametrize("handlers", [{}, {"packed": stay, "sent": stay}])
def test_handlers_must_be_those_that_the_graph_needs(handlers):
    with pytest.raises(ValueError, match="handlers and handled states differ"):
        run_due(Parcel, handlers, T0)


def test_migrations_see_plain_columns():
    field = Parcel._meta.get_field("state")
    assert field.deconstruct()[1:] == ("django.db.models.CharField", [], {"max_length": 40, "editable": False})
