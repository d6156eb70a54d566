"""Directions as cards: found once, measured card by card, walked along, kept under a name in the user's home."""

import hashlib
import json
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.home import home
from studio.services import generate, steer
from studio.services.gan import Look

METHODS = {"sefa": "SeFa", "ganspace": "GANSpace"}
OFFSETS = (-3.0, -1.5, 0.0, 1.5, 3.0)  # of a card's five pictures, in standard deviations
WALK = 33  # pictures of a walk
REACH = 4.0  # standard deviations to both ends of a walk
MEASURED = 3  # seeds
FOLDER = "directions"
_known: OrderedDict[Any, Any] = OrderedDict()
_walks: OrderedDict[Any, np.ndarray] = OrderedDict()


@dataclass(frozen=True)
class Asked:
    """`number` directions by `method` that move the layers `first` to `last`."""

    method: str
    number: int
    first: int
    last: int


@dataclass(frozen=True)
class Way:
    """One direction: `vector` `(D,)` of length 1, `unit` its standard deviation, and the layers it moves."""

    vector: np.ndarray
    unit: float
    first: int
    last: int

    @property
    def key(self) -> str:
        """A name for it."""
        return hashlib.sha256(self.vector.tobytes() + f"{self.first} {self.last}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Found:
    """A way with its title and its `share` of what varies."""

    title: str
    way: Way
    share: float


@dataclass(frozen=True)
class Card:
    """What was found, and the engine's strip along it: pictures, offsets, effect, n."""

    found: Found
    strip: Any


@dataclass(frozen=True)
class Kept:
    """A way that somebody named; `title` is what it was called when it was found."""

    name: str
    title: str
    way: Way


def found(look: Look, asked: Asked) -> list[Found]:
    """The directions, before anything is drawn along them. ValueError for what cannot be asked."""
    from engines.introspect.directions import directions

    key = ("found", look.recipe.weights, look.recipe.label, asked)
    if key not in _known:
        space = steer.space(look.recipe)
        with generate.computing:
            them = directions(space, asked.method, asked.number, asked.first, asked.last)
        rows = enumerate(zip(them.vectors, them.units, them.shares, strict=True), 1)
        ways = [
            Found(f"{METHODS[asked.method]} {i}", Way(vector, float(unit), them.first, them.last), float(share))
            for i, (vector, unit, share) in rows
        ]
        steer.remember(_known, key, ways)
    return _known[key]


def cards(look: Look, asked: Asked) -> Iterator[list[Card]]:
    """Yield the cards so far, one more each time; at once if they are known."""
    if (whole := known(look, asked)) is not None:
        yield whole
        return
    so_far: list[Card] = []
    for card in steer.turns(_made(look, asked)):
        so_far = [*so_far, card]
        yield so_far
    steer.remember(_known, _key(look, asked), so_far)


def known(look: Look, asked: Asked) -> list[Card] | None:
    """All the cards, if they were made before."""
    return _known.get(_key(look, asked))


def walk(look: Look, way: Way) -> np.ndarray:
    """The pictures, uint8 `(S, H, W, 3)`, of the look's seed at `places()` along a way."""
    from engines.images import to_uint8
    from engines.introspect.directions import moved

    key = (*look.key, way.key)
    if key not in _walks:
        space = steer.space(look.recipe)
        with generate.computing:
            start = steer.latents(look, [look.recipe.seed])
            at = moved(space, start, way.vector, way.unit, places().tolist(), way.first, way.last)
            steer.remember(_walks, key, to_uint8(space.pictures(at)))
    return _walks[key]


def places() -> np.ndarray:
    """Where the pictures of a walk stand, in standard deviations."""
    return np.linspace(-REACH, REACH, WALK)


def keep(look: Look, found: Found, name: str) -> str:
    """Keep what was found under a name, "" takes its title; kept again it is renamed. Returns its key."""
    way = found.way
    said = {"name": name.strip()[:60] or found.title, "title": found.title, "checkpoint": look.recipe.checkpoint}
    said |= {"weights": look.recipe.weights, "unit": way.unit, "first": way.first, "last": way.last}
    arrays = {"vector": way.vector, "card": np.array(json.dumps(said))}
    steer.write(FOLDER, f"{look.recipe.weights}-{way.key}", arrays)
    return way.key


def kept(look: Look) -> dict[str, Kept]:
    """What was kept for these weights, by key, in the order of the names; a damaged file is left out."""
    found = {}
    for path in (home() / FOLDER).glob(f"{look.recipe.weights}-*.npz"):
        try:
            with np.load(path, allow_pickle=False) as saved:
                said, vector = json.loads(str(saved["card"])), saved["vector"]
            way = Way(vector, said["unit"], said["first"], said["last"])
            found[way.key] = Kept(said["name"], said["title"], way)
        except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile):
            continue
    return dict(sorted(found.items(), key=lambda pair: pair[1].name))


def forget(look: Look, key: str) -> None:
    """Remove what was kept."""
    (home() / FOLDER / f"{look.recipe.weights}-{key}.npz").unlink(missing_ok=True)


def layers(look: Look) -> tuple[str, ...]:
    """The names of the layers that can be moved; one, z, for a generator without styles."""
    return steer.space(look.recipe).layers


def most(look: Look) -> int:
    """How many numbers a latent has."""
    return steer.space(look.recipe).maps().shape[1]


def _made(look: Look, asked: Asked) -> Iterator[Card]:
    from engines.introspect.directions import strip

    space = steer.space(look.recipe)
    start = steer.latents(look, range(look.recipe.seed, look.recipe.seed + MEASURED))
    for each in found(look, asked):
        way = each.way
        yield Card(each, strip(space, start, way.vector, way.unit, OFFSETS, way.first, way.last))


def _key(look: Look, asked: Asked) -> tuple[Any, ...]:
    return (look.recipe.key, look.psi, look.cutoff, asked)
