"""Films: what a page shows, frame by frame, cut, measured and written as a file."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

import numpy as np

from studio.recipe import Recipe
from studio.services import photos
from studio.services.formats import FORMATS, inside
from studio.services.formats.reel import Part, Print, Reel
from studio.services.timing import Timing

PHOTOS = re.compile(r"photo:([0-9a-f]{16})")  # as the cats of a view are named
GAP = 2  # px of mid-grey between two pictures
MOST_FRAMES = 500
MOST_WIDE = 2048  # px, of a file
SCALES = (1, 2, 3, 4, 6, 8, 12, 16)
WINDOWS, WINDOW = 3, 4  # stretches of a film that its size is estimated from, and shots in each


@dataclass(frozen=True)
class Film:
    """`frames`, uint8 `(S, H, W, 3)`, with a caption each, and the recipe whose view reopens the page.

    `name` says what it shows, `parts` what stands where in its frames. Raises ValueError for frames that are no film.
    """

    frames: np.ndarray
    labels: tuple[str, ...]
    recipe: Recipe
    name: str
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        shape = self.frames.shape
        if self.frames.dtype != np.uint8 or len(shape) != 4 or shape[3] != 3 or 0 in shape:
            raise ValueError(f"Frames are {self.frames.dtype} {shape}; a film takes uint8 (S, H, W, 3), S ≥ 1.")
        if len(self.labels) != len(self.frames):
            raise ValueError(f"{len(self.frames)} frames came with {len(self.labels)} captions; give one for each.")
        if len(self.frames) > MOST_FRAMES:
            raise ValueError(f"{len(self.frames)} frames; a film has {MOST_FRAMES} at most. Leave some out.")

    @property
    def digest(self) -> str:
        """A name for the pictures and captions."""
        found = hashlib.blake2b(np.ascontiguousarray(self.frames), digest_size=12)
        found.update("\n".join(self.labels).encode())
        return found.hexdigest()

    def line(self) -> str:
        """What it shows, for a person to read."""
        return " · ".join(filter(None, (self.name, self.recipe.line() if self.recipe.checkpoint else "")))


@dataclass(frozen=True)
class Cut:
    """How a film is written: its timing, and how large; `palettes` (`one`, or one for `each` frame) is for GIF."""

    timing: Timing = field(default_factory=Timing)
    scale: int = 4
    palettes: str = "one"
    dither: bool = False


def reel(film: Film, cut: Cut, under: Print | None = None) -> Reel:
    """A film ready for any format, with what is printed under its pictures.

    Raises ValueError for a size that is not allowed, LookupError if a photo that it needs is not on this machine.
    """
    if cut.scale not in scales(film):
        allowed = ", ".join(map(str, scales(film)))
        raise ValueError(f"{film.frames.shape[2]} px are not to be enlarged {cut.scale} times; allowed: {allowed}.")
    index, seconds = cut.timing.shots(len(film.frames))
    return Reel(
        frames=film.frames,
        labels=film.labels,
        parts=film.parts,
        index=index,
        seconds=seconds,
        fps=cut.timing.fps,
        loops=cut.timing.loops,
        title=film.name,
        line=film.line(),
        text=inside.pack(film.recipe, [photos.to_text(digest) for digest in needed(film.recipe)]),
        scale=cut.scale,
        palettes=cut.palettes,
        dither=cut.dither,
        print=under,
    )


def write(made: Reel, kind: str) -> Iterator[bytes]:
    """Yield b"" after each shot of a reel and then the file; LookupError for an unknown format."""
    if kind not in FORMATS:
        raise LookupError(f"There is no format {kind!r}; there are: {', '.join(FORMATS)}.")
    return FORMATS[kind].write(made)


def estimate(made: Reel, kind: str) -> int:
    """About how many bytes a reel takes: four shots in a row from its start, middle and end are written."""
    total = len(made)
    if total <= WINDOWS * (WINDOW + 1):
        return _size(made, kind)
    firsts, longer = [], []
    for start in np.linspace(0, total - WINDOW, WINDOWS).astype(int):
        shots = start + np.arange(WINDOW)
        firsts.append(_size(made.some(shots[:1]), kind))
        longer.append(_size(made.some(shots), kind))
    each = (sum(longer) - sum(firsts)) / (WINDOWS * (WINDOW - 1))
    return round(firsts[0] + each * (total - 1))


def scales(film: Film) -> list[int]:
    """The whole multiples that a film may be enlarged by."""
    return [scale for scale in SCALES if scale == 1 or scale * film.frames.shape[2] <= MOST_WIDE]


def beside(pictures: Sequence[np.ndarray]) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Films of equal length side by side, uint8 `(S, H, W, 3)`, 2 px apart, and where each is: left edge and width.

    One that is smaller by a whole factor is enlarged to the height of the highest; the rest is mid-grey. Raises
    ValueError for films of different lengths.
    """
    if len({len(each) for each in pictures}) != 1:
        raise ValueError(f"Pictures have {[len(each) for each in pictures]} frames; side by side they need as many.")
    height = max(each.shape[1] for each in pictures)
    joined, places, left = [], [], 0
    for each in pictures:
        factor = height // each.shape[1]
        big = each.repeat(factor, axis=1).repeat(factor, axis=2)
        spare = height - big.shape[1]
        big = np.pad(big, ((0, 0), (spare // 2, spare - spare // 2), (0, 0), (0, 0)), constant_values=128)
        joined += [big, np.full((len(each), height, GAP, 3), 128, np.uint8)]
        places.append((left, big.shape[2]))
        left += big.shape[2] + GAP
    return np.concatenate(joined[:-1], axis=2), places


def needed(recipe: Recipe) -> list[str]:
    """The digests of the photos that a recipe or its view names."""
    found = [recipe.photo, *PHOTOS.findall(unquote(recipe.view))]
    return list(dict.fromkeys(filter(None, found)))


def _size(made: Reel, kind: str) -> int:
    *_, data = write(made, kind)
    return len(data)
