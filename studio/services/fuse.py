"""Paths between cats by every way there is: which rows a page can show, and each row's film as it grows."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from studio.recipe import Recipe
from studio.services import cats, generate, inside, library, store
from studio.services.cats import Cat

POINTS = 18  # stretches from one cat to the next: every second end of one is one of eight points between the two
MOST_CATS = 5
SEARCH = 150
BLEND = "blend"  # the way without a model
FOLDER, LIMIT = "fusions", 256 * 2**20  # bytes


@dataclass(frozen=True)
class Row:
    """One way between two cats: `way` of the family of `checkpoint`, "" for the blend; `ends` is the engine's.

    `slow` says that a search comes first, which takes longer than all other rows together.
    """

    checkpoint: str
    way: str
    title: str
    says: str
    ends: bool = True
    slow: bool = False

    @property
    def name(self) -> str:
        """The row in an address."""
        return f"{self.checkpoint}:{self.way}" if self.checkpoint else self.way


@dataclass(frozen=True)
class Ask:
    """What is asked for: the cats in their order, back to the first one in a `loop`; `recipe` says how chains run.

    Of the recipe, `checkpoint`, `seed`, `sampler`, `steps`, `start` and `label` count. `search` is the number of steps
    of the search for a latent. Raises ValueError for too few or too many cats.
    """

    recipe: Recipe
    cats: tuple[Cat, ...]
    loop: bool = False
    search: int = SEARCH

    def __post_init__(self) -> None:
        if not 2 <= len(self.cats) <= MOST_CATS:
            raise ValueError(f"{len(self.cats)} cats; a path takes 2 to {MOST_CATS}.")

    @property
    def legs(self) -> list[tuple[Cat, Cat]]:
        """From each cat to the next."""
        ring = [*self.cats, self.cats[0]] if self.loop else list(self.cats)
        return list(pairwise(ring))

    @property
    def places(self) -> np.ndarray:
        """Where the frames of a film stand, `(F,)`: 0 at the first cat, 1 at the second, and so on."""
        return np.arange(len(self.legs) * POINTS + 1) / POINTS


@dataclass(frozen=True)
class Film:
    """The frames of a row, uint8 `(F, H, W, 3)`, at `lam` `(F,)`; `here` `(F,)` says which of them are there yet.

    What is not there shows the nearest frame that is. `noise` `(F,)` is NaN where nothing is noise.
    """

    pictures: np.ndarray
    lam: np.ndarray
    noise: np.ndarray
    here: np.ndarray

    @property
    def done(self) -> bool:
        """Whether all frames are there."""
        return bool(self.here.all())


def rows(checkpoint: str) -> list[Row]:
    """All ways that there are: the blend, those of `checkpoint`, and those of one checkpoint of each other family."""
    from engines.families import FAMILIES
    from engines.fusion.blend import PIXELS

    found = [Row("", BLEND, PIXELS.title, PIXELS.says)]
    first = library.find(checkpoint, "interpolate")
    shown = {first.family: first}
    for entry in sorted(library.checkpoints("interpolate"), key=lambda entry: list(FAMILIES).index(entry.family)):
        shown.setdefault(entry.family, entry)
    for kind, entry in shown.items():
        for name, way in FAMILIES[kind].ways.items():
            title = way.title if entry is first else f"{way.title}, {entry.name}"
            found.append(Row(entry.name, name, title, way.says, way.ends, "search" in way.reads))
    return found


def known(ask: Ask, row: Row, lams: np.ndarray | None = None) -> Film | None:
    """A row's film, if all of it was made before; `lams` as in `film`."""
    builder = _Builder(ask, row, lams)
    for leg, group in builder.groups:
        if not builder.recall(leg, group):
            return None
    return builder.film()


def film(ask: Ask, row: Row, lams: np.ndarray | None = None, draft: bool = False) -> Iterator[Film | None]:
    """Yield a row's film after each network step; None while a cat is being encoded and there is no frame yet.

    `lams`, `(F,)`, are the λ of the frames within their legs, evenly spread if None. With `draft` only every second
    frame is made. Raises ValueError or LookupError where a cat or a checkpoint cannot be had.
    """
    builder = _Builder(ask, row, lams)
    for leg, group in builder.groups:
        if (draft and group) or builder.recall(leg, group):
            continue
        yield from builder.draw(leg, group)
    yield builder.film()


