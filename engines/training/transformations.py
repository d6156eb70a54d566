"""The random changes of adaptive augmentation as matrices: where pixels come from, and what becomes of colours.

Strengths are those of Karras et al., 2020, "Training generative adversarial networks with limited data", appendix B.
"""

import math
from collections.abc import Callable, Collection
from typing import NamedTuple

import torch
from torch import Generator, Tensor


class Chance(NamedTuple):
    """The random numbers of one change: `u` uniform in [0, 1) and `z` standard normal, `(2, B)`; pictures of `size`."""

    u: Tensor
    z: Tensor
    size: int


Make = Callable[[Chance], Tensor]


def _matrix(*rows: tuple[Tensor | float, ...]) -> Tensor:
    """Matrices `(B, n, n)` from entries that are `(B,)` or numbers."""
    batch = next(entry for row in rows for entry in row if isinstance(entry, Tensor))
    return torch.stack([torch.stack([batch.new_zeros(()) + e + 0 * batch for e in row], 1) for row in rows], 1)


def _scale(x: Tensor, y: Tensor | float) -> Tensor:
    return _matrix((x, 0, 0), (0, y, 0), (0, 0, 1))


def _rotate(angle: Tensor) -> Tensor:
    return _matrix((angle.cos(), -angle.sin(), 0), (angle.sin(), angle.cos(), 0), (0, 0, 1))


def _move(shares: Tensor) -> Tensor:
    """Shifts in shares of the size, `(2, B)`; coordinates from −1 to 1 count them twice."""
    return _matrix((1, 0, 2 * shares[0]), (0, 1, 2 * shares[1]), (0, 0, 1))


def _colour(gain: Tensor | float, offset: Tensor) -> Tensor:
    return _matrix((gain, 0, 0, offset), (0, gain, 0, offset), (0, 0, gain, offset), (0, 0, 0, 1))


def _about_grey(along: Tensor, angle: Tensor, across: Tensor) -> Tensor:
    """Scale colours by `along` on the grey axis and by `across` off it, and turn them by `angle` about it."""
    grey = torch.full((3, 3), 1 / 3)
    turn = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    a, c, s = along[:, None, None], (across * angle.cos())[:, None, None], (across * angle.sin())[:, None, None]
    maps = torch.eye(4).repeat(len(along), 1, 1)
    maps[:, :3, :3] = a * grey + c * (torch.eye(3) - grey) + s * turn
    return maps


def _sign(u: Tensor) -> Tensor:
    return torch.where(u < 0.5, -1.0, 1.0)


# Both in the order in which they happen to a picture; geometry gives inverses, from the new picture to the old.
GEOMETRY: tuple[tuple[str, Make], ...] = (
    ("flip", lambda d: _scale(_sign(d.u[0]), 1)),
    ("quarter turn", lambda d: _rotate((4 * d.u[0]).floor() * math.pi / 2)),
    ("shift", lambda d: _move(((2 * d.u - 1) * 0.125 * d.size).round() / d.size)),
    ("scale", lambda d: _scale(2 ** (0.2 * d.z[0]), 2 ** (0.2 * d.z[0]))),
    ("rotate", lambda d: _rotate((2 * d.u[0] - 1) * math.pi)),
    ("stretch", lambda d: _scale(2 ** (0.2 * d.z[0]), 2 ** (-0.2 * d.z[0]))),
    ("rotate", lambda d: _rotate((2 * d.u[0] - 1) * math.pi)),
    ("slide", lambda d: _move(0.125 * d.z)),
)
COLOUR: tuple[tuple[str, Make], ...] = (
    ("brightness", lambda d: _colour(1, 0.2 * d.z[0])),
    ("contrast", lambda d: _colour(2 ** (0.5 * d.z[0]), torch.zeros_like(d.z[0]))),
    ("negative", lambda d: _about_grey(_sign(d.u[0]), 0 * d.u[0], torch.ones_like(d.u[0]))),
    ("hue", lambda d: _about_grey(torch.ones_like(d.u[0]), (2 * d.u[0] - 1) * math.pi, torch.ones_like(d.u[0]))),
    ("saturation", lambda d: _about_grey(torch.ones_like(d.u[0]), 0 * d.u[0], 2 ** d.z[0])),
)


def chance(batch: int, size: int, draw: Generator) -> tuple[Tensor, Chance]:
    """A uniform number that decides whether the change happens, `(B,)`, and those that decide how."""
    gate = torch.rand(batch, generator=draw)
    return gate, Chance(torch.rand(2, batch, generator=draw), torch.randn(2, batch, generator=draw), size)


def _maybe(make: Make, batch: int, size: int, p: float, draw: Generator) -> Tensor:
    """The change's matrix for a share `p` of the pictures, the identity for the others."""
    gate, how = chance(batch, size, draw)
    matrix = make(how)
    return torch.where((gate < p)[:, None, None], matrix, torch.eye(matrix.shape[1]))


def geometry(batch: int, size: int, p: float, draw: Generator, names: Collection[str]) -> Tensor:
    """Where each pixel of the new pictures comes from, `(B, 3, 3)`, in coordinates from −1 to 1.

    There are two rotations, around the stretch; each happens with 1 − √(1 − p), so that one of them does with p.
    """
    total = torch.eye(3).repeat(batch, 1, 1)
    for name, make in GEOMETRY:
        if name in names:
            share = 1 - math.sqrt(1 - p) if name == "rotate" else p
            total = total @ _maybe(make, batch, size, share, draw)
    return total


def colours(batch: int, p: float, draw: Generator, names: Collection[str]) -> Tensor:
    """What becomes of (red, green, blue, 1), `(B, 4, 4)`."""
    total = torch.eye(4).repeat(batch, 1, 1)
    for name, make in COLOUR:
        if name in names:
            total = _maybe(make, batch, 0, p, draw) @ total
    return total
