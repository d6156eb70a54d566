"""What every look inside a chain needs: its settings for the engine, and a turn at the network for each step."""

from collections.abc import Iterator
from typing import Any, TypeVar

from studio.recipe import Recipe
from studio.services import generate, photos

T = TypeVar("T")


def settings(recipe: Recipe) -> dict[str, Any]:
    """The arguments of the engine's `trajectory` that `recipe` stands for, but for the seeds."""
    from engines import checkpoints

    model, number = checkpoints.load(recipe.checkpoint), label(recipe)
    more = {"photo": photos.load(recipe.photo, model.net.shape[1]), "start": recipe.start} if recipe.photo else {}
    guidance = recipe.guidance if recipe.label else 1.0
    walk = {"sampler": recipe.sampler, "steps": recipe.steps, "eta": recipe.eta}
    return {**walk, "label": number, "guidance": guidance, **more}


def label(recipe: Recipe) -> int | None:
    """The number of the recipe's class; ValueError if the checkpoint does not have it."""
    from engines import checkpoints

    classes = checkpoints.load(recipe.checkpoint).card.classes
    if recipe.label and recipe.label not in classes:
        allowed = ", ".join(classes) or "none, it was trained without classes"
        raise ValueError(f"{recipe.checkpoint} has no class {recipe.label!r}; allowed: {allowed}.")
    return classes.index(recipe.label) if recipe.label else None


def turns(results: Iterator[T]) -> Iterator[T]:
    """Hand results on, each made under the lock of the network step, which is free while one is being looked at."""
    while True:
        with generate.computing:
            result = next(results, None)
        if result is None:
            return
        yield result
