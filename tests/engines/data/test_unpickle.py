import io
import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.data.unpickle import PickleError, loads


class _Calls:
    """A pickle of this calls `function` when it is read."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.function = function
        self.args = args

    def __reduce__(self) -> tuple:
        return self.function, self.args


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize("kind", ["u1", "<i4", ">i4", "<f8", "?"])
def test_arrays_come_back(protocol: int, kind: str) -> None:
    array = (np.arange(24).reshape(2, 3, 4) % 7).astype(kind)
    for layout in (array, np.asfortranarray(array), array[:, ::2]):
        back = loads(pickle.dumps({"data": layout, "labels": [1, 2]}, protocol))
        np.testing.assert_array_equal(back["data"], layout)
        assert back["data"].dtype == layout.dtype
        assert back["labels"] == [1, 2]


@pytest.mark.parametrize("protocol", range(5))
def test_scalars_come_back_as_numbers(protocol: int) -> None:
    assert loads(pickle.dumps({"n": np.int64(7), "x": np.float64(0.5)}, protocol)) == {"n": 7, "x": 0.5}


def test_reads_what_python_2_wrote() -> None:
    """Protocol 0 of Python 2 with its module names and byte strings, written out by hand."""
    text = (
        b"(dp0\nS'data'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntS'b'\ntRp4\n"
        b"(I1\n(I2\nI3\ntcnumpy\ndtype\np5\n(S'u1'\nI0\nI1\ntRp6\n(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\n"
        b"S'\\x01\\x02\\x03\\xfe\\xff\\x00'\ntbsS'labels'\n(lp7\nI3\naI5\nas."
    )
    back = loads(text)
    np.testing.assert_array_equal(back[b"data"], np.array([[1, 2, 3], [254, 255, 0]], np.uint8))
    assert back[b"labels"] == [3, 5]


@pytest.mark.parametrize("protocol", range(5))
def test_nothing_else_is_called(tmp_path: Path, protocol: int) -> None:
    victim = tmp_path / "victim"
    hostile = {
        "posix.system": _Calls(os.system, f"touch {victim}"),
        "subprocess.Popen": _Calls(subprocess.Popen, ["touch", str(victim)]),
        "eval": _Calls(eval, f"open({str(victim)!r}, 'w')"),
        "getattr": _Calls(getattr, os, "system"),
        "io.open": _Calls(open, str(victim), "w"),
        "numpy.load": _Calls(np.load, str(victim)),
        "numpy.fromfile": _Calls(np.fromfile, str(victim)),
    }
    for name, call in hostile.items():
        payload = {"data": np.zeros(3, np.uint8), "labels": call}
        try:
            data = pickle.dumps(payload, protocol)
        except (pickle.PicklingError, TypeError):
            data = pickle.dumps({"labels": _Calls(os.system, f"touch {victim}")}, protocol)
            name = "posix.system"
        with pytest.raises(PickleError, match=rf"tries to import .*{name.split('.')[-1]}"):
            loads(data)
    assert not victim.exists()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"cos\nsystem\n(S'true'\ntR.", "tries to import os.system"),
        (b"cnumpy\nndarray\n((I1000000000000\nttR.", "damaged"),  # numpy's class itself cannot be called
        (b"cnumpy.core.multiarray\n_reconstruct\n(dS'x'\nI1\nsb.", "damaged"),  # nor altered
        (pickle.dumps(np.array([object], dtype=object)), "plain numbers|tries to import"),
        (pickle.dumps(np.zeros(2, [("a", "u1")])), "plain numbers"),
        (pickle.dumps(np.zeros(2, "U3")), "plain numbers"),
        (pickle.dumps({"data": np.zeros(100, np.uint8)})[:-40], "damaged"),
        (b"", "damaged"),
        (b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f", "damaged"),
        (b"not a pickle", "damaged"),
        (b"(" * 100_000 + b"t" * 100_000 + b".", ""),
    ],
)
def test_odd_pickles_are_refused(data: bytes, reason: str) -> None:
    if not reason:  # nested without end, but only tuples: read or refused, and not a crash
        try:
            loads(data)
        except PickleError:
            return
    else:
        with pytest.raises(PickleError, match=reason):
            loads(data)


def test_an_array_must_have_the_bytes_of_its_shape() -> None:
    good = pickle.dumps(np.arange(6, dtype=np.uint8), 2)
    assert b"K\x06\x85" in good
    with pytest.raises(PickleError, match="6 bytes"):
        loads(good.replace(b"K\x06\x85", b"K\xff\x85", 1))


def test_agrees_with_pickle_on_plain_data() -> None:
    content = {"a": [1, 2.5, None, True], "b": ("x", {"y": b"z"})}
    assert loads(pickle.dumps(content)) == pickle.load(io.BytesIO(pickle.dumps(content)))
