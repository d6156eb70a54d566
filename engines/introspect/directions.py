"""Directions in which a generator's pictures change, found without labels.

SeFa: Shen & Zhou, 2021, "Closed-form factorization of latent semantics in GANs". GANSpace: Härkönen et al., 2020,
"GANSpace: discovering interpretable GAN controls".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import Tensor

from engines.images import to_uint8
from engines.introspect.space import Space
from engines.metrics.features import pooled

METHODS = ("sefa", "ganspace")
SAMPLES = 1024
FIRST_SEED = 1_000_000  # of the latents looked at, away from those that people pick


@dataclass(frozen=True)
class Directions:
    """`vectors` `(K, D)`, each of length 1, the strongest first; `shares` `(K,)` of all that varies, at most 1 in sum.

    `units` `(K,)` is one standard deviation of the latents along each vector: a step of 1. `first` and `last` are the
    layers whose latents a step moves.
    """

    method: str
    vectors: np.ndarray
    shares: np.ndarray
    units: np.ndarray
    first: int
    last: int


@dataclass(frozen=True)
class Strip:
    """Pictures, uint8 `(S, H, W, 3)`, of one seed along a direction at `offsets`, `(S,)`, in standard deviations.

    `effect` is the distance in EfficientNet-Lite0's features of a step of 1, the mean over `n` seeds.
    """

    pictures: np.ndarray
    offsets: np.ndarray
    effect: float
    n: int


def sefa(maps: Tensor, number: int) -> tuple[np.ndarray, np.ndarray]:
    """The latent directions that change what `maps`, `(outputs, D)`, gives most: eigenvectors of AᵀA (eq. 6).

    Returns orthonormal `(number, D)` and the share of each in the sum of all eigenvalues, `(number,)`.
    """
    a = maps.detach().double()
    values, vectors = torch.linalg.eigh(a.T @ a)  # ascending
    shares = values.flip(0).clamp(min=0) / values.clamp(min=0).sum()
    return _signed(vectors.T.flip(0)[:number].cpu().numpy()), shares[:number].cpu().numpy().astype(np.float32)


def principal(latents: Tensor, number: int) -> tuple[np.ndarray, np.ndarray]:
    """The principal components of latents, `(N, D)`: GANSpace for generators with styles (section 2.1)."""
    pca = PCA(number, svd_solver="full").fit(latents.double().cpu().numpy())
    return _signed(pca.components_), pca.explained_variance_ratio_.astype(np.float32)


def regressed(features: Tensor, z: Tensor, number: int) -> tuple[np.ndarray, np.ndarray]:
    """The principal components of features, `(N, F)`, carried back to `z`, `(N, D)`, by least squares (section 2.2)."""
    pca = PCA(number, svd_solver="randomized", random_state=0)
    at = pca.fit_transform(features.float().cpu().numpy())  # (N, number)
    back = np.linalg.lstsq(at.astype(np.float64), z.double().cpu().numpy(), rcond=None)[0]  # (number, D)
    length = np.linalg.norm(back, axis=1, keepdims=True)
    return _signed(back / np.maximum(length, 1e-12)), pca.explained_variance_ratio_.astype(np.float32)


@torch.no_grad()
def directions(space: Space, method: str, number: int = 8, first: int = 0, last: int | None = None) -> Directions:
    """Find `number` directions by `sefa` or `ganspace` for the layers `first` to `last`.

    GANSpace sees the same w whatever the layers; where there is no w it looks at the first feature map.
    Raises ValueError for another method, too many directions or layers that are not there.
    """
    maps = space.maps(first, last)
    last = len(space.layers) - 1 if last is None else last
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; allowed: {', '.join(METHODS)}.")
    if not 1 <= number <= maps.shape[1]:
        raise ValueError(f"{number} directions; allowed: 1 to {maps.shape[1]}, the latent's numbers.")
    latents = space.latents(range(FIRST_SEED, FIRST_SEED + SAMPLES))
    flat = latents[:, 0]
    if method == "sefa":
        vectors, shares = sefa(maps, number)
    elif space.styles:
        vectors, shares = principal(flat, number)
    else:
        vectors, shares = regressed(space.features(latents), flat, number)
    return Directions(method, vectors, shares, deviation(flat, vectors), first, last)


def deviation(latents: Tensor, vectors: np.ndarray) -> np.ndarray:
    """The standard deviation of latents `(N, D)` along each of `vectors`, `(K, D)`; `(K,)`."""
    along = latents.double().cpu().numpy() @ vectors.T.astype(np.float64)
    return along.std(0).astype(np.float32)


@torch.no_grad()
def moved(
    space: Space, latents: Tensor, vector: np.ndarray, unit: float, offsets: Sequence[float], first: int, last: int
) -> Tensor:
    """One latent, `(1, layers, D)`, moved to each of `offsets` in layers `first` to `last`: `(S, layers, D)`."""
    step = torch.zeros(1, *latents.shape[1:], device=latents.device)
    step[:, first : last + 1] = torch.from_numpy(vector * unit).to(latents)
    return space.on_shell(latents + torch.tensor(offsets, device=latents.device)[:, None, None] * step)


@torch.no_grad()
def strip(
    space: Space, latents: Tensor, vector: np.ndarray, unit: float, offsets: Sequence[float], first: int, last: int
) -> Strip:
    """Walk along a direction from each of `latents`, `(N, layers, D)`; the first is shown, all of them are measured."""
    shown, steps = None, []
    for latent in latents:
        at = moved(space, latent[None], vector, unit, offsets, first, last)
        pictures = space.pictures(at)
        shown = pictures if shown is None else shown
        steps.append(distances(pictures) / np.diff(offsets))
    return Strip(to_uint8(shown), np.array(offsets, np.float32), float(np.mean(steps)), len(steps))


def distances(pictures: Tensor) -> np.ndarray:
    """How far each picture of `(S, 3, H, W)` is from the one before in EfficientNet-Lite0's features, `(S − 1,)`."""
    seen = pooled(pictures.clamp(-1, 1)).double()
    return (seen[1:] - seen[:-1]).norm(dim=1).cpu().numpy()


def _signed(vectors: np.ndarray) -> np.ndarray:
    """A vector and its negative are one direction: the largest entry of each row is made positive."""
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(1)[:, None], 1)
    return (vectors * np.where(largest < 0, -1, 1)).astype(np.float32)