def parents(ask: Ask) -> list[np.ndarray]:
    """The pictures of the cats, uint8 `(size, size, 3)`, at the checkpoint's own size."""
    size = library.find(ask.recipe.checkpoint).size
    return [cats.picture(cat, size, ask.recipe.checkpoint) for cat in ask.cats]


def kept(ask: Ask, row: Row, lams: np.ndarray) -> np.ndarray | None:
    """The pictures of the first leg at some λ, uint8 `(L, H, W, 3)`, if they were made before."""
    there = store.read(FOLDER, _Builder(ask, row, None).key(0, lams)) or {}
    return there["pictures"] if len(there.get("pictures", ())) == len(lams) else None


def several(ask: Ask, row: Row, lams: np.ndarray) -> Iterator[tuple[np.ndarray, bool]]:
    """Yield the pictures of the first leg at some λ, uint8 `(L, H, W, 3)`, and whether they are finished.

    What was made before comes at once.
    """
    if (there := kept(ask, row, lams)) is not None:
        yield there, True
        return
    builder = _Builder(ask, row, None)
    key = builder.key(0, lams)
    for pictures, noise, ready in builder.walk(0, lams):
        if ready:
            store.write(FOLDER, key, {"pictures": pictures, "noise": noise}, LIMIT)
        yield pictures, ready


