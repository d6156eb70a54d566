"""NVIDIA's StyleGAN2-ADA networks as ours: what their weights are called there and here, and what shapes say.

Only names and shapes are read; settings follow from them. Both generators do the same sums, so pictures are the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engines.interop.pickles import Part
from engines.models.modulated import binomial
from engines.models.stylegan2 import StyleGAN2Config

DEEPEST = 16  # modules in modules; a real network has four
_WEIGHT = re.compile(r"(mapping\.(fc\d+\.(weight|bias)|w_avg)|synthesis\.b\d+\.(const|(conv[01]|torgb)\..+))")
_ENDS = {  # of a layer's weights, theirs to ours
    "weight": "weight",
    "bias": "bias",
    "affine.weight": "affine.weight",
    "affine.bias": "affine.bias",
    "noise_strength": "noise_strength",
    "noise_const": "noise_fixed",
}
_LAYERS = {"conv0": "up", "conv1": "conv", "torgb": "rgb"}


@dataclass(frozen=True)
class Generator:
    """A generator's settings and its weights under our names, ready for `load_state_dict`."""

    config: StyleGAN2Config
    state: dict[str, Tensor]


def weights(part: Part, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every tensor of a module and of the modules in it, with its name, as PyTorch would call them."""
    if prefix.count(".") > DEEPEST:
        raise ValueError("its modules lie in each other without end")
    for group in ("_parameters", "_buffers"):
        for name, value in _group(part, group):
            if isinstance(value, Tensor):
                yield prefix + name, value
    for name, value in _group(part, "_modules"):
        if isinstance(value, Part):
            yield from weights(value, f"{prefix}{name}.")


def _group(part: Part, group: str) -> list[tuple[str, object]]:
    found = part.state.get(group, {})
    return [(name, value) for name, value in found.items() if isinstance(name, str)] if isinstance(found, dict) else []


def generator(part: Part) -> Generator:
    """Rebuild the generator that `part` describes.

    Raises ValueError for other networks: StyleGAN3, conditional ones, other blocks or filters, missing weights.
    """
    theirs = dict(weights(part))
    if any(re.match(r"synthesis\.L\d+_", name) for name in theirs):
        raise ValueError("it is a StyleGAN3 generator; only StyleGAN2's can be imported")
    if any(name.startswith("mapping.embed.") for name in theirs):
        raise ValueError("its generator draws by class; only one without classes can be imported")
    _check_filters(theirs)
    theirs = {name: value for name, value in theirs.items() if not name.endswith("resample_filter")}
    if odd := [name for name in theirs if not _WEIGHT.fullmatch(name)]:
        raise ValueError(f"its generator holds {odd[0]}, which StyleGAN2's skip generator does not have")
    if not all(torch.isfinite(value).all() for value in theirs.values()):
        raise ValueError("its weights are not all finite numbers")
    config = _config(theirs)
    state = {}
    for name, key in _names(config):
        if name not in theirs:
            raise ValueError(f"its generator lacks {name}")
        state[key] = theirs.pop(name).float()
    if theirs:
        raise ValueError(f"its generator holds {next(iter(theirs))}, for which ours has no place")
    return Generator(config, state)


def _check_filters(theirs: dict[str, Tensor]) -> None:
    wanted = binomial()[0, 0]
    for name, value in theirs.items():
        if name.endswith("resample_filter") and (value.shape != (4, 4) or not torch.allclose(value.float(), wanted)):
            raise ValueError(f"{name} is not the low-pass filter [1, 3, 3, 1] of StyleGAN2")


def _config(theirs: dict[str, Tensor]) -> StyleGAN2Config:
    """What the shapes say of the settings."""
    first, const, sizes = _shape(theirs, "mapping.fc0.weight", 2), _shape(theirs, "synthesis.b4.const", 3), []
    while f"synthesis.b{4 << len(sizes)}.conv1.weight" in theirs:
        sizes.append(4 << len(sizes))
    channels = {size: _shape(theirs, f"synthesis.b{size}.conv1.weight", 4)[0] for size in sizes}
    most = max(channels.values(), default=const[0])
    config = StyleGAN2Config(
        image_size=sizes[-1] if sizes else 0,
        image_channels=_shape(theirs, f"synthesis.b{sizes[-1] if sizes else 4}.torgb.weight", 4)[0],
        z_dim=first[1],
        w_dim=first[0],
        mapping_layers=sum(name.startswith("mapping.fc") and name.endswith(".weight") for name in theirs),
        channel_base=max((n * size for size, n in channels.items()), default=0),
        channel_max=most,
        noise_up_to=max((n for n in sizes if f"synthesis.b{n}.conv1.noise_strength" in theirs), default=0),
    )
    if config.image_channels != 3:
        raise ValueError(f"its pictures have {config.image_channels} channels, not red, green and blue")
    for size, n in channels.items():
        if config.channels(size) != n:
            raise ValueError(f"its {size} px layers have {n} channels, where {config.channels(size)} were expected")
    return config


def _shape(theirs: dict[str, Tensor], name: str, dimensions: int) -> torch.Size:
    if name not in theirs:
        raise ValueError(f"its generator lacks {name}, so it is not NVIDIA's StyleGAN2")
    if theirs[name].ndim != dimensions:
        raise ValueError(f"{name} has the shape {tuple(theirs[name].shape)}; {dimensions} dimensions were expected")
    return theirs[name].shape


def _names(config: StyleGAN2Config) -> Iterator[tuple[str, str]]:
    """Their name and ours of every weight that a generator of these settings has."""
    for i in range(config.mapping_layers):
        for end in ("weight", "bias"):
            yield f"mapping.fc{i}.{end}", f"mapping.layers.{i}.{end}"
    yield "mapping.w_avg", "mapping.w_avg"
    yield "synthesis.b4.const", "synthesis.const"
    for size in config.sizes:
        for theirs, ours in _LAYERS.items():
            if size == 4 and theirs == "conv0":
                continue
            for end, our_end in _ENDS.items():
                if end.startswith("noise") and (theirs == "torgb" or size > config.noise_up_to):
                    continue
                yield f"synthesis.b{size}.{theirs}.{end}", f"synthesis.blocks.{size}.{ours}.{our_end}"
