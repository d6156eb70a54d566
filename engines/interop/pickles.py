"""Pickles of NVIDIA's PyTorch networks (StyleGAN2-ADA and its kin), read without executing anything of theirs.

Such a file carries source code that the original tools run while loading. Here a module becomes an inert `Part`, which
holds its class's name and its state; a tensor is rebuilt from its numbers; any other name that the file asks for is an
error that says the name.
"""

import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.storage import TypedStorage, UntypedStorage

from engines.data.unpickle import Function, PickleError, finished, numpy_name, restricted
from engines.interop.scan import names

_ALLOWED = "tensors, numpy arrays, plain containers and NVIDIA's modules"
_STORAGES = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
_STORAGE_NAMES = {f"torch.{kind}Storage" for kind in _STORAGES} | {"torch.storage.UntypedStorage"}
_TENSORFLOW = (
    "it is a network of the TensorFlow era (NVIDIA's StyleGAN of 2018 to 2020), which stores no PyTorch tensors. "
    "Convert it first with the tool legacy.py of NVIDIA's StyleGAN2-ADA for PyTorch, on a machine you can do without, "
    "since that tool executes the file; then import what it wrote"
)


@dataclass
class Part:
    """A module that stayed a description: its class's name and the state it was saved with."""

    kind: str
    state: dict[str, Any] = field(default_factory=dict)


def loads(data: bytes) -> Any:
    """Read a pickle of tensors, numpy arrays, containers and NVIDIA's modules (as `Part`).

    Raises `PickleError` that names what the file tried to import if that is anything else, inside its tensors too.
    """
    content = restricted(data, _known, _ALLOWED, encoding="ASCII")
    try:
        return _plain(content, {})
    except (RecursionError, TypeError, AttributeError, ValueError) as error:  # parts that are not what they seem
        raise PickleError(f"it is damaged ({type(error).__name__})") from error


def _known(module: str, name: str) -> Any:
    if module.startswith(("dnnlib.tflib", "tfutil")):
        raise PickleError(_TENSORFLOW)
    if (module, name) == ("dnnlib.util", "EasyDict"):
        return type("EasyDict", (dict,), {})  # the pickle's own: what it does to the class, it does to nobody else's
    functions = {
        ("torch._utils", "_rebuild_tensor_v2"): _tensor,
        ("torch._utils", "_rebuild_parameter"): _parameter,
        ("torch.storage", "_load_from_bytes"): _storage,
        ("torch_utils.persistence", "_reconstruct_persistent_obj"): _part,
        ("collections", "OrderedDict"): OrderedDict,
        ("builtins", "set"): set,
        ("__builtin__", "set"): set,  # its name up to protocol 2
    }
    function = functions.get((module, name))
    return Function(function) if function else numpy_name(module, name)


def _part(meta: Any) -> Part:
    kind, state = (dict.get(meta, key) for key in ("class_name", "state"))  # not methods that the pickle may have set
    if not isinstance(kind, str) or not isinstance(state, dict):
        raise PickleError("it holds a module without the name of its class or without its state")
    return Part(kind, state)


def _storage(data: Any) -> Tensor:
    """The numbers of a storage as a flat tensor; what PyTorch reads is looked through for names first."""
    if not isinstance(data, bytes):
        raise PickleError("it holds a tensor whose numbers are no bytes")
    for name in names(data, pickles=5):  # three of numbers and settings, the storage's description, its keys
        if name not in _STORAGE_NAMES:
            raise PickleError(f"one of its tensors tries to import {name}, and only numbers are allowed there")
    try:
        found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError, TypeError, LookupError, EOFError, OSError) as error:
        raise PickleError(f"the numbers of one of its tensors are damaged ({type(error).__name__})") from error
    if isinstance(found, UntypedStorage):
        return torch.empty(0, dtype=torch.uint8).set_(found)
    if not isinstance(found, TypedStorage):
        raise PickleError(f"it holds a {type(found).__name__} where the numbers of a tensor belong")
    return torch.empty(0, dtype=found.dtype).set_(found._untyped_storage)


def _tensor(flat: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = False, hooks: Any = None) -> Tensor:
    """A view of `flat`, copied; refused where it would reach beyond it or be larger than it."""
    numbers = (offset, *size, *stride)
    if not isinstance(flat, Tensor) or len(size) != len(stride) or any(type(n) is not int or n < 0 for n in numbers):
        raise PickleError("it holds a tensor that is not made of plain numbers")
    elements, last = 1, offset
    for length, step in zip(size, stride, strict=True):
        elements *= length
        last += (length - 1) * step
    if elements and (last >= len(flat) or elements > len(flat)):
        raise PickleError(f"it holds a tensor of size {tuple(size)} over {len(flat)} numbers")
    return flat.as_strided(tuple(size), tuple(stride), offset if elements else 0).clone()


def _parameter(data: Any, requires_grad: Any = True, hooks: Any = None) -> Any:
    return data


def _plain(value: Any, seen: dict[int, Any]) -> Any:
    """The same content in ordinary containers, shared parts shared; arrays become numpy's."""
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, Part):
        made = seen[id(value)] = Part(value.kind)
        made.state.update(_plain(value.state, seen))
    elif isinstance(value, dict):
        made = seen[id(value)] = {}
        made.update((_plain(k, seen), _plain(v, seen)) for k, v in dict.items(value))
    elif isinstance(value, list):
        made = seen[id(value)] = []
        made.extend(_plain(item, seen) for item in list.__iter__(value))
    elif type(value) is tuple:
        made = seen[id(value)] = tuple(_plain(item, seen) for item in value)
    else:
        made = finished(value)
    return made