class _Builder:
    """Makes the film of one row leg by leg; each leg in two groups, every second frame and then those between."""

    def __init__(self, ask: Ask, row: Row, lams: np.ndarray | None) -> None:
        from engines import checkpoints
        from engines.families import family
        from engines.fusion.blend import PIXELS

        self.ask, self.row = ask, row
        self.model = checkpoints.load(row.checkpoint, can="interpolate") if row.checkpoint else None
        self.way = PIXELS if self.model is None else family(self.model.card.family).ways[row.way]
        places = ask.places
        self.leg = np.minimum(places.astype(int), len(ask.legs) - 1)
        self.lam = places - self.leg if lams is None else lams
        size = self.model.net.shape[1] if self.model else library.find(ask.recipe.checkpoint).size
        self.size = size
        self.pictures = np.full((len(places), size, size, 3), 128, np.uint8)
        self.noise = np.full(len(places), np.nan)
        self.here = np.zeros(len(places), bool)

    @property
    def groups(self) -> list[tuple[int, int]]:
        return [(leg, group) for group in (0, 1) for leg in range(len(self.ask.legs))]

    def frames(self, leg: int, group: int) -> np.ndarray:
        """The frames of a group; the end of a leg is the beginning of the next, and belongs to that."""
        mine = np.flatnonzero(self.leg == leg)
        return mine[(mine - leg * POINTS) % 2 == group]

    def film(self) -> Film:
        """All frames as far as they are there."""
        if not self.here.any():
            return Film(self.pictures, self.lam, self.noise, self.here)
        there = np.flatnonzero(self.here)
        nearest = there[np.abs(np.arange(len(self.here))[:, None] - there).argmin(1)]
        return Film(self.pictures[nearest], self.lam, self.noise.copy(), self.here.copy())

    def recall(self, leg: int, group: int) -> bool:
        """Take a group from the disk; whether it was there."""
        frames = self.frames(leg, group)
        there = store.read(FOLDER, self.key(leg, self.lam[frames])) or {}
        if len(there.get("pictures", ())) != len(frames) or "noise" not in there:
            return False
        self.put(frames, there["pictures"], there["noise"])
        return True

    def put(self, frames: np.ndarray, pictures: np.ndarray, noise: np.ndarray) -> None:
        self.pictures[frames], self.noise[frames], self.here[frames] = pictures, noise, True

    def draw(self, leg: int, group: int) -> Iterator[Film | None]:
        """Make a group; its frames are there when its last network step is done."""
        frames, lams = self.frames(leg, group), self.lam[self.frames(leg, group)]
        for pictures, noise, ready in self.walk(leg, lams):
            if ready:
                self.put(frames, pictures, noise)
                store.write(FOLDER, self.key(leg, lams), {"pictures": pictures, "noise": noise}, LIMIT)
            yield self.film() if self.here.any() else None

    def walk(self, leg: int, lams: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, bool]]:
        """Yield pictures and noise of some λ after every network step, and whether they are finished."""
        from engines.fusion import ways

        codes: list[Any] = []
        empty = np.full((len(lams), self.size, self.size, 3), 128, np.uint8), np.full(len(lams), np.nan), False
        for cat in self.ask.legs[leg]:
            for code in self.code(cat):
                if code is None:
                    yield empty
            codes.append(code)
        net = self.model.net if self.model else None
        pictures, noise = empty[0].copy(), empty[1].copy()
        for step in inside.turns(ways.walk(self.way, net, *codes, lams.tolist(), self.settings)):
            pictures[step.at] = step.pictures
            if step.noise is not None:
                noise[step.at] = step.noise
            yield pictures, noise, step.done == step.total

    def code(self, cat: Cat) -> Iterator[Any]:
        """Yield None while a cat is drawn and encoded, then its code; what took long is kept on disk."""
        from engines.fusion import ways

        key = self.hashed("code", self.way.code, _identity(cat, self.ask))
        if self.model is not None and (there := store.read(FOLDER, key)) and "code" in there:
            yield ways.from_kept(there["code"], self.model.net)
            return
        for _ in cats.drawing(cat, self.size, self.ask.recipe.checkpoint):
            yield None
        picture = cats.picture(cat, self.size, self.ask.recipe.checkpoint)
        own = self.model is not None and not cat.photo and (cat.checkpoint or self.ask.recipe.checkpoint)
        seed = cat.seed if own == self.row.checkpoint else None
        net = self.model.net if self.model else None
        parent = ways.Parent(picture, seed)
        for step in inside.turns(ways.encoded(self.way, net, parent, self.settings)):
            if step.code is None:
                yield None
        if step.total > 1:
            store.write(FOLDER, key, {"code": ways.to_keep(step.code)}, LIMIT)
        yield step.code

    @property
    def settings(self) -> Any:
        """The recipe as the engine takes it; a class is one of the recipe's own checkpoint."""
        return settings(self.ask, self.row)

    def key(self, leg: int, lams: np.ndarray) -> str:
        a, b = self.ask.legs[leg]
        return self.hashed("path", self.row.way, _identity(a, self.ask), _identity(b, self.ask), lams.tolist())

    def hashed(self, *more: Any) -> str:
        """A name for what comes of these and of the settings that count."""
        read = {name: getattr(self.settings, name) for name in self.way.reads}
        weights = library.digest(self.row.checkpoint) if self.row.checkpoint else ""
        return hashlib.sha256(json.dumps([weights, self.size, read, *more]).encode()).hexdigest()[:24]


def settings(ask: Ask, row: Row) -> Any:
    """What a row's way is told; a class counts for the recipe's own checkpoint alone."""
    from engines.fusion.ways import Settings

    recipe = ask.recipe
    label = inside.label(recipe) if row.checkpoint == recipe.checkpoint else None
    return Settings(recipe.steps, recipe.start, recipe.sampler, recipe.seed, label, ask.search)


def passes(ask: Ask, row: Row, draft: bool = False) -> int:
    """About how many steps `film` takes if nothing of it is known."""
    builder = _Builder(ask, row, None)
    net = builder.model.net if builder.model else None
    each = builder.way.passes(net, builder.settings) * len(ask.legs)
    encoding = {"noise": 2 * ask.recipe.steps + 12, "latent": ask.search}.get(builder.way.code, 1)
    return each * (1 if draft else 2) + encoding * len(ask.cats)


def _identity(cat: Cat, ask: Ask) -> str:
    """A name for a cat's picture, whatever the checkpoint is called."""
    return cat.photo or cats.recipe(cat, ask.recipe.checkpoint).key


def moved(ask: Ask, **changes: Any) -> Ask:
    """The same question with other settings of the recipe."""
    return replace(ask, recipe=generate.complete(replace(ask.recipe, **changes)))
