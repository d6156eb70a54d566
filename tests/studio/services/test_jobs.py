"""Work in the background: it gets done, is found again, and ends within one step."""

import threading
from collections.abc import Iterator

import pytest

from studio.services import jobs


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    jobs._jobs.clear()
    yield
    for job in jobs._jobs.values():
        job.cancel()
    jobs._jobs.clear()


class Steps:
    """A generator of steps that waits at each one until it is let go."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.go = threading.Semaphore(0)
        self.at = threading.Semaphore(0)
        self.made = 0
        self.closed = False

    def __call__(self) -> Iterator[bytes]:
        try:
            for _ in range(self.number):
                self.at.release()
                assert self.go.acquire(timeout=20)
                self.made += 1
                yield b""
            yield b"film"
        finally:
            self.closed = True


def test_a_file_is_made_while_its_progress_is_seen() -> None:
    steps = Steps(2)
    job = jobs.start("a", "cat.gif", steps(), 2)
    assert steps.at.acquire(timeout=20)
    assert (job.running, job.done, job.result) == (True, 0, b"")
    steps.go.release()
    assert steps.at.acquire(timeout=20)
    assert job.done == 1
    steps.go.release()
    assert job.wait(20)
    assert (job.done, job.result, job.error, job.cancelled) == (2, b"film", "", False)
    assert jobs.find("a") is job


def test_cancel_ends_it_within_one_step() -> None:
    steps = Steps(50)
    job = jobs.start("a", "cat.gif", steps(), 50)
    assert steps.at.acquire(timeout=20)
    job.cancel()
    steps.go.release(50)
    assert job.wait(20)
    assert steps.made == 1
    assert steps.closed
    assert job.cancelled
    assert job.result == b""


def test_what_is_running_or_done_is_not_started_again_but_what_was_cancelled_is() -> None:
    first = Steps(1)
    job = jobs.start("a", "cat.gif", first(), 1)
    assert jobs.start("a", "cat.gif", Steps(1)(), 1) is job
    first.go.release()
    assert job.wait(20)
    assert jobs.start("a", "cat.gif", Steps(1)(), 1) is job
    second = Steps(1)
    stopped = jobs.start("b", "dog.gif", second(), 1)
    stopped.cancel()
    second.go.release()
    assert stopped.wait(20)
    third = Steps(0)
    assert jobs.start("b", "dog.gif", third(), 0) is not stopped
    assert jobs.find("b").wait(20)
    assert jobs.find("b").result == b"film"


def test_too_many_at_once_are_refused_by_name() -> None:
    waiting = [Steps(1) for _ in range(jobs.MOST_RUNNING)]
    for i, steps in enumerate(waiting):
        jobs.start(str(i), f"cat-{i}.gif", steps(), 1)
    with pytest.raises(ValueError, match=r"cat-0.gif and cat-1.gif are being written"):
        jobs.start("more", "cat.gif", Steps(1)(), 1)
    for steps in waiting:
        steps.go.release()
    assert all(jobs.find(str(i)).wait(20) for i in range(len(waiting)))
    assert jobs.start("more", "cat.gif", Steps(0)(), 0).wait(20)


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST_KEPT", 3)
    for name in "abcde":
        assert jobs.start(name, name, Steps(0)(), 0).wait(20)
    assert [name for name in "abcde" if jobs.find(name)] == ["c", "d", "e"]
    monkeypatch.setattr(jobs, "MOST_BYTES", 5)
    assert jobs.start("f", "f", Steps(0)(), 0).wait(20)
    assert [name for name in "cdef" if jobs.find(name)] == ["e", "f"]  # 4 bytes each: one finished film fits


def test_what_goes_wrong_is_said_in_words() -> None:
    def fails(error: Exception) -> Iterator[bytes]:
        yield b""
        raise error

    job = jobs.start("a", "cat.gif", fails(ValueError("8 × 2000 px is too wide.")), 1)
    assert job.wait(20)
    assert job.error == "8 × 2000 px is too wide."
    job = jobs.start("b", "cat.gif", fails(LookupError("The photo is gone.")), 1)
    assert job.wait(20)
    assert (job.error, job.result, job.cancelled) == ("The photo is gone.", b"", False)


def test_our_own_mistake_goes_to_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    logged = []
    monkeypatch.setattr(threading, "excepthook", lambda args: logged.append(args.exc_type))

    def breaks() -> Iterator[bytes]:
        yield b""
        raise ZeroDivisionError

    job = jobs.start("a", "cat.gif", breaks(), 1)
    assert job.wait(20)
    for thread in threading.enumerate():
        if thread.name == "writes cat.gif":
            thread.join(20)
    assert "log" in job.error
    assert logged == [ZeroDivisionError]
