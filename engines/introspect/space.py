"""Where a generator is steered: w, one style per layer, or z for a generator without styles; the same to everybody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engines.models.dcgan import DCGANGenerator
from engines.models.fastgan import FastGANGenerator
from engines.models.gan import GAN, StyleGAN

BATCH = 16  # pictures in one pass
Z_LAYER = "z"


@dataclass(frozen=True)
class Space:
    """The latents of a GAN as `(B, layers, D)`; a generator without styles has the one layer `z`.

    `label` is the class to draw, for conditional nets.
    """

    gan: GAN
    label: int | None = None

    @property
    def styles(self) -> bool:
        """Whether latents are styles w."""
        return isinstance(self.gan, StyleGAN)

    @property
    def name(self) -> str:
        """`w` or `z`."""
        return "w" if self.styles else "z"

    @property
    def layers(self) -> tuple[str, ...]:
        """What each part of a latent steers, coarsest first."""
        return self.gan.generator.layers if self.styles else (Z_LAYER,)

    def latents(self, seeds: Sequence[int]) -> Tensor:
        """The latent of each seed, `(B, layers, D)`, as the generator draws it.

        Raises ValueError for a conditional generator without a class.
        """
        z = self.gan.z(seeds)
        return self.gan.generator.mapping(z, self._labels(len(z))) if self.styles else self.on_shell(z[:, None])

    def draw(self, latents: Tensor) -> Tensor:
        """Pictures `(B, C, H, W)` of latents, with gradients; of styles with the noise kept in the weights."""
        if self.styles:
            return self.gan.generator.synthesis(latents, "fixed")
        return self.gan.generator(latents[:, 0])

    @torch.no_grad()
    def pictures(self, latents: Tensor) -> Tensor:
        """The same without gradients, a few at a time."""
        return torch.cat([self.draw(part) for part in latents.split(BATCH)])

    def score(self, pictures: Tensor) -> Tensor:
        """The discriminator's opinion of pictures, `(B,)`, with gradients; a conditional one is told the class."""
        if self.styles and self._classes and self.gan.config.discriminator == "stylegan2":
            return self.gan.discriminator(pictures, self._labels(len(pictures)))
        return self.gan.score(pictures)

    def on_shell(self, latents: Tensor) -> Tensor:
        """Latents brought back to where the generator knows its way: z to the length √D that noise has, w as it is."""
        return latents if self.styles else F.normalize(latents, dim=-1) * latents.shape[-1] ** 0.5

    def maps(self, first: int = 0, last: int | None = None) -> Tensor:
        """The first linear map that a latent meets, as a matrix `(outputs, D)`.

        For styles those that turn w into the styles of layers `first` to `last`, stacked; else the first layer of the
        generator with its batch norm. ValueError for layers that are not there.
        """
        count = len(self.layers)
        last = count - 1 if last is None else last
        if not 0 <= first <= last < count:
            raise ValueError(f"Layers {first} to {last}; allowed: 0 to {count - 1}, the first not after the last.")
        if not self.styles:
            conv, norm = self._first()[:2]
            gain = norm.weight / (norm.running_var + norm.eps).sqrt()
            return (conv.weight.detach() * gain[:, None, None]).flatten(1).T
        affines = [affine for i, affine in _affines(self.gan) if first <= i <= last]
        return torch.cat([affine.weight for affine in affines]) / affines[0].weight.shape[1] ** 0.5

    def features(self, latents: Tensor) -> Tensor:
        """The generator's first feature map, flat, `(B, F)`; only for generators without styles."""
        return self._first()(latents[:, 0, :, None, None]).flatten(1)

    def _first(self) -> nn.Sequential:
        generator = self.gan.generator
        if isinstance(generator, FastGANGenerator):
            return generator.seed
        if isinstance(generator, DCGANGenerator):
            return generator.net[:3]
        raise ValueError(f"{type(generator).__name__} has no first layer that is known here.")

    @property
    def _classes(self) -> int:
        return getattr(self.gan.generator.config, "classes", 0)

    def _labels(self, number: int) -> Tensor | None:
        if not self._classes or self.label is None:
            return None  # a conditional net says itself what is missing
        return torch.full((number,), self.label, device=self.gan.device)


def _affines(gan: StyleGAN) -> Iterator[tuple[int, nn.Module]]:
    """Every map from w to a style, with the layer whose part of the latent it reads."""
    i = 0
    for block in gan.generator.synthesis.blocks.values():
        for conv in (block.up, block.conv):
            if conv is not None:
                yield i, conv.affine
                i += 1
        yield i, block.rgb.affine
