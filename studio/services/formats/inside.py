"""What a film holds besides its pictures: one text, its recipe and the photos that it needs."""

import json
from collections.abc import Sequence

from studio.recipe import TEXT, Recipe

PHOTO = f"{TEXT}-photo"


def pack(recipe: Recipe, photos: Sequence[str] = ()) -> str:
    """The text of a recipe and of photos in base64: a recipe's own JSON, readable as one, with one more entry."""
    return joined(recipe.to_json(), photos)


def joined(text: str, photos: Sequence[str]) -> str:
    """Put photos into the JSON of a recipe; text that is none, and holds no photos then, stays as it is."""
    try:
        return json.dumps(json.loads(text) | {PHOTO: list(photos)}, sort_keys=True) if photos else text
    except (ValueError, TypeError, RecursionError):
        return text


def unpack(text: str) -> tuple[Recipe, tuple[str, ...]]:
    """Read `pack`; ValueError if it is not a recipe."""
    recipe = Recipe.from_json(text)
    photos = json.loads(text).get(PHOTO, [])
    return recipe, tuple(photo for photo in photos if isinstance(photo, str)) if isinstance(photos, list) else ()
