"""Run a chain while something inside the network is changed, step by step, leaving no trace between two steps."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from torch import nn

from engines.introspect.capture import Edit, edit, edit_inputs

T = TypeVar("T")


def changed(
    model: nn.Module,
    frames: Iterator[T],
    *,
    inputs: Mapping[str, Edit] | None = None,
    outputs: Mapping[str, Edit] | None = None,
) -> Iterator[T]:
    """Yield `frames`, each made under the edits of modules' `inputs` and `outputs`; off while a frame is looked at."""
    while True:
        with edit_inputs(model, inputs or {}), edit(model, outputs or {}):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame
