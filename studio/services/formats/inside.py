"""What a film holds besides its pictures: one text, its recipe and, if it began from a photo, the photo."""

import json

from studio.recipe import TEXT, Recipe

PHOTO = f"{TEXT}-photo"


def pack(recipe: Recipe, photo: str = "") -> str:
    """The text of a recipe and the base64 of its photo: a recipe's own JSON, readable as one, with one more entry."""
    return joined(recipe.to_json(), photo)


def joined(text: str, photo: str) -> str:
    """Put a photo into the JSON of a recipe; text that is none, and holds no photo then, stays as it is."""
    try:
        return json.dumps(json.loads(text) | {PHOTO: photo}, sort_keys=True) if photo else text
    except (ValueError, TypeError, RecursionError):
        return text


def unpack(text: str) -> tuple[Recipe, str]:
    """Read `pack`; ValueError if it is not a recipe."""
    recipe = Recipe.from_json(text)
    photo = json.loads(text).get(PHOTO, "")
    return recipe, photo if isinstance(photo, str) else ""
