"""The way without a model: one picture fades into the other."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor

from engines.fusion.mixes import lerp
from engines.fusion.ways import Encoding, Mix, Parent, Settings, Way
from engines.images import to_tensor


def pixels(net: Any, parent: Parent, settings: Settings) -> Iterator[Encoding]:
    """The picture itself as its code, `(C, H, W)`."""
    code = to_tensor(parent.picture[None])[0]
    yield Encoding(1, 1, code, code if net is None else code.to(net.device))


def _mix(net: Any, a: Tensor, b: Tensor, lams: Sequence[float], settings: Settings) -> Mix:
    return Mix(lerp(a, b, lams))


def _shown(net: Any, states: Tensor, settings: Settings) -> Iterator[Tensor]:
    yield states


PIXELS = Way(
    "Pixel blend",
    "One picture fades into the other: two half cats, no new one.",
    "pixels",
    pixels,
    _mix,
    _shown,
    lambda net, settings: 1,
)
