"""Who owns which pixel: two pictures and a mask between them, the collage that they make, and its seam.

A mask is float32 `(H, W)`: 0 where the first cat owns the pixel, 1 where the second does, between at a soft edge.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from engines.diffusion.model import DDPM
from engines.images import to_tensor

SEAM = 1 / 16  # of the picture's side: so far from the border to both sides reaches the seam


@dataclass(frozen=True)
class Pair:
    """Two pictures, float32 `(C, H, W)` in [-1, 1], and `mask`, `(1, H, W)`, 1 where `b` owns the pixel."""

    a: Tensor
    b: Tensor
    mask: Tensor

    @property
    def collage(self) -> Tensor:
        """The two pictures, mixed pixel by pixel, `(C, H, W)`."""
        return (1 - self.mask) * self.a + self.mask * self.b

    @property
    def cut(self) -> Tensor:
        """The same as scissors cut it, each pixel wholly of its owner: `(C, H, W)`."""
        return torch.where(self.mask > 0.5, self.b, self.a)

    @property
    def seam(self) -> Tensor:
        """Bool `(H, W)`: the pixels that have pixels of both owners within a sixteenth of the picture's side."""
        owned, reach = (self.mask > 0.5).float()[None], max(1, round(SEAM * self.mask.shape[-1]))
        return F.max_pool2d(torch.cat([owned, 1 - owned]), 2 * reach + 1, 1, reach).prod(0)[0].bool()


def pair(net: DDPM, a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> Pair:
    """Two pictures, uint8 `(H, W, C)`, and a mask `(H, W)` on the device of `net`.

    Raises ValueError if they do not have the model's size or the mask leaves [0, 1].
    """
    size = (*net.shape[1:], net.shape[0])
    if a.shape != size or b.shape != size or mask.shape != size[:2]:
        raise ValueError(f"Pictures {a.shape} and {b.shape}, mask {mask.shape}; this model takes {size}.")
    if not ((mask >= 0) & (mask <= 1)).all():
        raise ValueError(f"The mask goes from {mask.min():g} to {mask.max():g}; allowed: 0 (all a) to 1 (all b).")
    both = to_tensor(np.stack([a, b])).to(net.device)
    return Pair(both[0], both[1], torch.from_numpy(mask.astype(np.float32)).to(net.device)[None])
