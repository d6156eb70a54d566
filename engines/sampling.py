"""Pictures from seeds, whatever the family: along a chain, or in one pass."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from engines.checkpoints import Model
from engines.images import quantise, to_uint8
from engines.introspect.trajectory import trajectory


@dataclass(frozen=True)
class Drawn:
    """`done` of `total` network passes; `pictures`, uint8 `(B, H, W, C)`, are what is known of the pictures so far."""

    done: int
    total: int
    pictures: np.ndarray


def draw(model: Model, seeds: Sequence[int], **chain: Any) -> Iterator[Drawn]:
    """Draw one picture per seed; the last state yielded holds the finished ones.

    `chain` are the settings of `trajectory`; a model that needs a single pass takes none. Raises ValueError for
    settings out of range.
    """
    if "trajectory" in model.can:
        for frame in trajectory(model.net, seeds=seeds, **chain):
            yield Drawn(frame.index, frame.total, quantise(frame.x0))
        return
    with torch.inference_mode():
        pictures = to_uint8(model.net.sample(seeds))
    yield Drawn(1, 1, pictures)
