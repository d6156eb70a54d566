"""The gradients of one training step of a finished model, which stays as it is: by layer, and by noise level."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from engines.diffusion.model import DDPM
from engines.diffusion.schedules import Schedule
from engines.images import to_tensor
from engines.noise import generator, noise
from engines.training.flow import Flow, Layers
from engines.training.objectives import min_snr_weight, stratified_steps

M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class StepFlow:
    """One training step: the steps `t`, `(B,)`, of its pictures, its weighted loss, and the flow of its gradients."""

    t: np.ndarray
    loss: float
    flow: Flow


@dataclass(frozen=True)
class LevelFlow:
    """The same pictures, all at step `t`: loss and gradients as they are; min-SNR makes both `weight` times that."""

    t: int
    weight: float
    loss: float
    flow: Flow

    def weighted(self) -> "LevelFlow":
        """What training with this weight sees: the gradient of w · loss is w times the gradient."""
        return replace(self, loss=self.weight * self.loss, flow=self.flow.scaled(self.weight))


def differentiable(net: M) -> M:
    """A private copy that shares the memory of `net`'s weights and none of its hooks; its parameters want gradients.

    The shared model may not be told to want them, since other threads are using it.
    """
    shared: dict[int, Any] = {id(p): nn.Parameter(p.detach()) for p in net.parameters()}
    shared |= {id(b): b for b in net.buffers()}
    for module in net.modules():
        shared |= {id(value): type(value)() for name, value in vars(module).items() if name.endswith("_hooks")}
    return copy.deepcopy(net, shared).eval()


def step_flow(
    model: DDPM,
    images: np.ndarray,
    labels: np.ndarray | None,
    seed: int,
    gamma: float | None,
    learning_rate: float,
    weight_decay: float = 0.0,
) -> StepFlow:
    """One training step on `images`, uint8 `(B, H, W, C)`: the steps and the noise come from `seed`, no dropout.

    `labels` `(B,)` are classes, None for a model without or the null class; `gamma` is that of min-SNR, None for no
    weights. `update` is what AdamW's first step at this rate would change, from empty moments (`first_update`).
    """
    net, draw = differentiable(model), generator(seed)
    t = stratified_steps(model.schedule.steps, len(images), draw)
    x0 = to_tensor(images)
    eps = torch.randn(x0.shape, generator=draw)
    weight = min_snr_weight(model.schedule, t, model.config.prediction, gamma)
    loss, layers, gradients = _gradients(net, x0, t, eps, labels, weight)
    updates = first_update(layers.parameters, gradients, learning_rate, weight_decay)
    flow = replace(layers.measure(gradients), update=layers.norms(updates))
    return StepFlow(t.numpy(), loss, flow)


def level_flows(
    model: DDPM, images: np.ndarray, labels: np.ndarray | None, seed: int, times: Sequence[int], gamma: float = 5.0
) -> Iterator[LevelFlow]:
    """Yield the flow of `images`, uint8 `(B, H, W, C)`, with all of them at one step, for each of `times`.

    Noise comes from `seed` and is the same at every step, so that levels differ by nothing else. Raises ValueError for
    a step that the model does not have.
    """
    if wrong := [t for t in times if not 0 <= t < model.schedule.steps]:
        raise ValueError(f"Step {wrong[0]} of a model with {model.schedule.steps} steps, counted from 0.")
    net, x0 = differentiable(model), to_tensor(images)
    eps = noise(range(seed, seed + len(images)), x0.shape[1:])
    for step in times:
        t = torch.full((len(images),), step)
        loss, layers, gradients = _gradients(net, x0, t, eps, labels, torch.ones(len(t)))
        weight = float(min_snr_weight(model.schedule, t[:1], model.config.prediction, gamma))
        yield LevelFlow(step, weight, loss, layers.measure(gradients))


def level_times(schedule: Schedule, levels: int) -> list[int]:
    """`levels` steps spread evenly over the schedule, each in the middle of its slice; at most one per step."""
    levels = min(levels, schedule.steps)
    return [int((i + 0.5) * schedule.steps / levels) for i in range(levels)]


@torch.no_grad()
def first_update(
    weights: Sequence[Tensor], gradients: Sequence[Tensor | None], learning_rate: float, weight_decay: float
) -> list[Tensor]:
    """Δw of AdamW's first step (Loshchilov & Hutter, 2019, algorithm 2): the moments are the gradient and its square.

    −η (g / (|g| + 1e-8) + λ w): η in every entry, whatever the gradient's size, as long as there is one.
    """
    return [
        -learning_rate * ((0 if g is None else g / (g.abs() + 1e-8)) + weight_decay * w)
        for w, g in zip(weights, gradients, strict=True)
    ]


def _gradients(
    net: DDPM, x0: Tensor, t: Tensor, eps: Tensor, labels: np.ndarray | None, weight: Tensor
) -> tuple[float, Layers, list[Tensor | None]]:
    """Loss and gradients in fp32; a parameter that had no part in the loss has None."""
    schedule, device, layers = net.schedule, net.device, Layers(net)
    target = {"eps": eps, "x0": x0, "v": schedule.velocity(x0, t, eps)}[net.config.prediction]
    label = None if labels is None else torch.from_numpy(labels).to(device)
    with torch.enable_grad():
        output = net(schedule.q_sample(x0, t, eps).to(device), t.to(device), label)
        error = (output - target.to(device)).square().mean((1, 2, 3))
        loss = (error * weight.to(error)).mean()
        gradients = torch.autograd.grad(loss, layers.parameters, allow_unused=True)
    return float(loss.detach()), layers, list(gradients)
