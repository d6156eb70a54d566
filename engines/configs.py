"""Configs: frozen dataclasses on one side, plain values (YAML, JSON, `--set key=value`) on the other."""

import copy
import dataclasses
import types
import typing
from typing import Any, TypeVar

import yaml

T = TypeVar("T")


def from_dict(kind: type[T], values: dict[str, Any], where: str = "") -> T:
    """Build dataclass `kind` from plain values, nested dataclasses too.

    Raises ValueError for a key that it does not have or a value of another type, naming both.
    """
    hints = typing.get_type_hints(kind)
    unknown = set(values) - {f.name for f in dataclasses.fields(kind)}
    if unknown:
        allowed = ", ".join(f.name for f in dataclasses.fields(kind))
        raise ValueError(f"{where or kind.__name__} has no setting {', '.join(sorted(unknown))}; allowed: {allowed}.")
    return kind(**{key: _convert(hints[key], value, f"{where}.{key}".strip(".")) for key, value in values.items()})


def to_dict(config: Any) -> dict[str, Any]:
    """The plain values of a dataclass, tuples as lists, ready for JSON and YAML."""
    return {f.name: _plain(getattr(config, f.name)) for f in dataclasses.fields(config)}


def override(config: T, settings: list[str]) -> T:
    """Apply `key=value` strings, `a.b=value` for nested ones; values are read as YAML.

    Raises ValueError for a setting without `=` or with an unknown key.
    """
    values = copy.deepcopy(to_dict(config))  # a group of settings may be a plain dict that `config` goes on holding
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"{setting!r} is not of the form key=value.")
        *path, last = key.strip().split(".")
        here = values
        for part in path:
            if not isinstance(here.get(part), dict):
                raise ValueError(f"There is no group of settings {part!r} in {key!r}; allowed: {', '.join(here)}.")
            here = here[part]
        if last not in here:
            raise ValueError(f"There is no setting {key!r}; allowed: {', '.join(here)}.")
        here[last] = yaml.safe_load(text)
    return from_dict(type(config), values)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_dict(value)
    return list(value) if isinstance(value, tuple) else value


def _convert(hint: Any, value: Any, where: str) -> Any:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in options:
        return None
    hint = next(option for option in options if option is not type(None))
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return from_dict(hint, value, where)
    origin = typing.get_origin(hint) or hint
    if origin is tuple and isinstance(value, (list, tuple)):
        inner = typing.get_args(hint)[0]
        return tuple(_convert(inner, item, where) for item in value)
    if origin is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if origin is float and isinstance(value, str):  # YAML 1.1 reads 1e-4 as text
        try:
            return float(value)
        except ValueError:
            raise ValueError(f"{where} is {value!r}; a number is needed.") from None
    if origin is Any or (isinstance(value, origin) and not (origin is int and isinstance(value, bool))):
        return value
    raise ValueError(f"{where} is {value!r}; {origin.__name__} is needed.")
