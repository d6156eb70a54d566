"""Fusion in noise: both pictures are noised to one step, mixed there, and denoised together.

The way of `interpolate` in denoising-diffusion-pytorch, which a student's report calls `p_sample_loop2`, is here as it
is written, and with its noise mended in two ways.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from torch import Tensor

from engines.diffusion.editing import fuse_noised
from engines.diffusion.model import DDPM
from engines.diffusion.samplers import SAMPLERS
from engines.diffusion.schedules import timesteps
from engines.fusion.blend import pixels
from engines.fusion.mixes import column, lerp
from engines.fusion.ways import Mix, Settings, Way
from engines.noise import NoiseSource, noise

READS = ("steps", "start", "sampler", "seed", "label")
SECOND = 2  # the stream of the second picture's own noise


def times(net: DDPM, settings: Settings) -> list[int]:
    """The steps of the chain from the one that the pictures are noised to, falling to −1."""
    grid = timesteps(net.schedule.steps, settings.steps)
    return grid[settings.steps - max(1, round(settings.start * settings.steps)) :]


def mix(kind: str, net: DDPM, a: Tensor, b: Tensor, lams: Sequence[float], settings: Settings) -> Mix:
    """The two pictures, noised and mixed, and what is left of the noise."""
    t = times(net, settings)[0]
    eps_a, eps_b = (noise([settings.seed], net.shape, stream).to(a) for stream in (0, SECOND))
    x_t = fuse_noised(net.schedule, a[None], b[None], column(lams, a), t, eps_a, eps_b, kind)
    a_t = net.schedule.at(t, x_t)
    left = (x_t - a_t.sqrt() * lerp(a, b, lams)) / (1 - a_t).sqrt()
    return Mix(x_t, left.flatten(1).std(1).cpu().numpy())


def decode(late: bool, net: DDPM, x_t: Tensor, settings: Settings) -> Iterator[Tensor]:
    """Denoise the mixes; all of them get the same fresh noise, so that neighbours stay neighbours.

    If `late`, the first step is taken for t − 1, as `for i in reversed(range(0, t))` does.
    """
    grid = times(net, settings)
    if late and grid[0] > max(grid[1], 0):
        grid = [grid[0] - 1, *grid[1:]] if grid[0] - 1 > grid[1] else grid[1:]
    labels = None if settings.label is None else [settings.label] * len(x_t)
    fresh = NoiseSource(settings.seeds or [settings.seed] * len(x_t))
    chain = SAMPLERS[settings.sampler](net.denoiser(labels), x_t, grid, 0.0, fresh)
    last = None
    for step in chain:
        if last is not None:
            yield step.x_t if step.t < 0 else step.x0
        last = step


def passes(late: bool, net: DDPM, settings: Settings) -> int:
    """How many network steps `decode` takes."""
    grid = times(net, settings)
    return len(grid) - 1 - (late and grid[0] - 1 == grid[1] >= 0)


def _way(kind: str, title: str, says: str, late: bool = False) -> Way:
    return Way(
        title, says, "pixels", pixels, partial(mix, kind), partial(decode, late), partial(passes, late), READS, False
    )


WAYS = {
    "two-noises": _way(
        "independent",
        "p_sample_loop2, as written",
        "Each picture gets noise of its own; half-way the two noises cancel in part and the middle washes out.",
        late=True,
    ),
    "shared": _way("shared", "One shared noise", "Both pictures get the same noise, so it keeps its strength."),
    "rescaled": _way("rescaled", "Two noises, rescaled", "The mixed noise is divided by √(λ² + (1 − λ)²)."),
}
