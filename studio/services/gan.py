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
DRAWS = 100
MOST_SEEDS = 8  # along a side of a mixing matrix
NOISES = {"fixed": "fixed", "none": "off", "random": "random"}
LARGE, SMALL = 12, 64  # how many planes and films are remembered, and how many single pictures
_known: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_single: OrderedDict[tuple[Any, ...], Any] = OrderedDict()


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

    def line(self) -> str:
        """All of it for a person to read."""
        depth = f" in the first {self.cutoff} layers" if self.cutoff else ""
        parts = [self.recipe.line()] + [f"ψ {self.psi:g}{depth}"] * (self.psi != 1)
        drawn = f" {self.draw}" if self.noise == "random" else ""
        return " · ".join(parts + [f"noise {NOISES[self.noise]}{drawn}"] * (self.noise != "fixed"))


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
    if key not in _single:
        _remember(key, styles.steered_by(checkpoints.load(checkpoint, can="latent").net), _single)
    return _single[key]


def layers(checkpoint: str) -> tuple[str, ...]:
    """The names of the style inputs, coarsest first; none for a generator without styles."""
    if steered_by(checkpoint) != "styles":
        return ()
    return tuple(_net(checkpoint).generator.layers)


def pad(look: Look) -> Iterator[Pad]:
    """Yield the pad around the seed of `look` as it grows, coarse before fine; what is known is not made again."""
    from engines.introspect import styles

    found = known_pad(look) or Pad(np.zeros(0, int), np.zeros((0, *_size(look)), np.uint8))
    if found.done:
        yield found
        return
    net = _net(look.recipe.checkpoint)
    for tiles in _turns(styles.pad(net, look.recipe.seed, REACH, STEPS, _style(look), len(found.at))):
        found = Pad(np.concatenate([found.at, tiles.at]), np.concatenate([found.pictures, tiles.pictures]))
        _remember(("pad", *look.key), found)
        yield found


def known_pad(look: Look) -> Pad | None:
    """What is there of a pad."""
    return _known.get(("pad", *look.key))


