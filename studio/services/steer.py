"""What every look at a steered generator needs: its latents, its turn at the network, and a memory of what was made."""

import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from engines.home import home
from studio.recipe import Recipe
from studio.services import generate
from studio.services.gan import Look

T = TypeVar("T")
REMEMBERED = 12


def space(recipe: Recipe) -> Any:
    """The engine's space of latents of a recipe's generator; a conditional one draws the recipe's class, or its first.

    Raises ValueError or LookupError for a checkpoint that has no latents.
    """
    from engines import checkpoints
    from engines.introspect.space import Space

    model = checkpoints.load(recipe.checkpoint, can="latent")
    classes = model.card.classes
    label = None if not classes else classes.index(recipe.label) if recipe.label in classes else 0
    return Space(model.net, label)


def latents(look: Look, seeds: Sequence[int]) -> Any:
    """The latents of seeds, `(B, layers, D)`, truncated as the look says where there are styles."""
    there = space(look.recipe)
    found = there.latents(seeds)
    if there.styles:
        return there.gan.generator.mapping.truncate(found, look.psi, look.cutoff or None)
    return found


def turns(steps: Iterator[T]) -> Iterator[T]:
    """One step after the other, each under the lock, which nobody holds while a step is being looked at."""
    while True:
        with generate.computing:
            step = next(steps, None)
        if step is None:
            return
        yield step


def remember(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    """Keep the latest few."""
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)


def write(folder: str, key: str, arrays: dict[str, np.ndarray]) -> Path:
    """Keep arrays as `KEY.npz` in a folder of the user's home, in one move."""
    place = home() / folder
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place, suffix=".part", delete=False) as part:
        np.savez_compressed(part, **arrays)
    os.replace(part.name, place / f"{key}.npz")
    return place / f"{key}.npz"
