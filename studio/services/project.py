"""Projection: the picture to look for, the search while it runs, and what was kept of it for other pages."""

import hashlib
import json
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from engines.home import home
from studio.recipe import Recipe
from studio.services import photos, samples, steer
from studio.services.gan import Look

PHOTO, DRAWN = "photo", "drawn"
FOLDER = "projections"
STORED = 256  # px of a kept photo, so that there is something to crop
FRAMES = 50  # of a search that are shown
ZOOMS = (1.0, 3.0)
_searches: OrderedDict[Any, "Search"] = OrderedDict()


@dataclass(frozen=True)
class Subject:
    """The picture to look for: a `photo` by its digest, or sample `tile` of the checkpoint `origin`, or a drawn cat.

    A photo is cropped: `zoom` from 1, `x` and `y` from −1 to 1 move the square to the left, right, top and bottom.
    """

    origin: str
    tile: int = 0
    photo: str = ""
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class Settings:
    """How to search; `layered` gives each layer a latent of its own."""

    steps: int
    starts: int
    pixel: float
    layered: bool


@dataclass(frozen=True)
class Search:
    """The states so far, of `total` steps: pictures uint8 `(S, H, W, 3)` and the engine's numbers `(S,)`.

    `latent`, `(layers, D)`, is that of the last picture. `done` counts steps.
    """

    target: np.ndarray
    pictures: np.ndarray
    index: np.ndarray
    loss: np.ndarray
    feature: np.ndarray
    psnr: np.ndarray
    latent: np.ndarray
    space: str
    total: int

    @property
    def done(self) -> bool:
        """Whether the search came to its end."""
        return int(self.index[-1]) == self.total


@dataclass(frozen=True)
class Kept:
    """A projection in the user's home: `latent` `(layers, D)` in `space` w or z, its `picture` and the `target`."""

    name: str
    recipe: Recipe
    latent: np.ndarray
    picture: np.ndarray
    target: np.ndarray
    space: str
    psnr: float
    feature: float
    steps: int


def origins() -> list[str]:
    """Where pictures to look for can come from."""
    return [*samples.sampled(), DRAWN, PHOTO]


def target(look: Look, subject: Subject) -> np.ndarray:
    """The picture at the generator's size, uint8 `(H, W, 3)`; LookupError or ValueError if it cannot be had."""
    size = steer.space(look.recipe).gan.shape[1]
    if subject.origin == PHOTO:
        return cropped(photos.load(subject.photo, STORED), subject, size)
    if subject.origin == DRAWN:
        from engines.data.sources import load

        return load("drawn", size, limit=subject.tile + 1).images[subject.tile]
    tiles = samples.tiles(subject.origin, subject.tile + 1, size)
    return tiles[min(subject.tile, len(tiles) - 1)]


def cropped(photo: np.ndarray, subject: Subject, size: int) -> np.ndarray:
    """The chosen square of a square photo, uint8 `(size, size, 3)`."""
    side = photo.shape[0] / subject.zoom
    left, top = ((photo.shape[0] - side) * (1 + at) / 2 for at in (subject.x, subject.y))
    box = tuple(round(edge) for edge in (left, top, left + side, top + side))
    return np.asarray(Image.fromarray(photo).crop(box).resize((size, size), Image.Resampling.LANCZOS))


def search(look: Look, subject: Subject, settings: Settings) -> Iterator[Search]:
    """Yield the search after every step; its pictures grow every few. What was stopped is kept as far as it came."""
    from engines.images import quantise
    from engines.introspect import projection

    wanted, space = target(look, subject), steer.space(look.recipe)
    ask = projection.Search(
        steps=settings.steps, starts=settings.starts, pixel=settings.pixel, layered=settings.layered
    )
    every, kept = max(1, settings.steps // FRAMES), []
    for state in steer.turns(projection.project(space, wanted, ask, look.recipe.seed)):
        if state.done % every == 0 or state.done == state.total:
            kept.append(state)
            columns = {name: np.array([getattr(s, name) for s in kept]) for name in ("loss", "feature", "psnr")}
            so_far = Search(
                target=wanted,
                pictures=np.stack([quantise(s.picture) for s in kept]),
                index=np.array([s.done for s in kept]),
                **columns,
                latent=state.latent,
                space=space.name,
                total=state.total,
            )
            steer.remember(_searches, _key(look, subject, settings), so_far)
        yield so_far


def frames(settings: Settings) -> int:
    """How many pictures a search has in the end."""
    every = max(1, settings.steps // FRAMES)
    return len({*range(0, settings.steps + 1, every), settings.steps})


def known(look: Look, subject: Subject, settings: Settings) -> Search | None:
    """The search as far as it came, if it was begun before."""
    return _searches.get(_key(look, subject, settings))


def keep(look: Look, found: Search, name: str) -> str:
    """Keep the last latent with its recipe, for other pages too; returns its key."""
    key = hashlib.sha256(found.latent.tobytes() + look.recipe.weights.encode()).hexdigest()[:16]
    said = {"name": name.strip()[:60] or f"projection {key[:4]}", "recipe": look.recipe.to_json()}
    said |= {"space": found.space, "psnr": float(found.psnr[-1]), "feature": float(found.feature[-1])}
    text = np.array(json.dumps(said | {"steps": int(found.index[-1])}))
    arrays = {"latent": found.latent, "picture": found.pictures[-1], "target": found.target, "said": text}
    steer.write(FOLDER, key, arrays)
    return key


def kept(checkpoint: str = "") -> dict[str, Kept]:
    """What was kept, by key, by name; of one checkpoint or of all. A damaged file is left out."""
    found = {}
    for path in (home() / FOLDER).glob("*.npz"):
        try:
            with np.load(path, allow_pickle=False) as saved:
                said = json.loads(str(saved["said"]))
                arrays = {name: saved[name] for name in ("latent", "picture", "target")}
            recipe = Recipe.from_json(said.pop("recipe"))
            found[path.stem] = Kept(recipe=recipe, **said, **arrays)
        except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile):
            continue
    mine = {key: each for key, each in found.items() if checkpoint in ("", each.recipe.checkpoint)}
    return dict(sorted(mine.items(), key=lambda pair: pair[1].name))


def forget(key: str) -> None:
    """Remove what was kept."""
    (home() / FOLDER / f"{key}.npz").unlink(missing_ok=True)


def _key(look: Look, subject: Subject, settings: Settings) -> tuple[Any, ...]:
    return (look.recipe.key, subject, settings)
