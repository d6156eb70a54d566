"""Pictures of GANs as pages steer them: kept in memory while they are looked at, made step by step."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from studio.recipe import Recipe
from studio.services import generate

T = TypeVar("T")
REACH, STEPS = 2, 4  # the pad: seeds to each side of the middle one, and pictures from one seed to the next
SIDE = 2 * REACH * STEPS + 1
PSIS = np.round(np.linspace(-1, 1.5, 51), 2)
MOST_SEEDS = 8  # along a side of a mixing matrix
NOISES = {"fixed": "fixed", "none": "off", "random": "random"}
LARGE, SMALL = 12, 64  # how many planes and films are remembered, and how many single pictures
known: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
single: OrderedDict[tuple[Any, ...], Any] = OrderedDict()


@dataclass(frozen=True)
class Look:
    """What the controls of the page say: a recipe, truncation `psi` in the first `cutoff` layers, 0 for all, and noise.

    `draw` is the number of the random noise.
    """

    recipe: Recipe
    psi: float = 1.0
    cutoff: int = 0
    noise: str = "fixed"
    draw: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        """A name for all of it."""
        return (self.recipe.key, self.psi, self.cutoff, self.noise, self.draw)

    @property
    def name(self) -> str:
        """The same as one word."""
        return "-".join(map(str, self.key))

    @property
    def settings(self) -> str:
        """Truncation and noise for a person to read, with " · " before each; "" as trained."""
        depth = f" in the first {self.cutoff} layers" if self.cutoff else ""
        drawn = f" {self.draw}" if self.noise == "random" else ""
        psi = f" · ψ {self.psi:g}{depth}" if self.psi != 1 else ""
        return psi + (f" · noise {NOISES[self.noise]}{drawn}" if self.noise != "fixed" else "")

    def line(self) -> str:
        """All of it for a person to read."""
        return self.recipe.line() + self.settings


@dataclass(frozen=True)
class Pad:
    """The pictures of a pad so far, uint8 `(N, H, W, 3)`, in the order they came; `at`, `(N,)`, are their places."""

    at: np.ndarray
    pictures: np.ndarray

    @property
    def done(self) -> bool:
        """Whether all of them are here."""
        return len(self.at) == SIDE**2


def steered_by(checkpoint: str) -> str:
    """`styles`, `length` or `direction`: what a generator reads of its latent."""
    from engines import checkpoints
    from engines.introspect import styles

    key = ("steered", generate.library.digest(checkpoint))
    if key not in single:
        remember(key, styles.steered_by(checkpoints.load(checkpoint, can="latent").net), single)
    return single[key]


def layers(checkpoint: str) -> tuple[str, ...]:
    """The names of the style inputs, coarsest first; none for a generator without styles."""
    if steered_by(checkpoint) != "styles":
        return ()
    return tuple(net(checkpoint).generator.layers)


def pad(look: Look) -> Iterator[Pad]:
    """Yield the pad around the seed of `look` as it grows, coarse before fine; what is known is not made again."""
    from engines.introspect import lattice

    found = known_pad(look) or Pad(np.zeros(0, int), np.zeros((0, *_size(look)), np.uint8))
    if found.done:
        yield found
        return
    model = net(look.recipe.checkpoint)
    for tiles in turns(lattice.pad(model, look.recipe.seed, REACH, STEPS, style(look), len(found.at))):
        found = Pad(np.concatenate([found.at, tiles.at]), np.concatenate([found.pictures, tiles.pictures]))
        remember(("pad", *look.key), found)
        yield found


def known_pad(look: Look) -> Pad | None:
    """What is there of a pad."""
    return known.get(("pad", *look.key))


def parts(total: int) -> int:
    """In how many steps so many pictures are made."""
    from engines.introspect.styles import BATCH

    return -(-total // BATCH)


def at(look: Look, x: float, y: float) -> np.ndarray:
    """The picture, uint8 `(H, W, 3)`, exactly between the seeds around column `x` and row `y` of the lattice."""
    from engines.introspect import lattice

    key = ("at", *look.key, x, y)
    if key not in single:
        with generate.computing:
            remember(key, lattice.single(net(look.recipe.checkpoint), look.recipe.seed, x, y, style(look)), single)
    return single[key]


def stroll(look: Look, places: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the pictures so far, uint8 `(B, H, W, 3)`, along `places`, `(F, 2)` columns and rows of the pad."""
    from engines.introspect import lattice

    key, found = _stroll_key(look, places), []
    if key in known:
        yield known[key]
        return
    model = net(look.recipe.checkpoint)
    for pictures in turns(lattice.path(model, look.recipe.seed, REACH, places, style(look))):
        found.append(pictures)
        yield np.concatenate(found)
    remember(key, np.concatenate(found))


