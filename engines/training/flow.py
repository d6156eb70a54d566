"""Gradient flow: how large the gradients of each layer are, and how far a step moves its weights."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Flow:
    """The gradients of one training step, layer by layer in the order of the network; every array is `(L,)`.

    A layer is a module with parameters of its own, weight and bias together. `mean`, `largest` and `norm` are of |g|,
    over the finite entries; `dead` is the share of exact zeros, `broken` the number of entries that are not finite;
    `weight` is ‖w‖, and `update` ‖Δw‖, what the optimiser's step changed.
    """

    layers: tuple[str, ...]
    size: np.ndarray
    mean: np.ndarray
    largest: np.ndarray
    norm: np.ndarray
    weight: np.ndarray
    update: np.ndarray
    dead: np.ndarray
    broken: np.ndarray

    @property
    def gradient_ratio(self) -> np.ndarray:
        """‖g‖ / ‖w‖; infinite where a layer still has zero weights and a gradient."""
        return _ratio(self.norm, self.weight)

    @property
    def update_ratio(self) -> np.ndarray:
        """‖Δw‖ / ‖w‖; about 1e-3 in a network that learns well."""
        return _ratio(self.update, self.weight)

    @property
    def total(self) -> float:
        """The norm of all gradients together, which clipping looks at."""
        return float(np.sqrt(np.square(self.norm).sum()))

    def scaled(self, factor: float) -> "Flow":
        """The flow of the loss times `factor`; `update` stays."""
        return replace(self, **{name: getattr(self, name) * factor for name in ("mean", "largest", "norm")})


class Layers:
    """The parameters of a network, grouped by the module that owns them."""

    def __init__(self, net: nn.Module) -> None:
        owners = [(name, m) for name, m in net.named_modules() if any(True for _ in m.parameters(recurse=False))]
        self.names = tuple(name for name, _ in owners)
        self.parameters = [p for _, m in owners for p in m.parameters(recurse=False)]
        self.of = np.repeat(np.arange(len(owners)), [len(list(m.parameters(recurse=False))) for _, m in owners])
        tables = [isinstance(m, nn.Embedding) for _, m in owners]
        self.is_table = [tables[i] for i in self.of]

    @torch.no_grad()
    def measure(self, gradients: Sequence[Tensor | None]) -> Flow:
        """The flow of `gradients`, one per parameter and None for one that had no part; nothing is updated yet."""
        there = [torch.zeros_like(p) if g is None else g for p, g in zip(self.parameters, gradients, strict=True)]
        norm, total = (torch.stack(torch._foreach_norm(there, order)) for order in (2, 1))
        ends = torch.stack([torch.stack(torch.aminmax(g)) for g in there])  # a norm of order ∞ is many times slower
        alive = torch.stack([torch.count_nonzero(g) for g in there])
        columns = torch.stack([norm, total, ends.abs().amax(1), alive.to(norm)]).double().cpu().numpy()
        size = np.array([p.numel() for p in self.parameters])
        asked = np.array([_asked(g) if table else g.numel() for g, table in zip(there, self.is_table, strict=True)])
        broken = np.zeros(len(size), int)
        for i in np.flatnonzero(~np.isfinite(columns[:3]).all(0)):
            columns[:3, i], broken[i] = _finite(there[i])
        norm, total, largest, alive = columns
        size_of = self._sum(size)
        return Flow(
            self.names,
            size=size_of,
            mean=self._sum(total) / size_of,
            largest=np.array([largest[self.of == i].max() for i in range(len(self.names))]),
            norm=np.sqrt(self._sum(norm**2)),
            weight=self.norms(self.parameters),
            update=np.zeros(len(self.names)),
            dead=1 - self._sum(alive) / self._sum(asked),
            broken=self._sum(broken).astype(int),
        )

    @torch.no_grad()
    def norms(self, tensors: Sequence[Tensor]) -> np.ndarray:
        """The norm of each layer of `tensors`, one per parameter: `(L,)`."""
        norm = torch.stack(torch._foreach_norm(list(tensors), 2)).double().cpu().numpy()
        return np.sqrt(self._sum(norm**2))

    def _sum(self, values: np.ndarray) -> np.ndarray:
        return np.bincount(self.of, values, len(self.names))


class Watch:
    """Measures one step of an optimiser: `before` it, with the gradients not clipped yet, and `after` it."""

    def __init__(self, net: nn.Module) -> None:
        self.layers = Layers(net)
        self.seconds = 0.0  # that all of this took
        self._flow: Flow | None = None

    @torch.no_grad()
    def before(self) -> None:
        """Measure the gradients that there are and remember the weights."""
        began = time.monotonic()
        self._flow = self.layers.measure([p.grad for p in self.layers.parameters])
        self._weights = [p.detach().clone() for p in self.layers.parameters]
        self.seconds += time.monotonic() - began

    @torch.no_grad()
    def after(self) -> None:
        """Measure how far the weights moved; ratios are to the weights after that, so that they are finite."""
        began = time.monotonic()
        torch._foreach_sub_(self._weights, [p.detach() for p in self.layers.parameters])
        update, weight = self.layers.norms(self._weights), self.layers.norms(self.layers.parameters)
        self._weights.clear()
        self._flow = replace(self._flow, update=update, weight=weight)
        self.seconds += time.monotonic() - began

    def taken(self) -> Flow | None:
        """The flow of the last step, once."""
        flow, self._flow = self._flow, None
        return flow


def plain(flow: Flow) -> dict[str, list[float]]:
    """The numbers of a flow with four digits, without its names, for a line of JSON."""
    return {name: [float(f"{v:.4g}") for v in values] for name, values in vars(flow).items() if name != "layers"}


def from_plain(layers: Sequence[str], values: Mapping[str, Sequence[float]]) -> Flow:
    """Read `plain` back; KeyError if a number is missing."""
    names = [name for name in Flow.__dataclass_fields__ if name != "layers"]
    return Flow(tuple(layers), **{name: np.array(values[name], float) for name in names})


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.where(part > 0, np.inf, 0.0), where=whole > 0)


def _asked(gradient: Tensor) -> int:
    """The entries of a table of embeddings whose rows were looked up; all of them if none was."""
    rows = int(gradient.any(1).sum())
    return (rows or len(gradient)) * gradient.shape[1]


def _finite(gradient: Tensor) -> tuple[list[float], int]:
    """Norm, sum and largest of the finite |g|, in double precision since squares overflow; and how many are not."""
    good = gradient[torch.isfinite(gradient)].double().abs()
    numbers = [float(good.norm()), float(good.sum()), float(good.max()) if len(good) else 0.0]
    return numbers, gradient.numel() - len(good)