def parts(total: int) -> int:
    """In how many steps so many pictures are made."""
    from engines.introspect.styles import BATCH

    return -(-total // BATCH)


def at(look: Look, x: float, y: float) -> np.ndarray:
    """The picture, uint8 `(H, W, 3)`, exactly between the seeds around column `x` and row `y` of the lattice."""
    from engines.introspect import styles

    key = ("at", *look.key, x, y)
    if key not in _single:
        with generate.computing:
            _remember(key, styles.single(_net(look.recipe.checkpoint), look.recipe.seed, x, y, _style(look)), _single)
    return _single[key]


def corners(seed: int, x: float, y: float) -> dict[int, float]:
    """The seeds around a place of the lattice and their weights, the heaviest first; those of weight 0 are left out."""
    from engines.introspect.styles import seed_at

    column, row = int(np.floor(x)), int(np.floor(y))
    right, down = x - column, y - row
    found = {
        seed_at(seed, column + i, row + j): (right if i else 1 - right) * (down if j else 1 - down)
        for j in (0, 1)
        for i in (0, 1)
    }
    return dict(sorted(((seed, w) for seed, w in found.items() if w > 1e-9), key=lambda pair: -pair[1]))


def truncation(look: Look) -> Iterator[Any]:
    """Yield the film of a seed over `PSIS` as it grows; `look.psi` changes nothing."""
    from engines.introspect import styles

    psis = PSIS.tolist()
    yield from _growing(_film_key(look), lambda net: styles.truncation(net, look.recipe.seed, psis, _style(look)), look)


def known_truncation(look: Look) -> Any | None:
    """The whole film, if it was made before."""
    return _known.get(_film_key(look))


def mixing(look: Look, rows: Sequence[int], columns: Sequence[int], taken: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the matrix of mixtures so far, uint8 `(R, C, H, W, 3)`, row by row; `taken` layers are the columns'."""
    from engines.introspect import styles

    key = _mix_key(look, rows, columns, taken)
    if key in _known:
        yield _known[key]
        return
    net, found = _net(look.recipe.checkpoint, "styles"), []
    for row in _turns(styles.mixing(net, rows, columns, taken, _style(look))):
        found.append(row)
        yield np.stack(found)
    _remember(key, np.stack(found))


def known_mixing(look: Look, rows: Sequence[int], columns: Sequence[int], taken: Sequence[int]) -> np.ndarray | None:
    """The whole matrix, if it was made before."""
    return _known.get(_mix_key(look, rows, columns, taken))


def pictures(look: Look, seeds: Sequence[int]) -> np.ndarray:
    """The pictures of seeds, uint8 `(N, H, W, 3)`, with the look's truncation and noise."""
    from engines.introspect import styles

    key = ("pictures", look.recipe.weights, *look.key[1:], *seeds)
    if key not in _single:
        with generate.computing:
            _remember(key, styles.pictures(_net(look.recipe.checkpoint), seeds, _style(look)), _single)
    return _single[key]


def noise(look: Look, number: int) -> Iterator[Any]:
    """Yield the picture of the seed under `number` random noises, as they come."""
    from engines.introspect import style_effects

    def made(net: Any) -> Iterator[Any]:
        return style_effects.noise_draws(net, look.recipe.seed, number, _style(look))

    yield from _growing(_noise_key(look, number), made, look)


def known_noise(look: Look, number: int) -> Any | None:
    """All of the draws, if they were made before."""
    return _known.get(_noise_key(look, number))


def strengths(checkpoint: str) -> dict[str, float]:
    """How strongly each layer adds noise, by its name."""
    from engines.introspect import style_effects

    return style_effects.noise_strengths(_net(checkpoint, "styles"))


def effects(look: Look, others: int) -> Iterator[Any]:
    """Yield what each layer's style does, after each of `others` seeds that lend their styles."""
    from engines.introspect import style_effects

    seeds = range(look.recipe.seed + 1, look.recipe.seed + 1 + others)

    def made(net: Any) -> Iterator[Any]:
        return style_effects.effects(net, look.recipe.seed, seeds, _style(look))

    yield from _growing(("effects", *look.key, others), made, look)


def known_effects(look: Look, others: int) -> Any | None:
    """The effects, if they were measured before."""
    return _known.get(("effects", *look.key, others))


def seeds(text: str, default: Sequence[int]) -> list[int]:
    """Read seeds such as "0-3, 17"; `default` if there is nothing. ValueError says what is wrong."""
    from studio.recipe import LARGEST_SEED

    found: list[int] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, _, last = part.partition("-")
        try:
            found += range(int(first), int(last or first) + 1)
        except ValueError as error:
            raise ValueError(f"Seeds are {text[:40]!r}; write numbers and ranges, such as 0-3, 17.") from error
        if len(found) > MOST_SEEDS:
            raise ValueError(f"{text[:40]!r} are more than {MOST_SEEDS} seeds; name fewer.")
    if any(seed > LARGEST_SEED for seed in found):
        raise ValueError(f"Seeds are {text[:40]!r}; the largest is {LARGEST_SEED}.")
    return found or list(default)


def _growing(key: tuple[Any, ...], made: Any, look: Look) -> Iterator[Any]:
    """What is known at once, or else each state of it; the last is kept."""
    if key in _known:
        yield _known[key]
        return
    for found in _turns(made(_net(look.recipe.checkpoint))):
        yield found
    _remember(key, found)


def _turns(steps: Iterator[T]) -> Iterator[T]:
    """One step after the other, each under the lock, which nobody holds while a step is being looked at."""
    while True:
        with generate.computing:
            step = next(steps, None)
        if step is None:
            return
        yield step


def _film_key(look: Look) -> tuple[Any, ...]:
    return ("film", look.recipe.key, look.cutoff, look.noise, look.draw)


def _noise_key(look: Look, number: int) -> tuple[Any, ...]:
    return ("noise", look.recipe.key, look.psi, look.cutoff, number)


def _mix_key(look: Look, *which: Sequence[int]) -> tuple[Any, ...]:
    return ("mix", look.recipe.weights, *look.key[1:], *map(tuple, which))


def _style(look: Look) -> Any:
    from engines.introspect.styles import Style

    return Style(look.psi, look.cutoff or None, look.noise, look.draw)


def _net(checkpoint: str, can: str = "latent") -> Any:
    from engines import checkpoints

    return checkpoints.load(checkpoint, can=can).net


def _size(look: Look) -> tuple[int, int, int]:
    channels, height, width = _net(look.recipe.checkpoint).shape
    return height, width, channels


def _remember(key: tuple[Any, ...], value: Any, memory: OrderedDict[Any, Any] = _known) -> None:
    memory[key] = value
    while len(memory) > (SMALL if memory is _single else LARGE):
        memory.popitem(last=False)
