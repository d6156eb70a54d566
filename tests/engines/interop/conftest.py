"""Pickles in the layout of NVIDIA's PyTorch tools, made here: their modules' classes exist nowhere."""

import io
import pickle
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor


class EasyDict(dict):
    """Stands for `dnnlib.util.EasyDict`."""


class Module:
    """Stands for a class of NVIDIA's: written as a call of `_reconstruct_persistent_obj` with its state."""

    def __init__(
        self, kind: str, parameters: dict[str, Tensor], buffers: dict[str, Tensor], **modules: "Module"
    ) -> None:
        self.meta = EasyDict(
            type="class",
            version=6,
            module_src="raise SystemExit('the source code in the file was executed')",
            class_name=kind,
            state={
                "training": False,
                "_parameters": OrderedDict((k, torch.nn.Parameter(v)) for k, v in parameters.items()),
                "_buffers": OrderedDict(buffers),
                "_non_persistent_buffers_set": set(),
                "_modules": OrderedDict(modules),
                "_init_kwargs": EasyDict(z_dim=512),
            },
        )


class _Named:
    """A global that is written by name alone."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class NvidiaPickler(pickle._Pickler):
    """Python's own pickler, which lets names be written that do not exist here."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_named(self, obj: _Named) -> None:
        if self.proto >= 4:
            self.save(obj.module)
            self.save(obj.name)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())

    dispatch[_Named] = save_named

    def save_module(self, obj: Module) -> None:
        self.save(_Named("torch_utils.persistence", "_reconstruct_persistent_obj"))
        self.save((obj.meta,))
        self.write(pickle.REDUCE)
        self.memoize(obj)

    dispatch[Module] = save_module

    def save_easy(self, obj: EasyDict) -> None:
        self.save(_Named("dnnlib.util", "EasyDict"))
        self.save(())
        self.write(pickle.NEWOBJ)
        self.memoize(obj)
        self._batch_setitems(obj.items())

    dispatch[EasyDict] = save_easy


def dump(content: Any, protocol: int = 4) -> bytes:
    out = io.BytesIO()
    NvidiaPickler(out, protocol).dump(content)
    return out.getvalue()


def nest(kind: str, tensors: dict[str, Tensor]) -> Module:
    """A module of modules from weights by their dotted names; what never learns is a buffer."""
    own, inner = {}, {}
    for name, value in tensors.items():
        head, dot, rest = name.partition(".")
        (inner.setdefault(head, {}) if dot else own)[rest if dot else head] = value
    buffers = {k: own.pop(k) for k in ("w_avg", "noise_const", "resample_filter") if k in own}
    return Module(kind, own, buffers, **{name: nest("Layer", values) for name, values in inner.items()})


def filters() -> Tensor:
    taps = torch.tensor([1.0, 3, 3, 1])
    return torch.outer(taps, taps) / 64


def generator_weights(sizes: tuple[int, ...] = (4, 8, 16), w: int = 6, z: int = 5, noise_to: int = 16) -> dict:
    """Random weights of a generator with 8, 8 and 4 channels under NVIDIA's names."""
    draw = torch.Generator().manual_seed(0)

    def randn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw)

    made = {"mapping.fc0.weight": randn(w, z) * 100, "mapping.fc0.bias": randn(w) * 20}
    made |= {"mapping.fc1.weight": randn(w, w) * 100, "mapping.fc1.bias": randn(w) * 20, "mapping.w_avg": randn(w)}
    inputs = 8
    for size in sizes:
        channels, block = min(8, 64 // size), f"synthesis.b{size}"
        made[f"{block}.resample_filter"] = filters()
        layers = [("conv1", channels, channels, 3), ("torgb", channels, 3, 1)]
        if size == 4:
            made[f"{block}.const"] = randn(channels, 4, 4)
        else:
            layers.insert(0, ("conv0", inputs, channels, 3))
        for layer, i, o, kernel in layers:
            here = f"{block}.{layer}"
            made |= {f"{here}.weight": randn(o, i, kernel, kernel), f"{here}.bias": randn(o) / 2}
            made |= {f"{here}.affine.weight": randn(i, w), f"{here}.affine.bias": 1 + randn(i) / 2}
            if kernel == 3 and size <= noise_to:
                made |= {f"{here}.noise_const": randn(size, size), f"{here}.noise_strength": randn() / 2}
            if kernel == 3:
                made[f"{here}.resample_filter"] = filters()
        inputs = channels
    return made


@pytest.fixture(scope="session")
def nvidia() -> SimpleNamespace:
    """What makes such pickles: `dump(content, protocol)`, `nest(kind, weights)`, `generator_weights()` and the rest."""
    return SimpleNamespace(
        dump=dump,
        nest=nest,
        filters=filters,
        generator_weights=generator_weights,
        EasyDict=EasyDict,
        Module=Module,
        Named=_Named,
    )
