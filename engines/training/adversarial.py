"""Two networks against each other: what a GAN minimises, how it is watched and how it draws its samples."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from engines.device import fast_bfloat16
from engines.images import to_tensor, to_uint8
from engines.models.gan import GAN, StyleGAN
from engines.models.projected import ProjectedDiscriminator
from engines.noise import generator
from engines.training.ada import Adaptive, augment
from engines.training.config import TrainConfig
from engines.training.diffaug import diffaug
from engines.training.ema import EMA
from engines.training.losses import LOSSES, apart, too_close
from engines.training.optimise import Optimiser, fitting
from engines.training.recalibrate import recalibrate
from engines.training.regularise import PathLength, lazy, r1_penalty

SAMPLE_BATCH = 64
CALIBRATION = 512  # latents that the averaged generator's batch norm is measured on


class AdversarialObjective:
    """One update of the discriminator, then one of the generator, on the same generated pictures.

    R1 and path length follow lazily, in updates of their own.
    """

    def __init__(self, model: GAN, config: TrainConfig, device: torch.device) -> None:
        self.config = config
        self.device = device
        self.bf16 = config.precision == "bf16" or (config.precision == "auto" and fast_bfloat16(device))
        self.model = model.to(device, memory_format=torch.channels_last).train()
        self.ema = EMA(model.generator, config.ema_power, config.ema_max)
        self._shown = type(model)(model.config, self.ema.module, model.discriminator)
        self._settled = False
        wanted = config.adversarial
        self.judge_loss, self.draw_loss = LOSSES[wanted.loss]
        if wanted.r1_gamma and isinstance(model.discriminator, ProjectedDiscriminator):
            raise ValueError("A projected discriminator takes no R1; set adversarial.r1_gamma to 0.")
        if wanted.path_weight and not isinstance(model, StyleGAN):
            raise ValueError("Only a generator with styles has path lengths; set adversarial.path_weight to 0.")
        self.adaptive = Adaptive(wanted.ada_target, wanted.ada_images, cap=wanted.ada_cap)
        self.path_length = PathLength().to(device)
        self.generator_steps = _optimiser(model.generator, config, None, bool(wanted.path_weight) * wanted.path_every)
        self.discriminator_steps = _optimiser(
            model.discriminator, config, wanted.discriminator_rate, bool(wanted.r1_gamma) * wanted.r1_every
        )

    def step(
        self, batches: Sequence[tuple[Tensor, Tensor]], step: int, rate: float, draw: torch.Generator
    ) -> dict[str, float]:
        """One update of both networks from `batches` of pictures `(B, C, H, W)`; gradients are summed over them."""
        images = [x.to(self.device, memory_format=torch.channels_last) for x, _ in batches]
        seen = [self._project(self._drawn(len(x), draw), draw) for x in images]
        values, spread = self._teach_discriminator(images, seen, rate, draw)
        values |= self._teach_generator(seen, spread, rate)
        values |= self._regularise(images, step, rate, draw)
        self.ema.update(self.model.generator, step)
        self._settled = False
        return values | {"skipped": float(self.generator_steps.skipped + self.discriminator_steps.skipped)}

    def _teach_discriminator(
        self, images: Sequence[Tensor], fakes: Sequence[list[Tensor]], rate: float, draw: torch.Generator
    ) -> tuple[dict[str, float], list[Tensor]]:
        """One update; also returns how far apart the real pictures are in what the discriminator sees of them."""
        totals, spread = dict.fromkeys(("loss_d", "logit_real", "logit_fake"), 0.0), []
        for x, fake in zip(images, fakes, strict=True):
            with torch.no_grad():
                real = self._project(x, draw)
                spread.append(apart(real))
            real_logits, fake_logits = self._judge(real), self._judge([h.detach() for h in fake])
            loss = self.judge_loss(real_logits, fake_logits) / len(images)
            loss.backward()
            totals["loss_d"] += float(loss.detach())
            totals["logit_real"] += float(real_logits.detach().mean()) / len(images)
            totals["logit_fake"] += float(fake_logits.detach().mean()) / len(images)
            if self.config.adversarial.augment == "ada":
                totals |= {"ada_p": self.adaptive.observe(real_logits), "ada_r": self.adaptive.r}
        return totals | {"grad_norm_d": self.discriminator_steps.step(rate)}, spread

    def _teach_generator(
        self, fakes: Sequence[list[Tensor]], spread: Sequence[Tensor], rate: float
    ) -> dict[str, float]:
        total, weight = 0.0, self.config.adversarial.spread_weight
        self.model.discriminator.requires_grad_(False)
        for fake, real in zip(fakes, spread, strict=True):
            loss = self.draw_loss(self._judge(fake)) / len(fakes)
            if weight:
                loss = loss + weight * too_close(apart(fake), real) / len(fakes)
            loss.backward()
            total += float(loss.detach())
        self.model.discriminator.requires_grad_(True)
        return {"loss_g": total, "grad_norm": self.generator_steps.step(rate)}

    def _regularise(self, images: Sequence[Tensor], step: int, rate: float, draw: torch.Generator) -> dict[str, float]:
        """Every so many steps an update by R1 alone, and one by path length alone, on part of a batch, in fp32."""
        wanted, values = self.config.adversarial, {}
        if wanted.r1_gamma and step % wanted.r1_every == 0:
            x = self._augmented(images[0], draw).detach().requires_grad_()
            penalty = r1_penalty(self.model.judge([x]), x).mean()
            (wanted.r1_every * wanted.r1_gamma / 2 * penalty).backward()
            self.discriminator_steps.step(rate)
            values["r1"] = float(penalty.detach())
        if wanted.path_weight and step % wanted.path_every == 0:
            w, pictures = self.model.styled_samples(max(1, len(images[0]) // 2), draw, wanted.style_mixing)
            y = torch.randn(pictures.shape, generator=draw).to(pictures)
            penalty = self.path_length(pictures, w, y).mean()
            (wanted.path_every * wanted.path_weight * penalty).backward()
            self.generator_steps.step(rate)
            values |= {"path_penalty": float(penalty.detach()), "path_length": float(self.path_length.mean)}
        return values

    def _drawn(self, number: int, draw: torch.Generator) -> Tensor:
        with self._half():
            return self.model.training_samples(number, draw, self.config.adversarial.style_mixing)

    def _project(self, images: Tensor, draw: torch.Generator) -> list[Tensor]:
        with self._half():
            return self.model.project(self._augmented(images, draw))

    def _augmented(self, images: Tensor, draw: torch.Generator) -> Tensor:
        how = self.config.adversarial.augment
        if how == "ada":
            return augment(images, self.adaptive.p, draw)
        return diffaug(images, draw) if how == "diffaug" else images

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

    @property
    def shown(self) -> GAN:
        """The averaged generator, its batch norm measured on the same latents each time, and the discriminator."""
        if not self._settled:
            groups = [range(i, i + SAMPLE_BATCH) for i in range(0, CALIBRATION, SAMPLE_BATCH)]
            recalibrate(self.ema.module, (self.model.z(group) for group in groups))
            self._settled = True
        return self._shown

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
            "adaptive": self.adaptive.state_dict(),
            "path_length": self.path_length.state_dict(),
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state` was taken."""
        self.model.load_state_dict(state["model"])
        self.ema.module.load_state_dict(state["ema"])
        self._settled = False
        self.generator_steps.load_state_dict(state["generator_steps"])
        self.discriminator_steps.load_state_dict(state["discriminator_steps"])
        self.adaptive.load_state_dict(state["adaptive"])
        self.path_length.load_state_dict(state["path_length"])

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin at another run's weights, which need not fill every layer; ValueError if none fits."""
        fits = fitting(self.model, weights)
        self.model.load_state_dict(fits, strict=False)
        self._shown.load_state_dict(fits, strict=False)
        self._settled = False

    def draw(self, seed: int, step: int) -> torch.Generator:
        """The random numbers of one step: a resumed run draws what an uninterrupted one would."""
        return generator(seed, stream=1000 + step)


def _optimiser(module: nn.Module, config: TrainConfig, rate: float | None, every: int) -> Optimiser:
    rate, betas = lazy(rate or config.learning_rate, config.betas, every)
    return Optimiser(module, replace(config, learning_rate=rate, betas=betas))
