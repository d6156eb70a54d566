"""Which part of a picture moved a number: captum's methods, step by step, without a trace on the shared network.

The network's parameters never ask for gradients; only our own copy of the picture does. captum's hooks on layers are
heard by every thread, so methods that need them run on a private copy: modules of its own around the same weights.
"""

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import torch
from captum import attr
from torch import Tensor, nn
from torch.nn import functional as F

from engines.introspect.methods import (
    Activation,
    GradCam,
    IntegratedGradients,
    Method,
    Occlusion,
    Saliency,
    bands,
    check,
    pieces,
)
from engines.introspect.targets import Target, layers, middle
from engines.noise import noise

WINDOWS = 8  # covered pictures in one network call


@dataclass(frozen=True)
class Attribution:
    """`values` `(h, w)`, float32, at the picture's resolution or a layer's; `signed` tells ± from strength alone.

    `score` is the number explained. `reference` is the number at the baseline, and `error` what `values` summed up miss
    of score − reference, where the method has them. `layer` is the layer looked at, "" for none.
    """

    values: np.ndarray
    signed: bool
    score: float
    reference: float | None = None
    error: float | None = None
    layer: str = ""


@dataclass(frozen=True)
class Progress:
    """`done` of `total` steps; `result` comes with the last one."""

    done: int
    total: int
    result: Attribution | None = None


def attribute(target: Target, x: Tensor, method: Method, seed: int = 0) -> Iterator[Progress]:
    """Explain the number that `target` gives the single picture `x`, `(1, C, H, W)`, step by step.

    `seed` is for the baseline of noise. Raises ValueError or LookupError at the call for options that cannot be.
    """
    check(method)
    if len(x) != 1:
        raise ValueError(f"{len(x)} pictures; an attribution is of one.")
    return _WAYS[type(method)](target, x.detach(), method, seed)


def _saliency(target: Target, x: Tensor, method: Saliency, seed: int) -> Iterator[Progress]:
    score = _number(target, x)
    gradient = attr.Saliency(target).attribute(_asking(x), abs=False)[0]  # (C, H, W)
    values = gradient.abs().amax(0) if method.absolute else gradient.sum(0)
    yield Progress(1, 1, Attribution(_array(values), not method.absolute, score))


