"""The ways to ask which part of a picture moved a number; each is its options, typed and with ranges, without torch."""

from dataclasses import dataclass, field, fields
from typing import Any

BASELINES = {"grey": "mid-grey", "blurred": "blurred", "noise": "fresh noise"}
LARGEST = 1024  # channels
BATCH = 4  # points of a way in one network call


def _option(
    default: Any, title: str, help: str, low: int = 0, high: int = 0, choices: dict[str, str] | None = None
) -> Any:
    """A field that says how to ask for it: a range for a number, choices with their titles for a text."""
    return field(default=default, metadata={"title": title, "help": help, "range": (low, high), "choices": choices})


def _baseline() -> Any:
    return _option("grey", "Instead of the picture", "What counts as nothing to see.", choices=BASELINES)


def _layer() -> Any:
    return _option("", "Layer", "Coarse layers see wide, fine ones sharp.")


@dataclass(frozen=True)
class Saliency:
    """How fast the number changes with each pixel: the gradient (Simonyan et al., 2014)."""

    absolute: bool = _option(True, "Strength only", "Off: which direction as well.")


@dataclass(frozen=True)
class IntegratedGradients:
    """The gradient summed up on the straight way from a baseline to the picture (Sundararajan et al., 2017).

    The parts add up to the change of the number on that way; what is missing is the completeness error.
    """

    baseline: str = _baseline()
    steps: int = _option(16, "Steps on the way", "More steps, a smaller error.", 2, 128)


@dataclass(frozen=True)
class Occlusion:
    """What the number loses when a window of the picture is covered (Zeiler & Fergus, 2014), averaged over windows."""

    baseline: str = _baseline()
    window: int = _option(8, "Window, px", "The square that is covered.", 1, 32)
    stride: int = _option(8, "Stride, px", "How far the window moves; at most its size.", 1, 32)


@dataclass(frozen=True)
class GradCam:
    """Channels of a layer, weighted by their mean gradient and added up (Selvaraju et al., 2017)."""

    layer: str = _layer()
    positive: bool = _option(False, "Only what raises it", "As in the paper: negative parts are cut off.")


@dataclass(frozen=True)
class Activation:
    """What a layer says by itself: one channel, or the mean of all (−1). The number plays no part."""

    layer: str = _layer()
    channel: int = _option(-1, "Channel", "−1 is the mean of all channels.", -1, LARGEST)


Method = Saliency | IntegratedGradients | Occlusion | GradCam | Activation
METHODS = {
    "saliency": Saliency,
    "integrated-gradients": IntegratedGradients,
    "occlusion": Occlusion,
    "grad-cam": GradCam,
    "activation": Activation,
}
LAYERED = (GradCam, Activation)
PIECEWISE = (IntegratedGradients, Occlusion)


def pieces(method: Method, height: int) -> int:
    """How many pieces of work, between which one may stop, a method takes on a picture `height` pixels high."""
    if isinstance(method, IntegratedGradients):
        return -(-method.steps // BATCH)
    return len(bands(method, height)) if isinstance(method, Occlusion) else 1


def bands(method: Occlusion, height: int) -> range:
    """The upper rows of the windows."""
    return range(0, max(height - method.window, 0) + method.stride, method.stride)


def check(method: Method) -> None:
    """Raise ValueError for an option out of its range, or a window that would leave pixels uncovered."""
    for option in fields(method):
        value, (low, high), choices = getattr(method, option.name), option.metadata["range"], option.metadata["choices"]
        if choices and value not in choices:
            raise ValueError(f"{option.name} is {value!r}; allowed: {', '.join(choices)}.")
        if low < high and not low <= value <= high:
            raise ValueError(f"{option.name} is {value}; allowed: {low} to {high}.")
    if isinstance(method, Occlusion) and method.stride > method.window:
        raise ValueError(
            f"stride is {method.stride} and window {method.window}; a stride above the window leaves pixels uncovered."
        )
