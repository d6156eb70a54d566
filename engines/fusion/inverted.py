"""Fusion of noises: each picture is led back to the noise that it came from, and the noises are mixed."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from torch import Tensor

from engines.diffusion.editing import invert
from engines.diffusion.model import DDPM
from engines.diffusion.samplers import ddim
from engines.diffusion.schedules import timesteps
from engines.fusion.mixes import lerp, renormalised, slerp
from engines.fusion.ways import Encoding, Mix, Parent, Settings, Way
from engines.images import to_tensor
from engines.noise import NoiseSource

Line = Callable[[Tensor, Tensor, Sequence[float]], Tensor]


def times(net: DDPM, settings: Settings) -> list[int]:
    """The whole grid, but for a first step at which nothing of the picture is left to be led back to."""
    grid = timesteps(net.schedule.steps, settings.steps)
    return [t for t in grid if t < 0 or net.schedule.alpha_bar[t] > 0]


def encode(net: DDPM, parent: Parent, settings: Settings) -> Iterator[Encoding]:
    """Invert one picture; its code is the noise x_T, `(C, H, W)`. As on the way back, no prediction is clipped."""
    x0 = to_tensor(parent.picture[None]).to(net.device)
    labels = None if settings.label is None else [settings.label]
    total = 2 * settings.steps + 12  # two rounds a step, and more at both ends
    step = None
    for done, step in enumerate(invert(net.denoiser(labels, clip=False), x0, times(net, settings)), 1):
        yield Encoding(done, max(total, done + 1), step.x0[0])
    yield Encoding(done + 1, done + 1, x0[0], step.x_t[0])


def mix(line: Line, net: DDPM, a: Tensor, b: Tensor, lams: Sequence[float], settings: Settings) -> Mix:
    """The noises between two noises."""
    states = line(a, b, lams)
    return Mix(states, states.flatten(1).std(1).cpu().numpy())


def decode(net: DDPM, x_t: Tensor, settings: Settings) -> Iterator[Tensor]:
    """The deterministic chain, DDIM with η = 0, from each noise to its picture."""
    labels = None if settings.label is None else [settings.label] * len(x_t)
    chain = ddim(net.denoiser(labels, clip=False), x_t, times(net, settings), 0.0, NoiseSource([0] * len(x_t)))
    next(chain)
    for step in chain:
        yield step.x_t if step.t < 0 else step.x0


def _way(line: Line, title: str, says: str) -> Way:
    return Way(title, says, "noise", encode, partial(mix, line), decode, _passes, ("steps", "label"))


def _passes(net: DDPM, settings: Settings) -> int:
    return len(times(net, settings)) - 1


WAYS = {
    "lerp": _way(
        lerp, "Inverted, straight", "The two noises are mixed straight: the middle has too little noise and blurs."
    ),
    "renormalised": _way(renormalised, "Inverted, straight, stretched", "The same, stretched to the length of noise."),
    "slerp": _way(slerp, "Inverted, along the sphere", "Between the two noises along the sphere on which noise lies."),
}
