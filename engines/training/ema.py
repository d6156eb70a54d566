"""The moving average of the weights, which is what generates pictures."""

import copy

import torch
from torch import nn


class EMA:
    """Weights averaged over training with a warm-up: decay 1 − (1 + k)^−power after k steps, at most `most`.

    Without the warm-up a short run would still hold its random first weights, and sample noise. Buffers are copied.
    """

    def __init__(self, module: nn.Module, power: float = 0.75, most: float = 0.9995) -> None:
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.power = power
        self.most = most

    def decay(self, step: int) -> float:
        """The share of the average that survives the update after `step` (counted from 0)."""
        return min(self.most, 1 - (1 + step) ** -self.power)

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move the average towards `module`, whose parameters are in the same order."""
        torch._foreach_lerp_(list(self.module.parameters()), list(module.parameters()), 1 - self.decay(step))
        for mine, theirs in zip(self.module.buffers(), module.buffers(), strict=True):
            mine.copy_(theirs)
