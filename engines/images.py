"""Pictures: float `(B, C, H, W)` in [-1, 1] for networks, uint8 `(B, H, W, C)` for everybody else."""

import math

import numpy as np
import torch
from torch import Tensor


def to_tensor(images: np.ndarray) -> Tensor:
    """Map uint8 `(B, H, W, C)` to float32 `(B, C, H, W)` in [-1, 1]."""
    if images.dtype != np.uint8 or images.ndim != 4:
        raise ValueError(
            f"Pictures are {images.dtype} of shape {images.shape}; they must be uint8 of shape (B, H, W, C)."
        )
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).float() / 127.5 - 1


def to_uint8(x: Tensor) -> np.ndarray:
    """Map float `(B, C, H, W)` to uint8 `(B, H, W, C)`; values outside [-1, 1] are clipped."""
    return quantise(to_array(x))


def to_array(x: Tensor) -> np.ndarray:
    """Map a tensor `(B, C, H, W)` to a float32 array `(B, H, W, C)` with the same values."""
    return np.ascontiguousarray(x.detach().float().cpu().permute(0, 2, 3, 1).numpy())


def quantise(x: np.ndarray) -> np.ndarray:
    """Map float pictures with values in [-1, 1] to uint8, rounding to the nearest and clipping the rest."""
    return np.rint((x.astype(np.float32) + 1) * 127.5).clip(0, 255).astype(np.uint8)


def grid(images: np.ndarray, columns: int | None = None, gap: int = 2) -> np.ndarray:
    """Lay uint8 pictures `(N, H, W, C)` out row by row on mid-grey; as square as it gets unless `columns` is given."""
    n, h, w, c = images.shape
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    sheet = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, c), 128, np.uint8)
    for i, image in enumerate(images):
        y, x = divmod(i, columns)
        sheet[y * (h + gap) : y * (h + gap) + h, x * (w + gap) : x * (w + gap) + w] = image
    return sheet