def known_stroll(look: Look, places: np.ndarray) -> np.ndarray | None:
    """All pictures along a path, if they were made before."""
    return known.get(_stroll_key(look, places))


def corners(seed: int, x: float, y: float) -> dict[int, float]:
    """The seeds around a place of the lattice and their weights, the heaviest first; those of weight 0 are left out."""
    from engines.introspect.lattice import seed_at

    column, row = int(np.floor(x)), int(np.floor(y))
    right, down = x - column, y - row
    found = {
        seed_at(seed, column + i, row + j): (right if i else 1 - right) * (down if j else 1 - down)
        for j in (0, 1)
        for i in (0, 1)
    }
    return dict(sorted(((seed, w) for seed, w in found.items() if w > 1e-9), key=lambda pair: -pair[1]))


def pictures(look: Look, seeds: Sequence[int]) -> np.ndarray:
    """The pictures of seeds, uint8 `(N, H, W, 3)`, with the look's truncation and noise."""
    from engines.introspect import styles

    key = ("pictures", look.recipe.weights, *look.key[1:], *seeds)
    if key not in single:
        with generate.computing:
            remember(key, styles.pictures(net(look.recipe.checkpoint), seeds, style(look)), single)
    return single[key]


def seeds(text: str, default: Sequence[int]) -> list[int]:
    """Read seeds such as "0-3, 17"; `default` if there is nothing. ValueError says what is wrong."""
    from studio.recipe import LARGEST_SEED

    found: list[int] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, _, last = part.partition("-")
        try:
            span = range(int(first), int(last or first) + 1)
        except ValueError as error:
            raise ValueError(f"Seeds are {text[:40]!r}; write numbers and ranges, such as 0-3, 17.") from error
        if not 0 <= span.start < span.stop <= LARGEST_SEED + 1:
            raise ValueError(f"Seeds {part[:40]!r} do not go up from 0 to at most {LARGEST_SEED}.")
        if len(found) + len(span) > MOST_SEEDS:
            raise ValueError(f"{text[:40]!r} are more than {MOST_SEEDS} seeds; name fewer.")
        found += span
    return found or list(default)


def turns(steps: Iterator[T]) -> Iterator[T]:
    """One step after the other, each under the lock, which nobody holds while a step is being looked at."""
    while True:
        with generate.computing:
            step = next(steps, None)
        if step is None:
            return
        yield step


def style(look: Look) -> Any:
    """The same settings as the engine takes them."""
    from engines.introspect.styles import Style

    return Style(look.psi, look.cutoff or None, look.noise, look.draw)


def net(checkpoint: str, can: str = "latent") -> Any:
    """The network of a checkpoint; ValueError if it cannot do `can`."""
    from engines import checkpoints

    return checkpoints.load(checkpoint, can=can).net


def _stroll_key(look: Look, places: np.ndarray) -> tuple[Any, ...]:
    return ("stroll", *look.key, places.round(4).tobytes())


def _size(look: Look) -> tuple[int, int, int]:
    channels, height, width = net(look.recipe.checkpoint).shape
    return height, width, channels


def remember(key: tuple[Any, ...], value: Any, memory: OrderedDict[Any, Any] = known) -> None:
    """Keep a result; the oldest go."""
    memory[key] = value
    while len(memory) > (SMALL if memory is single else LARGE):
        memory.popitem(last=False)
