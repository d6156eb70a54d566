"""What a pickle may hold comes back; whatever else it asks for is refused by name and never happens."""

import io
import os
import pickle
import subprocess
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from engines.data.unpickle import PickleError
from engines.interop.pickles import Part, loads

PROTOCOLS = range(6)


class Calls:
    """A pickle of this calls `function` when it is read."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.function, self.args = function, args

    def __reduce__(self) -> tuple:
        return self.function, self.args


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that must not come into being."""
    return tmp_path / "victim"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_tensors_arrays_and_containers_come_back(protocol: int) -> None:
    shared = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    content = {
        "whole": shared,
        "part": shared[:, 1:, ::2],
        "turned": shared.mT,
        "half": torch.randn(3).half(),
        "whole numbers": torch.tensor([1, 2], dtype=torch.int64),
        "flags": torch.tensor([True, False]),
        "one": torch.tensor(0.5),
        "none": torch.zeros(0, 3),
        "weight": torch.nn.Parameter(torch.ones(2)),
        "list": [1, "two", None, (3.5, {"x": 7})],
        "ordered": OrderedDict(a=1),
        "set": {1, 2},
    }
    back = loads(pickle.dumps(content, protocol))
    for name in ("whole", "part", "turned", "half", "whole numbers", "flags", "one", "none", "weight"):
        assert torch.equal(back[name], content[name].detach()), name
        assert back[name].dtype == content[name].dtype
    assert back["list"] == content["list"]
    assert (back["ordered"], back["set"]) == ({"a": 1}, {1, 2})


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_numpys_arrays_come_back_at_any_depth(protocol: int) -> None:
    content = [{"a": (np.arange(6.0).reshape(2, 3), [np.uint8([7])], np.float32(0.5))}]
    a, (b,), c = loads(pickle.dumps(content, protocol))[0]["a"]
    assert np.array_equal(a, content[0]["a"][0])
    assert (b.tolist(), b.dtype, c) == ([7], np.uint8, 0.5)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_modules_stay_descriptions_and_their_code_is_not_executed(nvidia: SimpleNamespace, protocol: int) -> None:
    """`module_src` of these raises SystemExit if anybody runs it."""
    inner = nvidia.nest("FullyConnectedLayer", {"weight": torch.ones(2, 3)})
    outer = nvidia.Module("Generator", {}, {}, a=inner, b=inner)
    back = loads(nvidia.dump({"G_ema": outer, "kwargs": nvidia.EasyDict(path="/data/cats.zip")}, protocol))
    assert type(back["kwargs"]) is dict
    assert back["kwargs"] == {"path": "/data/cats.zip"}
    part = back["G_ema"]
    assert (type(part), part.kind) == (Part, "Generator")
    modules = part.state["_modules"]
    assert modules["a"] is modules["b"]
    assert torch.equal(modules["a"].state["_parameters"]["weight"], torch.ones(2, 3))
    assert "module_src" not in part.state


def hostile(victim: Path) -> dict[str, Any]:
    touch = f"touch {victim}"
    return {
        "system": Calls(os.system, touch),
        "eval": Calls(eval, f"open({str(victim)!r}, 'w')"),
        "exec": Calls(exec, f"open({str(victim)!r}, 'w')"),
        "getattr": Calls(Calls(getattr, Calls(__import__, "os"), "system"), touch),
        "__import__": Calls(__import__, "os"),
        "Popen": Calls(subprocess.Popen, ["touch", str(victim)]),
        "open": Calls(open, str(victim), "w"),
        "load": Calls(torch.load, str(victim)),
        "loads": Calls(pickle.loads, pickle.dumps(Calls(os.system, touch))),
        "dict": Calls(dict),
    }


class Chains(pickle._Pickler):
    """Python's pickler, for calls whose function is itself what a call gives."""

    def save_reduce(self, func: Any, args: Any, *rest: Any, **more: Any) -> None:
        self.save(func)
        self.save(args)
        self.write(pickle.REDUCE)


def written(content: Any, protocol: int) -> bytes:
    out = io.BytesIO()
    Chains(out, protocol).dump(content)
    return out.getvalue()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("where", ["alone", "nested", "as a key's value among tensors"])
def test_everything_else_is_refused_by_name(victim: Path, protocol: int, where: str) -> None:
    for name, call in hostile(victim).items():
        content = {
            "alone": call,
            "nested": [{"a": ({"b": [call]},)}],
            "as a key's value among tensors": {"G_ema": {"x": [1.0, 2.0]}, "D": call},
        }[where]
        with pytest.raises(PickleError, match=rf"tries to import \S*\b{name}, and only"):
            loads(written(content, protocol))
    assert not victim.exists()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_module_with_a_hostile_state_is_refused(nvidia: SimpleNamespace, victim: Path, protocol: int) -> None:
    system = Calls(os.system, f"touch {victim}")
    for state in ({"_modules": {"a": system}}, system):
        module = nvidia.Module("Generator", {}, {})
        module.meta["state"] = state
        with pytest.raises(PickleError, match=r"tries to import \w+\.system"):
            loads(nvidia.dump(module, max(protocol, 2)))
        with pytest.raises(PickleError, match=r"tries to import \w+\.system"):
            loads(written({"state": state}, protocol))
    assert not victim.exists()


