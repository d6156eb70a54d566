"""Pickles that hold numpy arrays, read without trusting them.

A pickle is a program. Here it can build lists, dicts, numbers, strings and numpy arrays, and call nothing but four
functions of this file that stand where it expects numpy's own, so that not even numpy sees state it did not write.
`restricted` is the part that any other careful reader of pickles needs too.
"""

import io
import math
import pickle
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

_NUMBER = re.compile(r"[<>=|]?[biuf][1248]|\?")
_BROKEN = (pickle.UnpicklingError, EOFError, AttributeError, TypeError, LookupError, OverflowError, MemoryError)


class PickleError(ValueError):
    """The pickle asked for something that is not allowed, or is damaged."""


class _Dtype:
    """A plain number type on its way to be one: a pickle gives the byte order in a second step."""

    def __init__(self, code: str) -> None:
        self.value = np.dtype(code)

    def __setstate__(self, state: tuple) -> None:
        order = _text(state[1])
        if order not in ("<", ">", "=", "|") or any(part not in (None, -1, 0) for part in state[2:8]):
            raise PickleError("it holds an array that is not of plain numbers")
        self.value = self.value.newbyteorder(order)


class _Array:
    """An array on its way to be one: a pickle gives shape, type and bytes in a second step."""

    value: np.ndarray | None = None

    def __setstate__(self, state: tuple) -> None:
        _, shape, dtype, fortran, raw = state
        if not isinstance(dtype, _Dtype) or any(type(n) is not int or n < 0 for n in shape):
            raise PickleError("it holds an array that is not of plain numbers")
        raw = raw.encode("latin1") if isinstance(raw, str) else bytes(raw)
        if len(raw) != math.prod(shape) * dtype.value.itemsize:
            raise PickleError(f"it holds an array of shape {shape} with {len(raw)} bytes")
        self.value = np.frombuffer(raw, dtype.value).reshape(shape, order="F" if fortran else "C")


class Function:
    """Stands for a function, new for every mention: a pickle that alters it alters nothing else."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self.call = call

    def __call__(self, *args: Any) -> Any:
        return self.call(*args)


def numpy_name(module: str, name: str) -> Any:
    """What stands for one of numpy's five names; None for any other. Its class is a mere string, never callable."""
    allowed = {
        ("numpy.core.multiarray", "_reconstruct"): Function(_reconstruct),
        ("numpy.core.multiarray", "scalar"): Function(_scalar),
        ("numpy", "dtype"): Function(_dtype),
        ("numpy", "ndarray"): "ndarray",
        ("_codecs", "encode"): Function(_encode),
    }
    return allowed.get((module.replace("numpy._core", "numpy.core"), name))


class _Unpickler(pickle.Unpickler):
    """Knows the names that `known` gives something for, and no persistent ids."""

    def __init__(self, data: bytes, encoding: str, known: Callable[[str, str], Any], allowed: str) -> None:
        super().__init__(io.BytesIO(data), encoding=encoding)
        self._known = known
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> Any:
        if (found := self._known(module, name)) is None:
            raise PickleError(f"it tries to import {module}.{name}, and only {self._allowed} are allowed")
        return found

    def persistent_load(self, pid: Any) -> Any:
        raise PickleError("it refers to something outside itself (a persistent id)")


def restricted(data: bytes, known: Callable[[str, str], Any], allowed: str, encoding: str = "bytes") -> Any:
    """Read a pickle that may name nothing but what `known(module, name)` gives an object for, anew at every call.

    `allowed` says in words what that is. Raises `PickleError` for any other name, and for what is damaged.
    """
    try:
        return _Unpickler(data, encoding, known, allowed).load()
    except PickleError:
        raise
    except (*_BROKEN, ValueError, RecursionError, struct.error) as error:
        raise PickleError(f"it is damaged or not a pickle ({type(error).__name__})") from error


def loads(data: bytes) -> Any:
    """Read a pickle of numbers, strings, containers and numpy arrays, at the top or one level down in a dict.

    Strings of Python 2 come back as bytes. Raises `PickleError`, which says what was wrong.
    """
    content = restricted(data, numpy_name, "numpy arrays")
    if isinstance(content, dict):
        return {key: finished(value) for key, value in content.items()}
    return finished(content)


def _reconstruct(kind: Any, shape: Any, code: Any) -> _Array:
    return _Array()


def _dtype(code: Any, align: Any = False, copy: Any = True) -> _Dtype:
    if not _NUMBER.fullmatch(_text(code)):
        raise PickleError(f"it holds numbers of type {_text(code)[:40]!r}; plain numbers are allowed")
    return _Dtype(_text(code))


def _scalar(dtype: Any, raw: Any) -> Any:
    raw = raw.encode("latin1") if isinstance(raw, str) else raw
    return np.frombuffer(raw, dtype.value)[0].item()


def _encode(text: Any, encoding: Any) -> bytes:
    if _text(encoding) != "latin1":
        raise PickleError(f"it encodes text as {encoding!r}; only latin1 is allowed")
    return text.encode("latin1")


def finished(value: Any) -> Any:
    """An array or number type that has got its state, as numpy's own; anything else as it is."""
    return value.value if isinstance(value, (_Array, _Dtype)) else value


def _text(value: Any) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else str(value)
