"""What a discriminator thinks of pictures, where it looks, and what it would rather see."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engines.images import to_tensor, to_uint8
from engines.introspect.space import Space

BATCH = 4  # a discriminator that compares the pictures of a batch was trained on groups of four


@dataclass(frozen=True)
class Opinion:
    """Of B pictures: `score` `(B,)`, high for real; `saliency` `(B, H, W)`, the largest |∂score/∂x| of the colours.

    `wanted`, uint8 `(B, H, W, 3)`, is each picture after one step along its gradient, `after` `(B,)` its score then.
    """

    score: np.ndarray
    saliency: np.ndarray
    wanted: np.ndarray
    after: np.ndarray


def opinions(space: Space, pictures: np.ndarray, step: float) -> Iterator[Opinion]:
    """Ask about pictures, uint8 `(N, H, W, 3)`, four at a time.

    `step` is how far the wanted picture is from the picture: the root mean square of the change, in [-1, 1] units.
    """
    for start in range(0, len(pictures), BATCH):
        yield _ask(space, to_tensor(pictures[start : start + BATCH]).to(space.gan.device), step)


@torch.no_grad()
def scores(space: Space, pictures: Tensor) -> np.ndarray:
    """What it says of pictures `(N, 3, H, W)`, judged in groups of four; `(N,)`."""
    return torch.cat([space.score(part).float() for part in pictures.split(BATCH)]).cpu().numpy()


@torch.enable_grad()
def _ask(space: Space, x: Tensor, step: float) -> Opinion:
    asking = x.clone().requires_grad_()
    score = space.score(asking)
    (gradient,) = torch.autograd.grad(score.float().sum(), asking)
    size = gradient.square().mean((1, 2, 3), keepdim=True).sqrt()
    wanted = (x + step * gradient / size.clamp(min=1e-20)).clamp(-1, 1)
    return Opinion(
        score=score.detach().float().cpu().numpy(),
        saliency=gradient.abs().amax(1).float().cpu().numpy(),
        wanted=to_uint8(wanted),
        after=scores(space, wanted),
    )
