"""The `ddpm` family: a U-Net, the schedule it was trained with and what it predicts, as one module."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from engines.diffusion.denoiser import PREDICTIONS, Denoiser, Guided, NetDenoiser
from engines.diffusion.schedules import Schedule, schedule
from engines.models.unet import UNet, UNetConfig


@dataclass(frozen=True)
class DDPMConfig:
    """The network and its diffusion process; together they rebuild a checkpoint."""

    unet: UNetConfig = field(default_factory=UNetConfig)
    schedule: str = "cosine"
    num_timesteps: int = 1000
    zero_terminal_snr: bool = False
    prediction: str = "v"

    def __post_init__(self) -> None:
        if self.prediction not in PREDICTIONS:
            raise ValueError(f"prediction is {self.prediction!r}; allowed: {', '.join(PREDICTIONS)}.")
        if self.zero_terminal_snr and self.prediction == "eps":
            raise ValueError(
                "Zero terminal SNR needs prediction v or x0: pure noise does not tell an ε-net its picture."
            )
        schedule(self.schedule, self.num_timesteps)


class DDPM(nn.Module):
    """A pixel diffusion model (Ho et al., 2020): `net` predicts, `schedule` says how noisy each step is."""

    def __init__(self, config: DDPMConfig) -> None:
        super().__init__()
        self.config = config
        self.net = UNet(config.unet)
        self.schedule: Schedule = schedule(config.schedule, config.num_timesteps, config.zero_terminal_snr)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one picture."""
        size = self.config.unet.image_size
        return (self.config.unet.image_channels, size, size)

    @property
    def classes(self) -> int:
        """The number of classes; 0 for an unconditional model."""
        return self.config.unet.classes

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.net.stem.weight.device

    def forward(self, x_t: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """What the network predicts, `(B, C, H, W)`, for `x_t` at steps t, `(B,)`."""
        return self.net(x_t, t, label)

    def denoiser(self, labels: Sequence[int] | None = None, guidance: float = 1.0, clip: bool = True) -> Denoiser:
        """A denoiser for one class per picture (None: without class), guided if `guidance` is not 1.

        `clip` keeps the predicted x0 in [-1, 1]; without it the deterministic chain can be walked backwards.
        Raises ValueError for a class that the model does not have, and for guidance without a class.
        """
        null = NetDenoiser(self.net, self.schedule, self.config.prediction, clip=clip)
        if labels is None:
            if guidance != 1:
                raise ValueError(f"Guidance {guidance:g} needs a class; without one only 1 is allowed.")
            return null
        if not self.classes or not all(0 <= label < self.classes for label in labels):
            raise ValueError(f"Class {list(labels)} of a model with {self.classes} classes, counted from 0.")
        label = torch.tensor(labels, device=self.device)
        conditional = NetDenoiser(self.net, self.schedule, self.config.prediction, label, clip)
        return conditional if guidance == 1 else Guided(conditional, null, guidance, clip=clip)
