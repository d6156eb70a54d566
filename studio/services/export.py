"""A view as files: what each kind carries of its recipe, and its raw arrays."""

import io
from collections.abc import Mapping
from urllib.parse import unquote_plus

import numpy as np

from studio.recipe import TEXT, Recipe
from studio.services import films, photos
from studio.services.formats import inside

KINDS = {"png": "PNG, with its recipe", "pdf": "PDF", "svg": "SVG", "npz": "Raw arrays (.npz)"}


def texts(recipe: Recipe) -> dict[str, str]:
    """The texts inside a file, by name: the recipe, a line for people, and the photos that it or its view needs."""
    photo = {inside.PHOTO: photos.to_text(recipe.photo)} if recipe.photo else {}
    others = [photos.to_text(digest) for digest in films.needed(recipe) if digest != recipe.photo]
    return {TEXT: inside.pack(recipe, others), "Description": recipe.line(), **photo}


def caption(recipe: Recipe) -> str:
    """What stands under a printed view: all that is needed to see it again."""
    weights = f" · weights {recipe.weights}" if recipe.weights else ""
    return f"{recipe.line()}{weights}" + (f"\n{unquote_plus(recipe.view)}" if recipe.view else "")


def npz(recipe: Recipe, arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays by name, and `recipe` as text; ValueError if an array has that name, or one would have to be pickled."""
    if "recipe" in arrays:
        raise ValueError("No array can be called recipe: under this name the file holds the recipe.")
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise ValueError(f"Array {name} holds Python objects; give numbers or texts of one kind.")
    out = io.BytesIO()
    np.savez_compressed(out, recipe=recipe.to_json(), **arrays)
    return out.getvalue()
