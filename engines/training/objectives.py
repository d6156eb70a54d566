"""What each family minimises, how it is validated and how it draws its samples."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from engines.device import fast_bfloat16
from engines.diffusion.model import DDPM
from engines.diffusion.samplers import dpmpp
from engines.diffusion.schedules import Schedule, timesteps
from engines.images import to_uint8
from engines.noise import NoiseSource, generator, noise
from engines.training.config import TrainConfig
from engines.training.ema import EMA
from engines.training.optimise import Optimiser, fitting

LEVELS = 8  # noise levels at which validation is reported
SAMPLE_STEPS = 20


class Objective(Protocol):
    """What the loop asks of a family: to make one update, to be watched, to draw, to be kept and to go on."""

    def step(
        self, batches: Sequence[tuple[Tensor, Tensor]], step: int, rate: float, draw: torch.Generator
    ) -> dict[str, float]: ...

    def validate(self, images: Tensor, labels: Tensor) -> dict[str, float]: ...

    def sample(self, seeds: Sequence[int]) -> np.ndarray: ...

    def weights(self) -> dict[str, Tensor]: ...

    def optimisers(self) -> dict[str, Optimiser]: ...

    def state_dict(self) -> dict: ...

    def load_state_dict(self, state: dict) -> None: ...

    def start_from(self, weights: dict[str, Tensor]) -> None: ...

    def draw(self, seed: int, step: int) -> torch.Generator: ...


def min_snr_weight(schedule: Schedule, t: Tensor, prediction: str, gamma: float | None) -> Tensor:
    """The weight of each step's squared error, `(B,)`: min(SNR, γ) in the terms of x0, 1 for γ None.

    Hang et al., 2023, section 3.4: on x0 min(SNR, γ); on ε that over SNR; on v that over SNR + 1, finite at SNR 0.
    """
    if gamma is None:
        return torch.ones(len(t))
    snr = schedule.snr(t).float()
    weight = snr.clamp(max=gamma)
    return {"x0": weight, "eps": weight / snr, "v": weight / (snr + 1)}[prediction]


def stratified_steps(total: int, batch: int, draw: torch.Generator) -> Tensor:
    """`batch` integer steps in [0, total), one from each of as many equal slices: less variance, for nothing."""
    u = (torch.arange(batch) + torch.rand(batch, generator=draw)) / batch
    return (u * total).long().clamp(max=total - 1)


class DiffusionObjective:
    """The simplified objective (Ho et al., 2020, eq. 14) on ε, x0 or v, with min-SNR weights and class dropout."""

    def __init__(self, model: DDPM, config: TrainConfig, device: torch.device) -> None:
        self.config = config
        self.device = device
        self.bf16 = config.precision == "bf16" or (config.precision == "auto" and fast_bfloat16(device))
        self.model = model.to(device, memory_format=torch.channels_last).train()
        self.model.net.checkpointing = config.gradient_checkpointing
        self.ema = EMA(self.model, config.ema_power, config.ema_max)
        self.optimiser = Optimiser(self.model, config)

    def step(
        self, batches: Sequence[tuple[Tensor, Tensor]], step: int, rate: float, draw: torch.Generator
    ) -> dict[str, float]:
        """One update from `batches` of pictures `(B, C, H, W)` and labels `(B,)`, gradients summed over them."""
        total = 0.0
        for images, labels in batches:
            loss = self.loss(images, self._drop(labels, draw), draw) / len(batches)
            loss.backward()
            total += float(loss.detach())
        norm = self.optimiser.step(rate)
        self.ema.update(self.model, step)
        return {"loss": total, "grad_norm": norm, "skipped": float(self.optimiser.skipped)}

    def loss(self, images: Tensor, labels: Tensor | None, draw: torch.Generator) -> Tensor:
        """The training loss of one batch; `draw` gives the steps and the noise."""
        schedule, prediction = self.model.schedule, self.model.config.prediction
        t = stratified_steps(schedule.steps, len(images), draw)
        eps = torch.randn(images.shape, generator=draw)
        error = self._error(self.model, images, t, eps, labels)
        weight = min_snr_weight(schedule, t, prediction, self.config.min_snr_gamma)
        return (error * weight.to(error)).mean()

    def _error(self, model: DDPM, images: Tensor, t: Tensor, eps: Tensor, labels: Tensor | None) -> Tensor:
        """Mean squared error per picture, `(B,)`, of what the network predicts; always in fp32."""
        x_t = model.schedule.q_sample(images, t, eps)
        target = {"eps": eps, "x0": images, "v": model.schedule.velocity(images, t, eps)}[model.config.prediction]
        x_t = x_t.to(self.device, memory_format=torch.channels_last)
        label = None if labels is None else labels.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            output = model(x_t, t.to(self.device), label)
        return (output.float() - target.to(self.device)).square().mean((1, 2, 3))

    def _drop(self, labels: Tensor, draw: torch.Generator) -> Tensor | None:
        """Replace a share of the labels by the null class, which guidance needs to have been trained."""
        if not self.model.classes:
            return None
        dropped = torch.rand(len(labels), generator=draw) < self.config.class_dropout
        return torch.where(dropped, self.model.classes, labels)

    @torch.no_grad()
    def validate(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """The averaged weights' error on `images` with noise that is always the same, at eight noise levels.

        Keys are `loss` (their mean) and `loss_t0062` … by step; comparable between runs that predict the same thing.
        """
        total = self.model.schedule.steps
        eps = noise(range(len(images)), images.shape[1:], stream=2)
        label = labels if self.model.classes else None
        levels = {}
        for t in (round((i + 0.5) * total / LEVELS) for i in range(LEVELS)):
            steps = torch.full((len(images),), t)
            levels[f"loss_t{t:04d}"] = float(self._error(self.ema.module, images, steps, eps, label).mean())
        return {"loss": sum(levels.values()) / LEVELS, **levels}

    @torch.no_grad()
    def sample(self, seeds: Sequence[int]) -> np.ndarray:
        """Pictures of the averaged weights, uint8 `(B, H, W, C)`, by 20 steps of DPM-Solver++; classes take turns."""
        model = self.ema.module
        labels = [i % model.classes for i in range(len(seeds))] if model.classes else None
        times = timesteps(model.schedule.steps, min(SAMPLE_STEPS, model.schedule.steps))
        x = noise(seeds, model.shape).to(self.device)
        *_, last = dpmpp(model.denoiser(labels), x, times, 0.0, NoiseSource(seeds))
        return to_uint8(last.x_t)

    def weights(self) -> dict[str, Tensor]:
        """What is published: the averaged weights."""
        return self.ema.module.state_dict()

    def optimisers(self) -> dict[str, Optimiser]:
        """The one optimiser, which needs no name."""
        return {"": self.optimiser}

    def state_dict(self) -> dict:
        """Weights, average and optimiser."""
        parts = {"model": self.model, "ema": self.ema.module, "optimiser": self.optimiser}
        return {name: part.state_dict() for name, part in parts.items()}

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state` was taken."""
        self.model.load_state_dict(state["model"])
        self.ema.module.load_state_dict(state["ema"])
        self.optimiser.load_state_dict(state["optimiser"])

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin at another run's averaged weights, which need not fill every layer; ValueError if none fits."""
        fits = fitting(self.model, weights)
        self.model.load_state_dict(fits, strict=False)
        self.ema.module.load_state_dict(fits, strict=False)

    def draw(self, seed: int, step: int) -> torch.Generator:
        """The random numbers of one step: a resumed run draws what an uninterrupted one would."""
        return generator(seed, stream=1000 + step)
