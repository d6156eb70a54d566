"""What each side of a GAN minimises: pairs of losses by name, on logits or, for the oldest, on probabilities."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def hinge(real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's hinge loss (Lim & Ye, 2017): push real logits above 1 and generated ones below −1."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def raise_logits(fake: Tensor) -> Tensor:
    """The generator's side of the hinge loss: raise the logits of what it draws."""
    return -fake.mean()


def logistic(real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's logistic loss (Goodfellow et al., 2014, eq. 1), on logits."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def non_saturating(fake: Tensor) -> Tensor:
    """The generator's non-saturating loss (Goodfellow et al., 2014, section 3), on logits."""
    return F.softplus(-fake).mean()


def cross_entropy(real: Tensor, fake: Tensor) -> Tensor:
    """The same as `logistic` on probabilities in [0, 1], whose gradient vanishes once a sigmoid is saturated."""
    return F.binary_cross_entropy(real, torch.ones_like(real)) + F.binary_cross_entropy(fake, torch.zeros_like(fake))


def taken_for_real(fake: Tensor) -> Tensor:
    """The same as `non_saturating` on probabilities in [0, 1]."""
    return F.binary_cross_entropy(fake, torch.ones_like(fake))


def apart(seen: Sequence[Tensor]) -> Tensor:
    """The mean distance between neighbours in a batch, in each of the maps `(B, …)` that were seen: `(maps,)`."""
    return torch.stack([(h - h.roll(1, 0)).float().abs().mean() for h in seen])


def too_close(fake: Tensor, real: Tensor) -> Tensor:
    """By how much generated pictures are more alike than real ones: the mean missing share, 0 once they differ as much.

    A generator that draws one good picture whatever the latent fools a judge that sees pictures one by one. After mode
    seeking (Mao et al., 2019), but bounded by what real pictures do.
    """
    return F.relu(1 - fake / real).mean()


LOSSES: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "hinge": (hinge, raise_logits),
    "logistic": (logistic, non_saturating),
    "probability": (cross_entropy, taken_for_real),
}
