from __future__ import annotations

import asyncio
import threading

import pytest
from structlog.testing import capture_logs

from twincity.kernel import jobs
from twincity.kernel.jobs import Job, job, run_jobs


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(jobs, "_jobs", {})


def run():
    """Run all registered jobs until one of them sets ``context["stop"]``, and return the context."""

    async def main():
        context = {"stop": asyncio.Event(), "loop": asyncio.get_running_loop(), "seen": []}
        await asyncio.wait_for(run_jobs(context["stop"], context), 60)
        return context

    return asyncio.run(main())


def test_a_coroutine_runs_on_the_loop_again_and_again():
    @job("demo.count", every=0.001)
    async def count(context):
        context["seen"].append(threading.get_ident())
        if len(context["seen"]) == 3:
            context["stop"].set()

    assert run()["seen"] == [threading.get_ident()] * 3


def test_a_plain_function_runs_in_a_thread():
    @job("demo.plain", every=0.001)
    def plain(context):
        context["seen"].append(threading.current_thread().name)
        context["loop"].call_soon_threadsafe(context["stop"].set)

    assert run()["seen"][0].startswith("job")


def test_a_failure_is_counted_and_logged_and_the_next_run_happens():
    @job("demo.fails", every=0.001)
    async def fails(context):
        context["seen"].append(1)
        if len(context["seen"]) == 1:
            raise RuntimeError("no luck")
        context["stop"].set()

    with capture_logs() as logs:
        run()
    (found,) = jobs.jobs()
    assert (found.counts.runs, found.counts.failures) == (2, 1)
    assert found.counts.last_error == "RuntimeError: no luck"
    assert [entry["job"] for entry in logs if entry["event"] == "job failed"] == ["demo.fails"]


def test_a_failing_job_does_not_stop_another():
    @job("demo.always-fails", every=0.001)
    async def always_fails(_):
        raise ValueError

    @job("demo.works", every=0.001)
    async def works(context):
        context["seen"].append(1)
        if len(context["seen"]) == 5:
            context["stop"].set()

    with capture_logs():
        assert len(run()["seen"]) == 5


def test_a_job_never_overlaps_itself():
    @job("demo.slow", every=0.001)
    async def slow(context):
        assert "busy" not in context
        context["busy"] = True
        for _ in range(20):
            await asyncio.sleep(0)
        del context["busy"]
        context["seen"].append(1)
        if len(context["seen"]) == 3:
            context["stop"].set()

    run()
    assert jobs.jobs()[0].counts.failures == 0


def test_after_the_grace_a_coroutine_is_cancelled(monkeypatch):
    monkeypatch.setattr(jobs, "GRACE", 0)

    @job("demo.endless", every=0.001)
    async def endless(context):
        context["stop"].set()
        try:
            await asyncio.Event().wait()
        finally:
            context["seen"].append("ended")

    with capture_logs() as logs:
        assert run()["seen"] == ["ended"]
    assert [(entry["event"], entry["job"]) for entry in logs] == [("job cancelled", "demo.endless")]


def test_a_thread_is_waited_for(monkeypatch):
    monkeypatch.setattr(jobs, "GRACE", 0)
    release = threading.Event()

    @job("demo.thread", every=0.001)
    def thread(context):
        context["loop"].call_soon_threadsafe(context["stop"].set)
        context["loop"].call_soon_threadsafe(release.set)
        release.wait()
        context["seen"].append("ended")

    with capture_logs():
        assert run()["seen"] == ["ended"]


def test_cancelling_the_runner_cancels_its_jobs():
    ended = []

    async def main():
        begun = asyncio.Event()

        async def waits(_):
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(1)

        task = asyncio.create_task(run_jobs(asyncio.Event(), None, [Job("demo.waits", waits, 1, 0)]))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with capture_logs():
        asyncio.run(main())
    assert ended == [1]


def test_no_jobs_is_no_error():
    async def main():
        stop = asyncio.Event()
        stop.set()
        await run_jobs(stop, None)

    asyncio.run(main())


def test_a_name_is_taken_once():
    job("demo.once", every=1)(print)
    with pytest.raises(ValueError, match=r"demo\.once is registered twice"):
        job("demo.once", every=1)(print)


@pytest.mark.parametrize("times", [{"every": 0}, {"every": -1}, {"every": 1, "jitter": -0.1}])
def test_times_must_make_sense(times):
    with pytest.raises(ValueError, match="every must be positive"):
        job("demo.wrong", **times)


def test_jitter_is_a_tenth_unless_given():
    job("demo.a", every=20)(print)
    job("demo.b", every=20, jitter=0)(print)
    assert [each.jitter for each in jobs.jobs()] == [2, 0]
