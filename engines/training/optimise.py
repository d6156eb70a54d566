"""One optimiser step done safely: clipped, and skipped when a gradient is not a number."""

import torch
from torch import Tensor, nn

from engines.training.config import TrainConfig
from engines.training.flow import Watch

PATIENCE = 50  # non-finite steps in a row after which a run is hopeless


def fitting(module: nn.Module, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Those of `weights` that have the name and shape of one of `module`'s; ValueError if there are none."""
    mine = module.state_dict()
    fits = {k: v for k, v in weights.items() if k in mine and mine[k].shape == v.shape}
    if not fits:
        raise ValueError("None of the initial weights has the shape of a layer of this model.")
    return fits


class Optimiser:
    """AdamW over one module, with clipping; counts the steps that it had to skip."""

    def __init__(self, module: nn.Module, config: TrainConfig) -> None:
        self.module = module
        self.config = config
        self.adam = torch.optim.AdamW(
            module.parameters(), config.learning_rate, betas=config.betas, weight_decay=config.weight_decay, fused=True
        )
        self.skipped = 0
        self.watch: Watch | None = None  # looks on while it is set
        self._in_a_row = 0

    def step(self, rate: float) -> float:
        """Apply the gradients that are there, at `rate` times the learning rate; returns their norm before clipping.

        A norm that is not finite leaves the weights as they were. Raises RuntimeError after 50 of those in a row.
        """
        if self.watch:
            self.watch.before()
        norm = nn.utils.clip_grad_norm_(self.module.parameters(), self.config.clip)
        if torch.isfinite(norm):
            for group in self.adam.param_groups:
                group["lr"] = rate * self.config.learning_rate
            self.adam.step()
            self._in_a_row = 0
        else:
            self.skipped += 1
            self._in_a_row += 1
            if self._in_a_row >= PATIENCE:
                raise RuntimeError(
                    f"{PATIENCE} steps in a row had gradients that are not numbers; lower learning_rate "
                    f"({self.config.learning_rate:g}) or use precision fp32, and resume from the last saved state."
                )
        if self.watch:
            self.watch.after()
        self.adam.zero_grad(set_to_none=True)
        return float(norm)

    def state_dict(self) -> dict[str, Tensor | int]:
        """What `load_state_dict` needs to go on exactly."""
        return {"adam": self.adam.state_dict(), "skipped": self.skipped}

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state` was taken."""
        self.adam.load_state_dict(state["adam"])
        self.skipped = state["skipped"]
