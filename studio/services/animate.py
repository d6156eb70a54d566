"""Chains as files: the picture as PNG and all arrays, each with the recipe inside; films are in `films`."""

import io

import numpy as np
from PIL import Image

from engines.images import quantise
from studio.recipe import Recipe, png_text
from studio.services import photos
from studio.services.chains import Chain


def png(recipe: Recipe, picture: np.ndarray) -> bytes:
    """A picture, uint8 `(H, W, 3)`, as PNG with its recipe and, if it began from a photo, the photo."""
    out = io.BytesIO()
    photo = photos.to_text(recipe.photo) if recipe.photo else ""
    Image.fromarray(picture).save(out, "PNG", pnginfo=png_text(recipe, photo))
    return out.getvalue()


def npz(recipe: Recipe, chain: Chain) -> bytes:
    """All arrays of a chain, and `recipe` as text."""
    out = io.BytesIO()
    np.savez_compressed(out, recipe=recipe.to_json(), **vars(chain))
    return out.getvalue()


def pictures(chain: Chain) -> np.ndarray:
    """The states x_t of a chain as pictures, uint8 `(S, H, W, 3)`."""
    return quantise(chain.x_t)
