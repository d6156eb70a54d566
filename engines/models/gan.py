"""What every adversarial family is: a generator of pictures from latents and a discriminator, as one module."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from engines.models.dcgan import DCGANConfig, DCGANDiscriminator, DCGANGenerator
from engines.models.fastgan import FastGANConfig, FastGANGenerator
from engines.models.projected import ProjectedConfig, ProjectedDiscriminator
from engines.models.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from engines.models.stylegan2_discriminator import StyleGAN2Discriminator
from engines.noise import noise


@dataclass(frozen=True)
class ProjectedGANConfig:
    """The `projected` family: a light generator against a projected discriminator."""

    generator: FastGANConfig = field(default_factory=FastGANConfig)
    discriminator: ProjectedConfig = field(default_factory=ProjectedConfig)


@dataclass(frozen=True)
class StyleGAN2GANConfig:
    """The `stylegan2` family: its generator against its own discriminator, or against a projected one."""

    generator: StyleGAN2Config = field(default_factory=StyleGAN2Config)
    discriminator: str = "stylegan2"
    projected: ProjectedConfig = field(default_factory=ProjectedConfig)

    def __post_init__(self) -> None:
        _allowed(self.discriminator, "stylegan2")


@dataclass(frozen=True)
class DCGANGANConfig:
    """The `dcgan` family: its generator against its own discriminator, `dcgan`, or against a projected one."""

    generator: DCGANConfig = field(default_factory=DCGANConfig)
    discriminator: str = "dcgan"
    projected: ProjectedConfig = field(default_factory=ProjectedConfig)

    def __post_init__(self) -> None:
        _allowed(self.discriminator, "dcgan")


def _allowed(discriminator: str, own: str) -> None:
    if discriminator not in (own, "projected"):
        raise ValueError(f"discriminator is {discriminator!r}; allowed: {own}, projected.")


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

    def training_samples(self, number: int, draw: torch.Generator, mixing: float = 0.0) -> Tensor:
        """Pictures to train on, with gradients; `mixing` is for generators that take styles."""
        return self.generator(self._z(number, draw))

    def _z(self, number: int, draw: torch.Generator) -> Tensor:
        return torch.randn(number, self.generator.config.z_dim, generator=draw).to(self.device)

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
        return self.judge(self.project(images)).reshape(len(images), -1).mean(1)


class StyleGAN(GAN):
    """A GAN whose generator is steered by one style per layer."""

    def w(self, seeds: Sequence[int], psi: float = 1.0, cutoff: int | None = None) -> Tensor:
        """The styles of each seed, `(B, layers, w_dim)`, truncated to `psi` in the first `cutoff` layers."""
        mapping = self.generator.mapping
        return mapping.truncate(mapping(self.z(seeds)), psi, cutoff)

    def sample(self, seeds: Sequence[int]) -> Tensor:
        """One picture per seed, `(B, C, H, W)`, with the noise that is kept in the weights."""
        return self.generator.synthesis(self.w(seeds), "fixed")

    def training_samples(self, number: int, draw: torch.Generator, mixing: float = 0.0) -> Tensor:
        """Pictures with fresh noise, with gradients."""
        return self.styled_samples(number, draw, mixing)[1]

    def styled_samples(self, number: int, draw: torch.Generator, mixing: float = 0.0) -> tuple[Tensor, Tensor]:
        """Styles and their pictures; a share `mixing` of them has two latents, the second from a random layer on.

        Style mixing (Karras et al., 2019, section 3.1) keeps a layer from relying on the styles of the others.
        """
        mapping = self.generator.mapping
        w = mapping(self._z(number, draw))
        mapping.track(w)
        if mixing:
            layers = w.shape[1]
            first = torch.randint(1, layers, (number,), generator=draw)
            first[torch.rand(number, generator=draw) >= mixing] = layers
            second = (torch.arange(layers) >= first[:, None]).to(w.device)[:, :, None]
            w = torch.where(second, mapping(self._z(number, draw)), w)
        return w, self.generator.synthesis(w, "random")


def projected(config: ProjectedGANConfig) -> GAN:
    """Build a `projected` model."""
    return GAN(config, FastGANGenerator(config.generator), ProjectedDiscriminator(config.discriminator))


def stylegan2(config: StyleGAN2GANConfig) -> StyleGAN:
    """Build a `stylegan2` model."""
    judges = config.discriminator == "projected"
    judge = ProjectedDiscriminator(config.projected) if judges else StyleGAN2Discriminator(config.generator)
    return StyleGAN(config, StyleGAN2Generator(config.generator), judge)


def dcgan(config: DCGANGANConfig) -> GAN:
    """Build a `dcgan` model."""
    judges = config.discriminator == "projected"
    judge = ProjectedDiscriminator(config.projected) if judges else DCGANDiscriminator(config.generator)
    return GAN(config, DCGANGenerator(config.generator), judge)
