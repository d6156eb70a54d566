"""A denoiser maps a noisy picture and its step to the picture it predicts; guidance is a denoiser that holds one."""

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn

from engines.diffusion.schedules import Schedule

PREDICTIONS = ("eps", "x0", "v")


class Denoiser(Protocol):
    """What every sampler needs."""

    schedule: Schedule

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        """The predicted x0, `(B, C, H, W)`, for the pictures `x_t` at step t in [0, T)."""
        ...


@dataclass(frozen=True)
class NetDenoiser:
    """A trained network as a denoiser, for one class per picture or none (`label` None).

    `clip` keeps the predicted x0 in [-1, 1], which pixels are, and latents are not.
    """

    net: nn.Module
    schedule: Schedule
    prediction: str
    label: Tensor | None = field(default=None)
    clip: bool = True

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        """See `Denoiser`."""
        steps = torch.full((len(x_t),), t, device=x_t.device)
        output = self.net(x_t, steps, self.label) if self.label is not None else self.net(x_t, steps)
        x0 = self.schedule.predict_x0(x_t, t, output.float(), self.prediction)
        return x0.clamp(-1, 1) if self.clip else x0


@dataclass(frozen=True)
class Between:
    """Two denoisers, mixed on the predicted x0: (1 − u) a + u b, with a `share` u, `(B, 1, 1, 1)`, of each picture."""

    a: Denoiser
    b: Denoiser
    share: Tensor

    @property
    def schedule(self) -> Schedule:
        """The schedule of both denoisers."""
        return self.a.schedule

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        """See `Denoiser`."""
        return (1 - self.share) * self.a(x_t, t) + self.share * self.b(x_t, t)


@dataclass(frozen=True)
class Guided:
    """Classifier-free guidance (Ho & Salimans, 2022, eq. 6): null + w (conditional − null), on the predicted x0.

    On x0 it is the same as on ε, since at one x_t each is an affine map of the other. `rescale` pulls the spread of the
    result back towards the conditional's (Lin et al., 2024, eqs. 15 and 16), 0 not at all and 1 fully.
    """

    conditional: Denoiser
    null: Denoiser
    w: float
    rescale: float = 0.0
    clip: bool = True

    @property
    def schedule(self) -> Schedule:
        """The schedule of both denoisers."""
        return self.conditional.schedule

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        """See `Denoiser`."""
        conditional, null = self.conditional(x_t, t), self.null(x_t, t)
        x0 = null + self.w * (conditional - null)
        if self.rescale:
            matched = x0 * conditional.std((1, 2, 3), keepdim=True) / x0.std((1, 2, 3), keepdim=True)
            x0 = self.rescale * matched + (1 - self.rescale) * x0
        return x0.clamp(-1, 1) if self.clip else x0
