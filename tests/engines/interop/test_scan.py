import os
import pickle
from collections import OrderedDict
from types import SimpleNamespace

import pytest
import torch

from engines.interop.scan import UNKNOWN, names, scan


class Calls:
    def __reduce__(self) -> tuple:
        return os.system, ("true",)


@pytest.mark.parametrize("protocol", range(6))
def test_every_name_is_found_in_every_protocol(protocol: int) -> None:
    report = scan(pickle.dumps([Calls(), OrderedDict(), OrderedDict(a=1)], protocol))
    assert set(report.imports) == {f"{os.name}.system", "collections.OrderedDict"}
    assert report.protocol == (protocol if protocol > 1 else 0)  # the first two do not say which they are


@pytest.mark.parametrize("protocol", range(2, 6))
def test_names_inside_tensors_are_found(protocol: int) -> None:
    found = scan(pickle.dumps({"x": torch.ones(3), "y": torch.ones(2).half()}, protocol)).imports
    assert {"torch.FloatStorage", "torch.HalfStorage", "torch._utils._rebuild_tensor_v2"} <= set(found)


def test_the_report_of_a_network(nvidia: SimpleNamespace) -> None:
    report = scan(nvidia.dump({"G_ema": nvidia.nest("Generator", nvidia.generator_weights())}))
    assert report.imports["torch_utils.persistence._reconstruct_persistent_obj"] > 0
    assert set(report.imports) <= {
        "torch_utils.persistence._reconstruct_persistent_obj",
        "dnnlib.util.EasyDict",
        "collections.OrderedDict",
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_tensor_v2",
        "torch.storage._load_from_bytes",
        "torch.FloatStorage",
    }
    assert "protocol 4" in str(report)
    assert "dnnlib.util.EasyDict" in str(report)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "os.system"),
        (b"\x80\x04\x8c\x02os\x94\x8c\x06system\x9400h\x00h\x01\x93.", "os.system"),  # remembered, dropped, recalled
        (b"\x80\x04\x8c\x02os\x8c\x06system\x8c\x05numpy\x8c\x05array00\x93.", UNKNOWN),  # decoys dropped again
        (b"\x80\x04\x8c\x06system\x8c\x02os\x94\x30\x8c\x05decoy\x30h\x00\x8c\x01x\x93.", "os.x"),
        (b"\x82\x01.", UNKNOWN),
        (b"(ios\nsystem\n.", "os.system"),
    ],
)
def test_tricks_do_not_hide_a_name(data: bytes, found: str) -> None:
    assert names(data) == [found]


def test_bytes_that_are_no_pickle_have_no_names() -> None:
    for data in (b"", b"not a pickle", b"\x80\x04\x95\xff", bytes(range(256))):
        assert names(data) == []
        assert "damaged or not a pickle; it would import nothing" in str(scan(data))


def test_a_pickle_that_was_cut_off_is_named_one() -> None:
    whole = pickle.dumps([Calls(), list(range(9))])
    assert scan(whole).whole
    report = scan(whole[:-3])
    assert not report.whole
    assert report.imports == {f"{os.name}.system": 1}
