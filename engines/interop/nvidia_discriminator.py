"""The residual discriminator of an NVIDIA StyleGAN2-ADA file as ours, told apart by the shapes of its layers."""

import re
from collections import defaultdict

import torch
from torch import Tensor

from engines.interop.nvidia import weights
from engines.interop.pickles import Part
from engines.models.stylegan2 import StyleGAN2Config
from engines.models.stylegan2_discriminator import StyleGAN2Discriminator

_LAYER = re.compile(r"b(\d+)\.(\w+)\.(weight|bias)")
Layer = dict[str, Tensor]


def discriminator(part: Part, config: StyleGAN2Config) -> dict[str, Tensor] | None:
    """Its weights under our names; None if it is not the residual one that belongs to a generator of `config`.

    In a block the layers differ in shape, but for the two 3×3 convolutions, whose names sort in the order of their use.
    """
    blocks: dict[int, dict[str, Layer]] = defaultdict(lambda: defaultdict(dict))
    for name, value in weights(part):
        if match := _LAYER.fullmatch(name):
            size, layer, end = match.groups()
            blocks[int(size)][layer][end] = value.float()
        elif not name.endswith("resample_filter"):
            return None  # conditional, or of another make
    state = {}
    for size, layers in blocks.items():
        for layer in (layers[name] for name in sorted(layers)):
            if (ours := _place(size, layer, config, state)) is None:
                return None
            state |= {f"{ours}.{end}": value for end, value in layer.items()}
    with torch.device("meta"):
        wanted = {name: value.shape for name, value in StyleGAN2Discriminator(config).state_dict().items()}
    fits = {name: value.shape for name, value in state.items()} == wanted
    return state if fits and all(torch.isfinite(value).all() for value in state.values()) else None


def _place(size: int, layer: Layer, config: StyleGAN2Config, taken: dict[str, Tensor]) -> str | None:
    """Where a layer at `size` px belongs in our discriminator, of which `taken` is filled already."""
    if (weight := layer.get("weight")) is None:
        return None
    kernel = tuple(weight.shape[2:])
    if kernel == (1, 1):
        return "from_rgb" if "bias" in layer else f"blocks.{size}.skip"
    if kernel == (3, 3) and size == 4:
        return "conv"
    if kernel == (3, 3):
        return f"blocks.{size}.down" if f"blocks.{size}.conv.weight" in taken else f"blocks.{size}.conv"
    if kernel == ():
        return "logit" if len(weight) == 1 else "dense"
    return None
