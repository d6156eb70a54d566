"""The square of a kept photo that looks most like the cats that a shipped checkpoint draws. Approximate."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from studio.services import generate, library, photos, samples
from studio.services.crops import SMALLEST, Box

FIRST_CHOICE = "ddpm-cat-64"
_like: dict[str, Any] = {}  # a template takes as long as a search


@dataclass(frozen=True)
class Proposed:
    """The best `box` so far; the last one of `total` steps says whether a cat was `found`. If not, it is the centre.

    `clear` says whether its face is seen from the front.
    """

    box: Box
    found: bool
    clear: bool
    done: int
    total: int

    def line(self) -> str:
        """What was proposed, for a person to read."""
        if self.found and not self.clear:
            return "There is a cat, but hardly a face seen from the front; approximate, so move the square."
        if self.found:
            return "The square that looks most like a cat's face; approximate."
        return "Nothing here looks like a cat's face, so this is the centre."


def propose(digest: str) -> Iterator[Proposed]:
    """Look for a cat's face on a kept photo, step by step; LookupError if the photo or the samples are not here."""
    from engines.introspect import faces

    photo = photos.whole(digest)
    height, width = photo.shape[:2]
    with generate.computing:
        like = _templates()
    search = faces.search(photo, like)
    while True:
        with generate.computing:
            step = next(search, None)
        if step is None:
            return
        side = min(max(round(step.side), SMALLEST), width, height)
        left, top = min(round(step.left), width - side), min(round(step.top), height - side)
        yield Proposed(Box(left, top, side), step.found, step.clear, step.done, step.total)


def _templates() -> Any:
    """What cats' faces look like: the samples of the first checkpoint of cats that has some."""
    from engines.introspect import faces

    there = samples.sampled()
    name = FIRST_CHOICE if FIRST_CHOICE in there else next(iter(there), "")
    if not name:
        raise LookupError("No checkpoint here has a sheet of samples, which a face is compared with. Crop by hand.")
    key = library.digest(name)
    if key not in _like:
        _like.clear()
        _like[key] = faces.templates(samples.tiles(name, faces.FACES, 64))
    return _like[key]
