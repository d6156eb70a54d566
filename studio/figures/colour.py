"""Values as colours: viridis for magnitudes, PuOr for signed values, mid-grey RGB for signed pictures."""

from functools import cache

import numpy as np
from plotly.colors import diverging, sequential, unlabel_rgb

COLOURS = {
    "viridis": sequential.Viridis,
    "cividis": sequential.Cividis,
    "puor": diverging.PuOr,
    "prgn": diverging.PRGn,
    "grey": ["#000000", "#ffffff"],
}


@cache
def lookup(name: str) -> np.ndarray:
    """Return the 256 colours of a map, uint8 `(256, 3)`, low to high."""
    if name not in COLOURS:
        raise ValueError(f"Unknown colour map {name!r}; allowed: {', '.join(COLOURS)}.")
    stops = np.array([_rgb(stop) for stop in COLOURS[name]], float)  # (n, 3)
    at = np.linspace(0, len(stops) - 1, 256)
    table = np.stack([np.interp(at, np.arange(len(stops)), channel) for channel in stops.T], axis=1)
    table = table.round().astype(np.uint8)
    table.flags.writeable = False
    return table


def hex_stops(name: str, n: int = 17) -> list[str]:
    """Return `n` evenly spaced colours of a map as #rrggbb, for a gradient."""
    picked = lookup(name)[np.linspace(0, 255, n).round().astype(int)]
    return ["#" + bytes(rgb).hex() for rgb in picked]


def heat(values: np.ndarray, low: float, high: float, name: str = "viridis") -> np.ndarray:
    """Colour values `(…)` from `low` to `high` as uint8 `(…, 3)`; what lies outside takes the end colours."""
    if not low < high:
        raise ValueError(f"The colour range is {low:g} to {high:g}; low must be below high.")
    share = np.clip((np.asarray(values, np.float32) - low) / (high - low), 0, 1)
    return lookup(name)[np.rint(255 * share).astype(np.uint8)]


def signed_heat(values: np.ndarray, limit: float, name: str = "puor") -> np.ndarray:
    """Colour signed values `(…)` from −limit to limit, 0 in the middle, as uint8 `(…, 3)`."""
    return heat(values, -limit, limit, name)


def signed_rgb(x: np.ndarray, limit: float) -> np.ndarray:
    """Show signed pictures `(…, H, W, 3)` as uint8: −limit is 0, no value is mid-grey 128, limit is 255."""
    if limit <= 0:
        raise ValueError(f"limit is {limit:g}; it must be above 0, the value shown as white.")
    return np.clip(np.rint(127.5 + 127.5 * np.asarray(x, np.float32) / limit), 0, 255).astype(np.uint8)


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(bytes.fromhex(colour[1:])) if colour.startswith("#") else unlabel_rgb(colour)
