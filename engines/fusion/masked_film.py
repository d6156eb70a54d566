"""The film of a fusion by regions: from each start the chain runs free, all of a group side by side."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from engines.diffusion.model import DDPM
from engines.fusion.masked import Method, denoiser, entries, grid_of, held, step, strength
from engines.fusion.regions import Pair
from engines.fusion.ways import Drawn, Settings
from engines.images import to_uint8

GROUP = 5  # pictures in one pass, filled up with repeats: a picture is the same bits in any company


def passes(net: DDPM, method: Method, starts: Sequence[float], settings: Settings) -> int:
    """How many steps `film` takes."""
    grid = grid_of(net, method, settings)
    at, last = entries(grid, starts, settings), len(grid) - 1
    still, groups = _groups(at, last)
    free = sum(last - min(at[row] for row in rows) for rows in groups)
    return bool(len(still)) + free + (last if method.states is held else 0)


def film(
    net: DDPM, method: Method, pair: Pair, codes: Sequence[Tensor], starts: Sequence[float], settings: Settings
) -> Iterator[Drawn]:
    """Yield the pictures at `starts`, each in [0, 1], step by step and group by group; first those that need no step.

    `noise` is the standard deviation, at the seam, of what the network takes for noise where the chain is let go: NaN
    for a start of 0 and for a mask without a border. Raises ValueError for a start out of range.
    """
    total = passes(net, method, starts, settings)
    return _film(net, method, pair, codes, starts, settings, total)


@torch.no_grad()
def _film(
    net: DDPM,
    method: Method,
    pair: Pair,
    codes: Sequence[Tensor],
    starts: Sequence[float],
    settings: Settings,
    total: int,
) -> Iterator[Drawn]:
    grid, done, nothing = grid_of(net, method, settings), 0, to_uint8(pair.a[None][:0])
    for states in method.states(net, pair, codes, starts, settings):
        if states is None:
            done += 1
            yield Drawn(done, total, np.zeros(0, int), nothing, None, False)
    at, last = entries(grid, starts, settings), len(grid) - 1
    still, groups = _groups(at, last)
    if len(still):
        done += 1
        yield Drawn(done, total, still, to_uint8(states[still]), np.full(len(still), np.nan), True)
    for rows in groups:
        filled = [int(rows[min(i, len(rows) - 1)]) for i in range(GROUP)]
        for x, left, ready in _free(net, method, pair, states[filled], [at[i] for i in filled], grid, settings):
            done += 1
            yield Drawn(done, total, rows, to_uint8(x[: len(rows)]), left[: len(rows)], ready)


def _groups(at: Sequence[int], last: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """The rows that are at the end of the chain already, and the others in groups."""
    entered = np.flatnonzero(np.array(at) < last)
    return np.flatnonzero(np.array(at) == last), [entered[i : i + GROUP] for i in range(0, len(entered), GROUP)]


def _free(
    net: DDPM, method: Method, pair: Pair, states: Tensor, at: list[int], grid: list[int], settings: Settings
) -> Iterator[tuple[Tensor, np.ndarray, bool]]:
    """Run a group of chains side by side, each from its own entry on; until then its row waits."""
    denoise, last = denoiser(net, settings, len(at), clip=not method.codes), len(grid) - 1
    entered = torch.tensor(at, device=states.device).view(-1, 1, 1, 1)
    x, shown, left = states, pair.collage, np.full(len(at), np.nan)
    for i in range(min(at), last):
        x0 = denoise(x, grid[i])
        after, eps = step(net.schedule, x, x0, grid[i], grid[i + 1])
        left = np.where(np.array(at) == i, strength(eps, pair), left)
        x, shown = torch.where(entered <= i, after, x), torch.where(entered <= i, x0, shown)
        yield shown, left, i + 1 == last
