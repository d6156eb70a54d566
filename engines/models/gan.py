"""What every adversarial family is: a generator of pictures from latents and a discriminator, as one module."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from engines.models.fastgan import FastGANConfig, FastGANGenerator
from engines.models.projected import ProjectedConfig, ProjectedDiscriminator
from engines.noise import noise


@dataclass(frozen=True)
class ProjectedGANConfig:
    """The `projected` family: a light generator against a projected discriminator."""

    generator: FastGANConfig = field(default_factory=FastGANConfig)
    discriminator: ProjectedConfig = field(default_factory=ProjectedConfig)


class GAN(nn.Module):
    """`generator` maps latents `(B, z_dim)` to pictures, `discriminator` pictures to logits, high for real."""

    classes = 0

    def __init__(self, config: Any, generator: nn.Module, discriminator: nn.Module) -> None:
        super().__init__()
        self.config = config
        self.generator = generator
        self.discriminator = discriminator

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one picture."""
        size = self.generator.config.image_size
        return (self.generator.config.image_channels, size, size)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.generator.parameters()).device

    def z(self, seeds: Sequence[int]) -> Tensor:
        """The latent of each seed, `(B, z_dim)`, standard normal."""
        return noise(seeds, (self.generator.config.z_dim,)).to(self.device)

    def sample(self, seeds: Sequence[int]) -> Tensor:
        """One picture per seed, `(B, C, H, W)` in [-1, 1], the same whatever the batch."""
        return self.generator(self.z(seeds))

    def project(self, images: Tensor) -> list[Tensor]:
        """What the discriminator judges in pictures: frozen features of them, or the pictures themselves."""
        if isinstance(self.discriminator, ProjectedDiscriminator):
            return self.discriminator.project(images)
        return [images]

    def judge(self, seen: list[Tensor]) -> Tensor:
        """The discriminator's logits, `(B, …)`, from what `project` made of the pictures."""
        if isinstance(self.discriminator, ProjectedDiscriminator):
            return self.discriminator.judge(seen)
        return self.discriminator(*seen)

    def score(self, images: Tensor) -> Tensor:
        """The discriminator's opinion of pictures `(B, C, H, W)`: one logit each, `(B,)`, high for real."""
        return self.judge(self.project(images)).flatten(1).mean(1)


def projected(config: ProjectedGANConfig) -> GAN:
    """Build a `projected` model."""
    return GAN(config, FastGANGenerator(config.generator), ProjectedDiscriminator(config.discriminator))