class Outside:
    """What is written as a persistent id; `__reduce__` is never reached."""

    def __init__(self, call: Any) -> None:
        self.call = call


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_persistent_ids_are_refused(victim: Path, protocol: int) -> None:
    class Writer(pickle._Pickler):
        def persistent_id(self, obj: Any) -> Any:
            return obj.call if isinstance(obj, Outside) else None

    for call, says in (
        ("plain", "persistent id"),
        (Calls(os.system, f"touch {victim}"), r"tries to import \w+\.system" if protocol else "persistent id"),
    ):
        out = io.BytesIO()
        Writer(out, protocol).dump([Outside(call)])
        with pytest.raises(PickleError, match=says):
            loads(out.getvalue())
    assert not victim.exists()


def in_a_storage(data: bytes, protocol: int) -> bytes:
    """A pickle with a tensor whose numbers are `data`, as PyTorch would read them."""
    return pickle.dumps(Calls(torch.storage._load_from_bytes, data), protocol)


@pytest.mark.parametrize("inner", PROTOCOLS)
@pytest.mark.parametrize("outer", PROTOCOLS)
def test_what_hides_in_the_numbers_of_a_tensor_is_refused_by_name(victim: Path, outer: int, inner: int) -> None:
    system = Calls(os.system, f"touch {victim}")
    legacy, zipped = io.BytesIO(), io.BytesIO()
    torch.save(system, legacy, pickle_protocol=inner, _use_new_zipfile_serialization=False)
    torch.save(system, zipped, pickle_protocol=inner)
    for data in (pickle.dumps(system, inner), legacy.getvalue()):
        with pytest.raises(PickleError, match=r"one of its tensors tries to import \w+\.system"):
            loads(in_a_storage(data, outer))
    with pytest.raises(PickleError, match="tensors"):
        loads(in_a_storage(zipped.getvalue(), outer))
    assert not victim.exists()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (Calls(torch.storage._load_from_bytes, b""), "damaged"),
        (Calls(torch.storage._load_from_bytes, b"\x80\x02K\x01."), "damaged"),
        (Calls(torch.storage._load_from_bytes, "text"), "no bytes"),
        (Calls(torch._utils._rebuild_tensor_v2, "no numbers", 0, (2,), (1,), False, None), "plain numbers"),
        (Calls(torch._utils._rebuild_tensor_v2, torch.ones(3), 0, (4,), (1,), False, None), "over 3 numbers"),
        (Calls(torch._utils._rebuild_tensor_v2, torch.ones(3), 2, (2,), (1,), False, None), "over 3 numbers"),
        (Calls(torch._utils._rebuild_tensor_v2, torch.ones(3), 0, (2, 2), (0, 10**9), False, None), "over 3 numbers"),
        (Calls(torch._utils._rebuild_tensor_v2, torch.ones(3), 0, (10**12,), (0,), False, None), "over 3 numbers"),
        (Calls(torch._utils._rebuild_tensor_v2, torch.ones(3), -1, (1,), (1,), False, None), "plain numbers"),
        (Calls(torch._utils._rebuild_tensor_v2, torch.ones(3), 0, (1,), (1, 1), False, None), "plain numbers"),
    ],
)
def test_tensors_that_reach_beyond_their_numbers_are_refused(call: Calls, says: str) -> None:
    with pytest.raises(PickleError, match=says):
        loads(pickle.dumps(call))


def test_tensorflows_networks_are_refused_with_advice(nvidia: SimpleNamespace) -> None:
    with pytest.raises(PickleError, match=r"TensorFlow era.*legacy\.py"):
        loads(nvidia.dump((nvidia.Named("dnnlib.tflib.network", "Network"), 1)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a pickle",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x80\x02" + b"]" * 50_000 + b"a" * 49_999 + b".",  # lists in lists, deeper than anybody reads
        b"ctorch_utils.persistence\n_reconstruct_persistent_obj\n)R.",
        b"ctorch_utils.persistence\n_reconstruct_persistent_obj\n(dS'class_name'\nI3\nstR.",
        b"\x82\x01.",
    ],
)
def test_damaged_pickles_are_refused(data: bytes) -> None:
    with pytest.raises(PickleError, match=r"damaged|without the name"):
        loads(data)


def test_sharing_is_no_bomb() -> None:
    """Sixty pairs of the pair before: small in memory, endless if every mention were copied."""
    pair: Any = ("cat",)
    for _ in range(60):
        pair = (pair, pair)
    back = loads(pickle.dumps(pair))
    assert back[0] is back[1]


def test_what_one_pickle_does_to_its_names_is_not_felt_by_the_next(nvidia: SimpleNamespace) -> None:
    """BUILD with a pair of states sets attributes on what stands for a function or a class."""
    for name in ("torch._utils\n_rebuild_parameter", "dnnlib.util\nEasyDict", "collections\nOrderedDict"):
        spoilt = f"c{name}\n(N(dS'call'\nI1\nsS'get'\nI1\nstb.".encode()
        try:
            loads(spoilt)
        except PickleError:
            continue
    content = {"a": torch.nn.Parameter(torch.ones(2)), "b": nvidia.EasyDict(x=1), "c": OrderedDict(y=2)}
    back = loads(nvidia.dump(content))
    assert (back["a"].tolist(), back["b"], back["c"]) == ([1, 1], {"x": 1}, {"y": 2})
