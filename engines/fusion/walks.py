"""Walks through key frames: from one seed to the next, and with it classes, truncation and the faders of skips."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from engines.diffusion.denoiser import Between, Denoiser
from engines.diffusion.model import DDPM
from engines.diffusion.samplers import SAMPLERS
from engines.diffusion.schedules import timesteps
from engines.fusion.mixes import lerp, slerp
from engines.images import to_uint8
from engines.introspect import skips, styles
from engines.introspect.blocks import blocks, joints
from engines.introspect.capture import Edit
from engines.introspect.changed import changed
from engines.introspect.skips import Faders
from engines.introspect.space import Space
from engines.introspect.styles import Style
from engines.models.gan import GAN, StyleGAN
from engines.noise import NoiseSource, noise

BATCH = 8  # pictures in one network call


@dataclass(frozen=True)
class Key:
    """A key frame: a seed, a class by number or None, truncation, and how loud backbone and skips are (see `Faders`).

    A GAN reads the first three, a diffusion model all but truncation.
    """

    seed: int
    label: int | None = None
    psi: float = 1.0
    backbone: float = 1.0
    skips: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Walked:
    """`done` of `total` steps; of the frames `at`, `(B,)`, the pictures so far, uint8 `(B, H, W, C)`, until `ready`."""

    done: int
    total: int
    at: np.ndarray
    pictures: np.ndarray
    ready: bool


def latents(net: GAN, keys: Sequence[Key], places: Sequence[float], style: Style) -> Iterator[Walked]:
    """Yield the pictures of a GAN at `places`, (F,), 0 at the first key frame, 1 at the second, a few at a time.

    Styles w are mixed straight, z along the sphere, ψ straight; `style` gives cutoff and noise. Raises ValueError at
    the call for no key frames and places beyond them.
    """
    parts = batches(len(keys), places)
    return _latents(net, keys, np.asarray(places, float), parts, style)


@torch.no_grad()
def _latents(
    net: GAN, keys: Sequence[Key], places: np.ndarray, parts: list[np.ndarray], style: Style
) -> Iterator[Walked]:
    codes, mix = [_code(net, key) for key in keys], lerp if isinstance(net, StyleGAN) else slerp
    for i, at in enumerate(parts, 1):
        a, b, u = _between(len(keys), places[at])
        psis = np.interp(places[at], range(len(keys)), [key.psi for key in keys])
        mixed = mix(codes[a], codes[b], u.tolist())  # (B, …)
        pulled = torch.cat([_pulled(net, code[None], psi, style) for code, psi in zip(mixed, psis, strict=True)])
        yield Walked(i, len(parts), at, to_uint8(styles.draw(net, pulled, replace(style, psi=1.0))), True)


def chains(
    model: DDPM,
    keys: Sequence[Key],
    places: Sequence[float],
    *,
    sampler: str = "dpmpp",
    steps: int = 20,
    eta: float = 0.0,
    guidance: float = 1.0,
) -> Iterator[Walked]:
    """Yield the pictures of a diffusion model at `places`, as `latents` does, after every network step.

    Noises are mixed along the sphere, so that each is as long as noise is; between two classes the predictions are
    mixed, and faders straight. Fresh noise, where the sampler takes any, is that of the first seed all along.
    Raises ValueError or LookupError at the call for what is not allowed.
    """
    if sampler not in SAMPLERS:
        raise ValueError(f"Unknown sampler {sampler!r}; allowed: {', '.join(SAMPLERS)}.")
    times = timesteps(model.schedule.steps, steps)
    parts = batches(len(keys), places)
    for key in keys:
        skips.edits(model, Faders(key.backbone, key.skips))
        _denoiser(model, key, guidance, 1)

    def walk() -> Iterator[Walked]:
        done, total = 0, len(parts) * len(times)
        for at in parts:
            a, b, u = _between(len(keys), np.asarray(places, float)[at])
            x = slerp(*(noise([keys[k].seed], model.shape)[0] for k in (a, b)), u.tolist()).to(model.device)
            fresh = NoiseSource([keys[0].seed] * len(at))
            chain = SAMPLERS[sampler](_class(model, keys[a], keys[b], guidance, u), x, times, eta, fresh)
            for step in changed(model, chain, inputs=_fading(model, keys[a], keys[b], u)):
                done += 1
                yield Walked(done, total, at, to_uint8(step.x0), step.t < 0)

    return walk()


def batches(keys: int, places: Sequence[float]) -> list[np.ndarray]:
    """The frames of each network call, `(B,)`: a few in a row, none of which crosses a key frame.

    Raises ValueError for no key frames and places beyond them.
    """
    if not keys:
        raise ValueError("A walk needs a key frame.")
    wrong = [place for place in places if not 0 <= place <= keys - 1]
    if wrong:
        raise ValueError(f"A frame is at {wrong[0]:g}; {keys} key frames allow 0 to {keys - 1}.")
    legs = [min(int(place), max(keys - 2, 0)) for place in places]
    runs = [np.array([i for i, _ in run]) for _, run in groupby(enumerate(legs), key=lambda pair: pair[1])]
    return [run[i : i + BATCH] for run in runs for i in range(0, len(run), BATCH)]


def _between(keys: int, places: np.ndarray) -> tuple[int, int, np.ndarray]:
    """The key frames around places of one leg, and how far each place is from the one to the other."""
    a = min(int(places[0]), max(keys - 2, 0))
    return a, min(a + 1, keys - 1), places - a


def _code(net: GAN, key: Key) -> Tensor:
    """What steers the picture of a key frame: styles `(layers, w_dim)`, or z `(z_dim,)`."""
    return Space(net, key.label).latents([key.seed])[0] if isinstance(net, StyleGAN) else net.z([key.seed])[0]


def _pulled(net: GAN, code: Tensor, psi: float, style: Style) -> Tensor:
    """One latent, truncated."""
    return net.generator.mapping.truncate(code, psi, style.cutoff) if isinstance(net, StyleGAN) else psi * code


def _denoiser(model: DDPM, key: Key, guidance: float, number: int) -> Denoiser:
    return model.denoiser(None, 1.0) if key.label is None else model.denoiser([key.label] * number, guidance)


def _class(model: DDPM, a: Key, b: Key, guidance: float, u: np.ndarray) -> Denoiser:
    """The denoiser of the class that both key frames have, or from the one's to the other's."""
    first = _denoiser(model, a, guidance, len(u))
    if a.label == b.label:
        return first
    share = torch.from_numpy(u).float().to(model.device).view(-1, 1, 1, 1)
    return Between(first, _denoiser(model, b, guidance, len(u)), share)


def _fading(model: DDPM, a: Key, b: Key, u: np.ndarray) -> dict[str, Edit]:
    """The hooks that fade each picture of a batch by its own factors; none where nothing is faded."""
    found, share = {}, torch.from_numpy(u).float().to(model.device).view(-1, 1, 1, 1)
    for block in joints(blocks(model)):
        ends = [(key.backbone, key.skips.get(block.name, 1.0)) for key in (a, b)]
        if ends != [(1.0, 1.0)] * 2:
            backbone, skip = (p + (q - p) * share for p, q in zip(*ends, strict=True))
            found[block.name] = _faded(block.backbone, backbone, skip)
    return found


def _faded(at: int, backbone: Tensor, skip: Tensor) -> Edit:
    return lambda x: torch.cat([x[:, :at] * backbone, x[:, at:] * skip], dim=1)  # (B, backbone + skip, h, w)