def _integrated(target: Target, x: Tensor, method: IntegratedGradients, seed: int) -> Iterator[Progress]:
    """Piece by piece: the pieces of a straight way add up to the whole, and between two of them there is a pause."""
    start = baseline(x, method.baseline, seed)
    parts = pieces(method, x.shape[2])
    counts = [method.steps // parts + (i < method.steps % parts) for i in range(parts)]
    edges = [sum(counts[:i]) / method.steps for i in range(parts + 1)]
    values = torch.zeros_like(x)
    for i, ((a, b), steps) in enumerate(zip(pairwise(edges), counts, strict=True)):
        yield Progress(i, parts)
        here, there = start + a * (x - start), start + b * (x - start)
        values += attr.IntegratedGradients(target).attribute(there, here, n_steps=steps).detach()
    score, reference = _number(target, x), _number(target, start)
    error = float(values.double().sum()) - (score - reference)
    yield Progress(parts, parts, Attribution(_array(values[0].sum(0)), True, score, reference, error))


def _occlusion(target: Target, x: Tensor, method: Occlusion, seed: int) -> Iterator[Progress]:
    """Band by band of windows: captum covers the band, the rest of the picture stays around it."""
    height, width = x.shape[2:]
    window, stride = min(method.window, height, width), method.stride
    start = baseline(x, method.baseline, seed)
    tops = bands(method, height)
    total, count = torch.zeros(height, width), torch.zeros(height, 1)
    for i, top in enumerate(tops):
        yield Progress(i, len(tops))
        rows = slice(top, min(top + window, height))
        total[rows] += _band(target, x, start, rows, window, stride)
        count[rows] += 1
    result = Attribution(_array(total / count), True, _number(target, x), _number(target, start))
    yield Progress(len(tops), len(tops), result)


@torch.no_grad()
def _band(target: Target, x: Tensor, start: Tensor, rows: slice, window: int, stride: int) -> Tensor:
    """What covering windows of the rows `rows` costs, `(rows, W)`, the mean over the windows that cover a pixel."""
    above, below = x[:, :, : rows.start], x[:, :, rows.stop :]
    band = x[:, :, rows]

    def score(bands: Tensor) -> Tensor:
        n = len(bands)
        return target(torch.cat([above.expand(n, -1, -1, -1), bands, below.expand(n, -1, -1, -1)], dim=2))

    lost = attr.Occlusion(score).attribute(
        band,
        sliding_window_shapes=(band.shape[1], band.shape[2], window),
        strides=(band.shape[1], band.shape[2], stride),
        baselines=start[:, :, rows],
        perturbations_per_eval=WINDOWS,
    )
    return lost[0, 0].cpu()  # the same for each colour


def _grad_cam(target: Target, x: Tensor, method: GradCam, seed: int) -> Iterator[Progress]:
    own, name, layer = _layer(target, x, method.layer)
    found = attr.LayerGradCam(own, layer).attribute(_asking(x), relu_attributions=method.positive)
    result = Attribution(_array(found[0, 0]), not method.positive, _number(target, x), layer=name)
    yield Progress(1, 1, result)


def _activation(target: Target, x: Tensor, method: Activation, seed: int) -> Iterator[Progress]:
    own, name, layer = _layer(target, x, method.layer)
    maps = attr.LayerActivation(own, layer).attribute(x)[0]  # (channels, h, w)
    if method.channel >= len(maps):
        raise ValueError(
            f"channel is {method.channel}; {name} has channels 0 to {len(maps) - 1}, and −1 for their mean."
        )
    values = maps.mean(0) if method.channel < 0 else maps[method.channel]
    yield Progress(1, 1, Attribution(_array(values), True, _number(target, x), layer=name))


_WAYS: dict[type, Callable[..., Iterator[Progress]]] = {
    Saliency: _saliency,
    IntegratedGradients: _integrated,
    Occlusion: _occlusion,
    GradCam: _grad_cam,
    Activation: _activation,
}


def baseline(x: Tensor, kind: str, seed: int = 0) -> Tensor:
    """A picture with nothing to see in the shape of `x`, `(1, C, H, W)`: `grey` (all 0), `blurred`, or `noise`.

    The blur is a Gaussian whose σ is an eighth of the width, the edge repeated; the noise is standard normal.
    """
    if kind == "noise":
        return noise([seed], x.shape[1:]).to(x)
    if kind == "grey":
        return torch.zeros_like(x)
    sigma = x.shape[3] / 8
    reach = round(2 * sigma)
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).to(x).expand(x.shape[1], 1, 1, -1)
    for kernel, pad in ((weights, (reach, reach, 0, 0)), (weights.mT, (0, 0, reach, reach))):
        x = F.conv2d(F.pad(x, pad, mode="replicate"), kernel, groups=x.shape[1])
    return x


def private(net: nn.Module) -> nn.Module:
    """`net` once more with modules of its own around the same weights: what is hooked there nobody else hears."""
    memo = {id(shared): shared for shared in chain(net.parameters(), net.buffers())}
    for module in net.modules():
        for hooks in (module._forward_hooks, module._forward_pre_hooks):
            memo[id(hooks)] = OrderedDict(hooks)  # as they are now: others come and go in their threads
    return copy.deepcopy(net, memo)


def _layer(target: Target, x: Tensor, name: str) -> tuple[Callable[[Tensor], Tensor], str, nn.Module]:
    """A private copy of the target, and in it the layer `name`, or by default the coarsest."""
    there = layers(target, x)
    if not there:
        raise ValueError("This network has no layer that makes one map per picture; take another method.")
    name = name or middle(there)
    if name not in there:
        raise LookupError(f"There is no layer {name!r} that makes maps; there are: {', '.join(there)}.")
    net = private(target.net)
    return (lambda pictures: target.score(net, pictures)), name, net.get_submodule(name)


@torch.no_grad()
def _number(target: Target, x: Tensor) -> float:
    return float(target(x))


def _asking(x: Tensor) -> Tensor:
    return x.clone().requires_grad_()


def _array(values: Tensor) -> np.ndarray:
    return values.detach().float().cpu().numpy()
