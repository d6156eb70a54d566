"""Two networks against each other: what a GAN minimises, how it is watched and how it draws its samples."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engines.device import fast_bfloat16
from engines.images import to_tensor, to_uint8
from engines.models.gan import GAN
from engines.noise import generator
from engines.training.config import TrainConfig
from engines.training.diffaug import diffaug
from engines.training.ema import EMA
from engines.training.optimise import Optimiser, fitting

SAMPLE_BATCH = 64


def hinge(real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's hinge loss (Lim & Ye, 2017): push real logits above 1 and generated ones below −1."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def logistic(real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's logistic loss (Goodfellow et al., 2014, eq. 1), on logits."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def raise_logits(fake: Tensor) -> Tensor:
    """The generator's side of the hinge loss: raise the logits of what it draws."""
    return -fake.mean()


def non_saturating(fake: Tensor) -> Tensor:
    """The generator's non-saturating loss (Goodfellow et al., 2014, section 3), on logits."""
    return F.softplus(-fake).mean()


LOSSES: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "hinge": (hinge, raise_logits),
    "logistic": (logistic, non_saturating),
}


class AdversarialObjective:
    """One update of the discriminator, then one of the generator, on the same generated pictures.

    `teacher` is a trained generator to imitate at first, if the config says so; latents of both have the same length.
    """

    def __init__(self, model: GAN, config: TrainConfig, device: torch.device, teacher: nn.Module | None = None) -> None:
        self.config = config
        self.device = device
        self.teacher = teacher
        self.bf16 = config.precision == "bf16" or (config.precision == "auto" and fast_bfloat16(device))
        self.model = model.to(device, memory_format=torch.channels_last).train()
        self.ema = EMA(model.generator, config.ema_power, config.ema_max)
        self.shown = type(model)(model.config, self.ema.module, model.discriminator)
        self.judge_loss, self.draw_loss = LOSSES[config.adversarial.loss]
        self.generator_steps = Optimiser(model.generator, config)
        rate = config.adversarial.discriminator_rate or config.learning_rate
        self.discriminator_steps = Optimiser(model.discriminator, replace(config, learning_rate=rate))

    def step(
        self, batches: Sequence[tuple[Tensor, Tensor]], step: int, rate: float, draw: torch.Generator
    ) -> dict[str, float]:
        """One update of both networks from `batches` of pictures `(B, C, H, W)`; gradients are summed over them."""
        if self.teacher is not None and step * sum(len(x) for x, _ in batches) < self.config.adversarial.teacher_images:
            return self._imitate(batches, step, rate, draw)
        totals = dict.fromkeys(("loss_d", "logit_real", "logit_fake", "loss_g"), 0.0)
        seen = [self._project(self._drawn(len(images), draw), draw) for images, _ in batches]
        for (images, _), fake in zip(batches, seen, strict=True):
            with torch.no_grad():
                real = self._project(images.to(self.device, memory_format=torch.channels_last), draw)
            real_logits, fake_logits = self._judge(real), self._judge([h.detach() for h in fake])
            loss = self.judge_loss(real_logits, fake_logits) / len(batches)
            loss.backward()
            totals["loss_d"] += float(loss.detach())
            totals["logit_real"] += float(real_logits.detach().mean()) / len(batches)
            totals["logit_fake"] += float(fake_logits.detach().mean()) / len(batches)
        norm_d = self.discriminator_steps.step(rate)
        self.model.discriminator.requires_grad_(False)
        for fake in seen:
            loss = self.draw_loss(self._judge(fake)) / len(batches)
            loss.backward()
            totals["loss_g"] += float(loss.detach())
        self.model.discriminator.requires_grad_(True)
        norm_g = self.generator_steps.step(rate)
        self.ema.update(self.model.generator, step)
        skipped = float(self.generator_steps.skipped + self.discriminator_steps.skipped)
        return {**totals, "grad_norm": norm_g, "grad_norm_d": norm_d, "skipped": skipped}

    def _imitate(
        self, batches: Sequence[tuple[Tensor, Tensor]], step: int, rate: float, draw: torch.Generator
    ) -> dict[str, float]:
        """One update towards what the teacher draws from the same latents, in pixels and in the frozen features.

        A generator that starts from nothing may never catch up with a discriminator that sees so well; from blurred
        cats it does (Aguinaldo et al., 2019, "Compressing GANs using knowledge distillation").
        """
        total = 0.0
        for images, _ in batches:
            z = torch.randn(len(images), self.model.generator.config.z_dim, generator=draw).to(self.device)
            with self._half():
                with torch.no_grad():
                    wanted = self.teacher(z)
                    features = self.model.project(wanted)
                drawn = self.model.from_latents(z)
                seen = self.model.project(drawn)
            gaps = [(drawn - wanted), *(a.float() - b.float() for a, b in zip(seen, features, strict=True))]
            loss = sum(gap.abs().mean() for gap in gaps) / len(batches)
            loss.backward()
            total += float(loss.detach())
        norm = self.generator_steps.step(rate)
        self.ema.update(self.model.generator, step)
        return {"loss_teacher": total, "grad_norm": norm, "skipped": float(self.generator_steps.skipped)}

    def _drawn(self, number: int, draw: torch.Generator) -> Tensor:
        with self._half():
            return self.model.training_samples(number, draw, self.config.adversarial.style_mixing)

    def _project(self, images: Tensor, draw: torch.Generator) -> list[Tensor]:
        if self.config.adversarial.augment == "diffaug":
            images = diffaug(images, draw)
        with self._half():
            return self.model.project(images)

    def _judge(self, seen: list[Tensor]) -> Tensor:
        with self._half():
            return self.model.judge(seen).float()

    def _half(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)

    @torch.no_grad()
    def validate(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """What the discriminator says of held-out pictures and of the averaged generator's, without augmentation.

        `loss` is the generator's on those. A discriminator that rates held-out pictures like generated ones has learned
        its training pictures by heart.
        """
        fake = to_tensor(self.sample(range(len(images)))).to(self.device)
        held_out, drawn = self._opinion(images.to(self.device)), self._opinion(fake)
        return {
            "loss": float(self.draw_loss(drawn)),
            "logit_held_out": float(held_out.mean()),
            "logit_averaged": float(drawn.mean()),
        }

    def _opinion(self, images: Tensor) -> Tensor:
        self.model.discriminator.eval()
        with self._half():
            opinion = self.model.score(images).float()
        self.model.discriminator.train()
        return opinion

    @torch.no_grad()
    def sample(self, seeds: Sequence[int]) -> np.ndarray:
        """Pictures of the averaged generator, uint8 `(B, H, W, C)`."""
        groups = [list(seeds)[i : i + SAMPLE_BATCH] for i in range(0, len(seeds), SAMPLE_BATCH)]
        return np.concatenate([to_uint8(self.shown.sample(group)) for group in groups])

    def weights(self) -> dict[str, Tensor]:
        """What is published: the averaged generator and the discriminator as it is."""
        return self.shown.state_dict()

    def optimisers(self) -> dict[str, Optimiser]:
        """Those of both networks, by the network's name."""
        return {"generator": self.generator_steps, "discriminator": self.discriminator_steps}

    def state_dict(self) -> dict:
        """Weights, average and both optimisers."""
        return {
            "model": self.model.state_dict(),
            "ema": self.ema.module.state_dict(),
            "generator_steps": self.generator_steps.state_dict(),
            "discriminator_steps": self.discriminator_steps.state_dict(),
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state` was taken."""
        self.model.load_state_dict(state["model"])
        self.ema.module.load_state_dict(state["ema"])
        self.generator_steps.load_state_dict(state["generator_steps"])
        self.discriminator_steps.load_state_dict(state["discriminator_steps"])

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin at another run's weights, which need not fill every layer; ValueError if none fits."""
        fits = fitting(self.model, weights)
        self.model.load_state_dict(fits, strict=False)
        self.shown.load_state_dict(fits, strict=False)

    def draw(self, seed: int, step: int) -> torch.Generator:
        """The random numbers of one step: a resumed run draws what an uninterrupted one would."""
        return generator(seed, stream=1000 + step)
