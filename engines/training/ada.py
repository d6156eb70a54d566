"""Adaptive discriminator augmentation: the discriminator sees only changed pictures, changed as often as it needs.

Karras et al., 2020, "Training generative adversarial networks with limited data". Real and generated pictures go
through the same pipeline; the probability p follows how far the discriminator knows its training pictures by heart.
"""

from collections.abc import Collection

import torch
from torch import Generator, Tensor

from engines.training.transformations import COLOUR, GEOMETRY, Chance, chance, colours, geometry
from engines.training.warps import recolour, warp

TRANSFORMATIONS = (*dict(GEOMETRY), *dict(COLOUR), "noise", "cutout")
# Upside-down, negative or green cats are too easily learned as cats when p is high or the run short.
FACES = tuple(name for name in TRANSFORMATIONS if name not in ("quarter turn", "negative", "hue", "noise", "cutout"))


def augment(images: Tensor, p: float, draw: Generator, names: Collection[str] = FACES) -> Tensor:
    """Apply each of `names`, in a fixed order, to each picture of `(B, 3, H, H)` in [-1, 1] with probability `p`.

    Differentiable once in the pictures, which p = 0 returns as they are; float32. The same `draw` with a larger p makes
    the same changes and more. Values may leave [-1, 1] a little, as in the paper.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p is {p:g}; a probability lies between 0 and 1.")
    unknown = set(names) - set(TRANSFORMATIONS)
    if unknown:
        raise ValueError(
            f"Unknown transformations: {', '.join(sorted(unknown))}; there are {', '.join(TRANSFORMATIONS)}."
        )
    if p == 0:
        return images
    with torch.autocast(images.device.type, enabled=False):  # in half precision a move would miss by half a pixel
        return _augmented(images.float(), p, draw, names)


def _augmented(images: Tensor, p: float, draw: Generator, names: Collection[str]) -> Tensor:
    batch, _, _, size = images.shape
    inverse = geometry(batch, size, p, draw, names).to(images.device)
    moved = (inverse != torch.eye(3).to(inverse)).flatten(1).any(1)
    if moved.any():
        images = images.index_put((moved,), warp(images[moved], inverse[moved]))
    if any(name in names for name, _ in COLOUR):
        images = recolour(images, colours(batch, p, draw, names).to(images.device))
    if "noise" in names:
        images = _noisy(images, p, *chance(batch, size, draw), draw)
    if "cutout" in names:
        images = _cut(images, p, *chance(batch, size, draw))
    return images


def _noisy(images: Tensor, p: float, gate: Tensor, how: Chance, draw: Generator) -> Tensor:
    """Pixel noise of a standard deviation that is itself half-normal, with σ 0.1."""
    strength = torch.where(gate < p, 0.1 * how.z[0].abs(), 0.0)[:, None, None, None]
    return images + (strength * torch.randn(images.shape, generator=draw)).to(images)


def _cut(images: Tensor, p: float, gate: Tensor, how: Chance) -> Tensor:
    """Grey in a square of half the picture's side, anywhere."""
    pixel = (torch.arange(how.size) + 0.5) / how.size
    rows, columns = ((pixel - u[:, None]).abs() < 0.25 for u in how.u)  # (B, H) each
    hole = rows[:, None, :, None] & columns[:, None, None, :] & (gate < p)[:, None, None, None]
    return images.masked_fill(hole.to(images.device), 0)


class Adaptive:
    """The probability p, moved every few batches so that r = mean sign(D(real)) stays at `target`.

    `images` is how many real pictures take p from 0 to 1; the paper's 500,000 is too slow for runs of that length.
    p stays below `cap`, above which changes start to show in generated pictures.
    """

    def __init__(self, target: float = 0.6, images: int = 500_000, every: int = 4, cap: float = 0.8) -> None:
        if images < 1 or every < 1 or not 0 <= cap <= 1:
            raise ValueError(f"images {images} and every {every} must be at least 1, cap {cap:g} between 0 and 1.")
        self.target = target
        self.images = images
        self.every = every
        self.cap = cap
        self.p = 0.0
        self.r = 0.0  # at the last move; near 1 the discriminator knows its pictures by heart, at 0 it guesses
        self._signs = self._seen = self._batches = 0

    def observe(self, real_logits: Tensor) -> float:
        """Count what the discriminator said of a batch of real pictures, augmented, `(B,)`; returns p."""
        self._signs += float(real_logits.detach().sign().sum())
        self._seen += real_logits.numel()
        self._batches += 1
        if self._batches == self.every:
            self.r = self._signs / self._seen
            step = self._seen / self.images
            self.p = min(self.cap, max(0.0, self.p + (step if self.r > self.target else -step)))
            self._signs = self._seen = self._batches = 0
        return self.p

    def state_dict(self) -> dict[str, float]:
        """What `load_state_dict` needs to go on exactly."""
        return {"p": self.p, "r": self.r, "signs": self._signs, "seen": self._seen, "batches": self._batches}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on where `state` was taken."""
        self.p, self.r = state["p"], state["r"]
        self._signs, self._seen, self._batches = state["signs"], state["seen"], state["batches"]
