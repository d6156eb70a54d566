"""Batch norm for averaged weights: its statistics measured anew, as no trained network ever had them."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def recalibrate(generator: nn.Module, latents: Iterable[Tensor]) -> None:
    """Make every batch norm's statistics those of the pictures of `latents`, `(B, z_dim)` each with B ≥ 2.

    Averaged weights make other feature maps than the network they are averaged from, whose statistics lead to dull,
    alike pictures (Izmailov et al., 2018, section 3.2). A module without batch norm is left alone.
    """
    norms = [layer for layer in generator.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    momenta, training = [norm.momentum for norm in norms], generator.training
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # every batch weighs the same
    generator.train()
    try:
        for z in latents:
            generator(z)
    finally:
        generator.train(training)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
