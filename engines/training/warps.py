"""Pictures moved by an affine map and recoloured by another, differentiably; borders reflect."""

import torch
import torch.nn.functional as F
from torch import Tensor

CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def warp(images: Tensor, inverse: Tensor) -> Tensor:
    """Move square pictures `(B, C, H, H)`, float32, by affine maps `(B, 3, 3)` that say where new pixels come from.

    Coordinates run from −1 to 1 over the picture, x to the right and y down. Whole-pixel moves and flips are exact;
    anything else is bicubic. Where the picture shrinks, four samples a pixel are averaged over its footprint, so that
    fine fur does not alias. What comes in from outside is the picture's mirror image.
    """
    images = images.contiguous()
    grid = F.affine_grid(inverse[:, :2], list(images.shape), align_corners=False)  # (B, H, H, 2)
    footprint = torch.linalg.svdvals(inverse[:, :2, :2])[:, 0]  # source pixels that one new pixel covers
    if not (footprint > 1 + 1e-6).any():
        return _sample(images, grid)
    reach = (1 - 1 / footprint).clamp(min=0) / (2 * images.shape[-1])  # a quarter of the footprint's excess
    corners = torch.tensor(CORNERS).to(inverse) * reach[:, None, None]  # (B, 4, 2)
    steps = corners @ inverse[:, :2, :2].mT
    return sum(_sample(images, grid + steps[:, i, None, None]) for i in range(4)) / 4


def _sample(images: Tensor, grid: Tensor) -> Tensor:
    return F.grid_sample(images, grid, mode="bicubic", padding_mode="reflection", align_corners=False)


def recolour(images: Tensor, matrix: Tensor) -> Tensor:
    """Apply affine maps of colour, `(B, 4, 4)` on (red, green, blue, 1), to pictures `(B, 3, H, W)`, float32."""
    colours = torch.baddbmm(matrix[:, :3, 3:], matrix[:, :3, :3], images.flatten(2))  # (B, 3, HW)
    return colours.view_as(images)
