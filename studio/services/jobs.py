"""Work in the background: a thread that makes a file step by step, watched and cancelled from any page."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

MOST_RUNNING = 2
MOST_KEPT = 24
MOST_BYTES = 256 * 2**20
_jobs: OrderedDict[str, "Job"] = OrderedDict()
_lock = threading.Lock()


@dataclass
class Job:
    """`done` of `total` steps of a file called `file`; `result` is the file once it is there, `error` says why not."""

    file: str
    total: int
    done: int = 0
    result: bytes = b""
    error: str = ""
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return not self._over.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether it was told to stop before it had a result."""
        return self._stop.is_set() and not self.result

    def cancel(self) -> None:
        """Stop it after the step that it is at."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over, not longer than `seconds`; whether it is."""
        return self._over.wait(seconds)

    def _work(self, steps: Iterator[bytes]) -> None:
        try:
            with closing(steps):
                for result in steps:
                    if self._stop.is_set():
                        return
                    self.done += not result
                    self.result = result
        except (ValueError, LookupError, OSError) as error:
            self.error = str(error.args[0] if isinstance(error, LookupError) and error.args else error)
        except Exception:
            self.error = "Writing the file failed; the server's log says why."
            raise
        finally:
            self._over.set()


def start(key: str, file: str, steps: Iterator[bytes], total: int) -> Job:
    """Have `steps`, which yields b"" `total` times and then the file, run in a thread; `key` finds it again.

    What runs or is finished under the key is not started anew. Raises ValueError when too many are running.
    """
    with _lock:
        known = _jobs.get(key)
        if known is not None and (known.running or known.result):
            _jobs.move_to_end(key)
            return known
        running = [job for job in _jobs.values() if job.running]
        if len(running) >= MOST_RUNNING:
            names = " and ".join(job.file for job in running)
            raise ValueError(f"{names} are being written; wait for one of them, or cancel it.")
        job = _jobs[key] = Job(file, total)
        _jobs.move_to_end(key)
        _forget()
    threading.Thread(target=job._work, args=(steps,), name=f"writes {file}", daemon=True).start()
    return job


def find(key: str) -> Job | None:
    """The job of a key, if there is one and it is not forgotten."""
    return _jobs.get(key)


def _forget() -> None:
    """Let the oldest go that are over, until the rest is few and small enough."""
    for key in [key for key, job in _jobs.items() if not job.running]:
        if len(_jobs) <= MOST_KEPT and sum(len(job.result) for job in _jobs.values()) <= MOST_BYTES:
            return
        del _jobs[key]
