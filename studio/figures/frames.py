"""A chain as the panes of a scrubber: what each frame looks like and what is said of it."""

import math

import numpy as np

from studio.figures.colour import signed_rgb
from studio.figures.digits import short

NOISE = 3.0  # a predicted noise of ±3 standard deviations fills the range from black to white
CHANGE = 0.5  # so does a change of ±0.5, a quarter of the picture's range


def picture(x: np.ndarray) -> np.ndarray:
    """Pictures `(S, H, W, 3)` in [-1, 1] as uint8, bit for bit as files hold them; what lies outside is clipped."""
    return np.rint((x.astype(np.float32) + 1) * 127.5).clip(0, 255).astype(np.uint8)


def noise(eps: np.ndarray) -> np.ndarray:
    """Predicted noise `(S, H, W, 3)` as uint8 around mid-grey."""
    return signed_rgb(eps, NOISE)


def change(x_t: np.ndarray) -> np.ndarray:
    """Each state minus the one before, `(S, H, W, 3)`, as uint8 around mid-grey; nothing for the first."""
    return signed_rgb(np.diff(x_t.astype(np.float32), axis=0, prepend=x_t[:1]), CHANGE)


def label(t: int, index: int, total: int, alpha_bar: float) -> str:
    """What the scrubber says of a frame: "t = 412 · step 12 of 20 · SNR −3 dB"."""
    if t < 0:
        return f"the picture · after {total} steps"
    snr = 10 * math.log10(alpha_bar / (1 - alpha_bar)) if 0 < alpha_bar < 1 else -math.inf
    text = "−∞" if math.isinf(snr) else short(round(snr, 1))
    return f"t = {t} · step {index + 1} of {total} · SNR {text} dB"


def sheet(pictures: np.ndarray, scale: int, columns: int = 4, gap: int = 2) -> np.ndarray:
    """Pictures, uint8 `(N, H, W, 3)`, row by row on mid-grey, each pixel `scale` screen pixels wide."""
    big = pictures.repeat(scale, axis=1).repeat(scale, axis=2)
    n, height, width, _ = big.shape
    rows = -(-n // columns)
    ground = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 128, np.uint8)
    for i, picture in enumerate(big):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        ground[y : y + height, x : x + width] = picture
    return ground
