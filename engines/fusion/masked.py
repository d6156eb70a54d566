"""Fusion by regions: parts of two cats under a mask, of which the end of a chain makes one cat.

Each method lays out a state of the chain for every `start`, the share that is left to run: at 0 that is the collage of
the two pictures, at 1 what is left of them in pure noise. From there the deterministic chain runs free, and the seam
heals as far as the network makes one cat of what it is given.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engines.diffusion.denoiser import Denoiser
from engines.diffusion.editing import fuse_noised, invert
from engines.diffusion.model import DDPM
from engines.diffusion.schedules import Schedule, timesteps
from engines.fusion import inverted
from engines.fusion.regions import Pair
from engines.fusion.ways import Encoding, Parent, Settings
from engines.images import to_tensor
from engines.noise import noise

States = Callable[[DDPM, Pair, Sequence[Tensor], Sequence[float], Settings], Iterator[Tensor | None]]


@dataclass(frozen=True)
class Method:
    """One way to fuse by a mask.

    `states` yields None after each network step that it takes and at last the state at each start, `(S, C, H, W)`.
    With `codes` it wants the `path` of both parents; only then are predictions not kept in the range of pictures.
    """

    title: str
    says: str
    states: States
    codes: bool = False


def in_noise(
    net: DDPM, pair: Pair, codes: Sequence[Tensor], starts: Sequence[float], settings: Settings
) -> Iterator[Tensor]:
    """Both pictures with one shared noise, mixed pixel by pixel (SDEdit, Meng et al., 2022, of a collage)."""
    grid = timesteps(net.schedule.steps, settings.steps)
    eps = noise([settings.seed], net.shape).to(pair.a)
    a, b, mask = pair.a[None], pair.b[None], pair.mask[None]
    at = entries(grid, starts, settings)
    yield torch.cat([fuse_noised(net.schedule, a, b, mask, grid[i], eps, eps, "shared") for i in at])


@torch.no_grad()
def held(
    net: DDPM, pair: Pair, codes: Sequence[Tensor], starts: Sequence[float], settings: Settings
) -> Iterator[Tensor | None]:
    """One chain from pure noise that is held, at every step, to each parent inside its region.

    Only the seam is drawn, to fit both sides (Avrahami et al., 2022, algorithm 2; Lugmayr et al., 2022, eq. 8). What is
    held has the noise that the chain began with, at every step the same, so that neighbours in a film agree.
    """
    grid = timesteps(net.schedule.steps, settings.steps)
    eps = noise([settings.seed], net.shape).to(pair.a)
    denoise, x, met = denoiser(net, settings, 1), eps, []
    for i, t in enumerate(grid):
        x = torch.where(pair.seam, x, net.schedule.q_sample(pair.cut[None], t, eps))
        met.append(x)
        if t >= 0:
            x, _ = step(net.schedule, x, denoise(x, t), t, grid[i + 1])
            yield None
    yield torch.cat([met[i] for i in entries(grid, starts, settings)])


def path(net: DDPM, parent: Parent, starts: Sequence[float], settings: Settings) -> Iterator[Encoding]:
    """Lead a picture back to its noise; the code, `(S, 2, C, H, W)`, is predicted x0 and noise at each start."""
    x0 = to_tensor(parent.picture[None]).to(net.device)
    grid = inverted.times(net, settings)
    total, last = 2 * settings.steps + 12, {}
    for done, step in enumerate(invert(denoiser(net, settings, 1, clip=False), x0, grid), 1):
        last[step.t] = step
        yield Encoding(done, max(total, done + 1), step.x0[0])
    code = {-1: torch.cat([x0, torch.zeros_like(x0)])}
    for t, step in last.items():  # x_t was mended after its prediction was made: what is not picture is noise
        a = net.schedule.at(t, x0)
        code[t] = torch.cat([step.x0, (step.x_t - a.sqrt() * step.x0) / (1 - a).sqrt()])
    kept = [code[grid[i]] for i in entries(grid, starts, settings)]
    yield Encoding(done + 1, done + 1, x0[0], torch.stack(kept))


def along_the_sphere(
    net: DDPM, pair: Pair, codes: Sequence[Tensor], starts: Sequence[float], settings: Settings
) -> Iterator[Tensor]:
    """Both pictures on their ways back to noise: what is picture there is mixed straight, noise by `mixed_noise`."""
    grid, found = inverted.times(net, settings), []
    for i, a, b in zip(entries(grid, starts, settings), *codes, strict=True):
        x0 = (1 - pair.mask) * a[0] + pair.mask * b[0]
        found.append(net.schedule.q_sample(x0[None], grid[i], mixed_noise(a[1], b[1], pair.mask)[None]))
    yield torch.cat(found)


def mixed_noise(eps_a: Tensor, eps_b: Tensor, mask: Tensor) -> Tensor:
    """√(1 − m) ε_a + √m ε_b, over √(1 + 2 √(m (1 − m)) ρ): at every pixel as strong as two equally strong noises.

    ρ is their correlation, about 0 for two cats and 1 for one and the same; it is taken to be 0 at least.
    """
    rho = ((eps_a * eps_b).sum() / (eps_a.norm() * eps_b.norm()).clamp(min=1e-12)).clamp(min=0)
    length = (1 + 2 * (mask * (1 - mask)).sqrt() * rho).sqrt()
    return ((1 - mask).sqrt() * eps_a + mask.sqrt() * eps_b) / length


def by_halves(pair: Pair, code_a: Tensor, code_b: Tensor) -> np.ndarray:
    """What is left of the noise where both own a pixel, the mask from ¼ to ¾: its standard deviation at each start.

    `(S, 2)`: mixed as `mixed_noise` does, and straight, (1 − m) ε_a + m ε_b. NaN for a mask without such pixels.
    """
    both = ((pair.mask > 0.25) & (pair.mask < 0.75))[0]
    if not both.any():
        return np.full((len(code_a), 2), np.nan)
    full = torch.stack([mixed_noise(a, b, pair.mask) for a, b in zip(code_a[:, 1], code_b[:, 1], strict=True)])
    straight = (1 - pair.mask) * code_a[:, 1] + pair.mask * code_b[:, 1]
    return torch.stack([eps[:, :, both].flatten(1).std(1) for eps in (full, straight)], dim=1).cpu().numpy()


def strength(eps: Tensor, pair: Pair) -> np.ndarray:
    """The standard deviation of each of the noises `(S, C, H, W)` at the seam, `(S,)`; NaN without a seam."""
    seam = pair.seam
    return eps[:, :, seam].flatten(1).std(1).cpu().numpy() if seam.any() else np.full(len(eps), np.nan)


METHODS = {
    "noise": Method("In noise", "The collage gets noise, and the rest of the chain takes it away again.", in_noise),
    "held": Method(
        "Held to its owner",
        "Step by step each region is held to its cat and only the seam is drawn; then the chain runs free.",
        held,
    ),
    "sphere": Method(
        "Inverted noises",
        "Each cat is led back towards the noise that it came from; the mask mixes the noises at full strength.",
        along_the_sphere,
        codes=True,
    ),
}


def entries(grid: Sequence[int], starts: Sequence[float], settings: Settings) -> list[int]:
    """Where in `grid`, falling to −1, a chain enters that has each share of `settings.steps` to run.

    Raises ValueError for a start outside [0, 1].
    """
    for start in starts:
        if not 0 <= start <= 1:
            raise ValueError(f"start is {start:g}; allowed: 0 (the collage) to 1 (pure noise).")
    last = len(grid) - 1
    return [max(0, last - max(start > 0, round(start * settings.steps))) for start in starts]


def step(schedule: Schedule, x: Tensor, x0: Tensor, t: int, s: int) -> tuple[Tensor, Tensor]:
    """DDIM with η = 0 (Song et al., 2021, eq. 12) from t to s; also the noise that `x0` leaves."""
    eps, a_s = schedule.predict_eps(x, t, x0), schedule.at(s, x)
    return a_s.sqrt() * x0 + (1 - a_s).sqrt() * eps, eps


def grid_of(net: DDPM, method: Method, settings: Settings) -> list[int]:
    """The steps of a whole chain, falling to −1; noise that shows nothing has no way back, and is left out there."""
    return inverted.times(net, settings) if method.codes else timesteps(net.schedule.steps, settings.steps)


def denoiser(net: DDPM, settings: Settings, number: int, clip: bool = True) -> Denoiser:
    """A denoiser for `number` pictures of the class asked for."""
    return net.denoiser(None if settings.label is None else [settings.label] * number, clip=clip)
