"""The kinds of model, and for each: its config, how to build it, how it is trained and what it can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from engines.configs import from_dict
from engines.diffusion.model import DDPM, DDPMConfig
from engines.fusion import inverted, latents, noised
from engines.fusion.ways import Way
from engines.models.gan import DCGANGANConfig, ProjectedGANConfig, StyleGAN2GANConfig, dcgan, projected, stylegan2
from engines.training.adversarial import AdversarialObjective
from engines.training.objectives import DiffusionObjective


@dataclass(frozen=True)
class Family:
    """`can` names what pages may ask of it; a page greys out what a checkpoint's family cannot do.

    A family that can `interpolate` says in `ways`, by name, how it gets from one picture to another.
    """

    config: type
    build: Callable[[Any], nn.Module]
    objective: Callable[..., Any]
    can: frozenset[str]
    ways: Mapping[str, Way] = field(default_factory=dict)


GAN = frozenset({"sample", "latent", "discriminate", "interpolate"})
FAMILIES = {
    "ddpm": Family(
        DDPMConfig,
        DDPM,
        DiffusionObjective,
        frozenset({"sample", "trajectory", "attention", "features", "gradients", "interpolate"}),
        noised.WAYS | inverted.WAYS,
    ),
    "stylegan2": Family(StyleGAN2GANConfig, stylegan2, AdversarialObjective, GAN | {"styles"}, latents.STYLES),
    "projected": Family(ProjectedGANConfig, projected, AdversarialObjective, GAN, latents.LATENTS),
    "dcgan": Family(DCGANGANConfig, dcgan, AdversarialObjective, GAN, latents.LATENTS),
}


def family(name: str) -> Family:
    """Look a family up; LookupError says which there are."""
    if name not in FAMILIES:
        raise LookupError(f"Unknown family {name!r}; this release has: {', '.join(FAMILIES)}.")
    return FAMILIES[name]


def build(name: str, config: dict[str, Any]) -> nn.Module:
    """Build a family's module, with fresh weights, from its config as plain values."""
    kind = family(name)
    return kind.build(from_dict(kind.config, config, name))
