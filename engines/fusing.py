"""One fusion from a checkpoint: what the command, the page and the pairs all call, so that they give the same bits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from engines import checkpoints
from engines.checkpoints import Model
from engines.data.decode import square
from engines.data.sources import load_photo
from engines.diffusion.samplers import SAMPLERS
from engines.families import family
from engines.fusion.blend import PIXELS
from engines.fusion.ways import GROUP, Drawn, Encoding, Parent, Settings, Way, encoded, walk
from engines.sampling import draw

BLEND = "blend"
_HOW = "Give a seed such as 12, a seed of another checkpoint such as projected-cat-64:12, or a picture file."


@dataclass(frozen=True)
class Fusing:
    """`done` of about `total` network calls. First the two pictures are encoded, then `drawn` holds what lies between.

    `encoding` is how far that is while it goes on, of the first picture if `which` is 0, of the second if it is 1.
    """

    done: int
    total: int
    which: int = 0
    encoding: Encoding | None = None
    drawn: Drawn | None = None


def ways(model: Model) -> Mapping[str, Way]:
    """All ways between two pictures that a checkpoint knows, by name; the blend of pixels, which all know, last."""
    return {**family(model.card.family).ways, BLEND: PIXELS}


def way(model: Model, name: str) -> Way:
    """Look a way up; LookupError lists those of this checkpoint."""
    if name not in (there := ways(model)):
        raise LookupError(f"{model.card.name} has no method {name!r}; it has: {', '.join(there)}.")
    return there[name]


def check(model: Model, settings: Settings) -> None:
    """Raise ValueError for settings that the checkpoint does not allow."""
    if settings.sampler not in SAMPLERS:
        raise ValueError(f"Unknown sampler {settings.sampler!r}; allowed: {', '.join(SAMPLERS)}.")
    classes = model.card.classes
    if settings.label is not None and not 0 <= settings.label < len(classes):
        raise ValueError(f"{model.card.name} has no class {settings.label}; it has {len(classes)}, counted from 0.")


def seeded(model: Model, seed: int, name: str = "") -> Parent:
    """The picture of a seed at the model's size: 20 steps of DPM-Solver++, or one pass.

    It is that of the checkpoint `name`, resized by Lanczos if need be, or of the model itself.
    Raises LookupError if there is no such checkpoint.
    """
    other = checkpoints.load(name) if name else model
    *_, last = draw(other, [seed])
    size = model.net.shape[1]
    return Parent(square(Image.fromarray(last.pictures[0]), size), seed if other.path == model.path else None)


def parent(model: Model, text: str) -> Parent:
    """The picture that a command names: `12`, `CHECKPOINT:12` or a file; ValueError or LookupError if it cannot be."""
    if text.isdecimal():
        return seeded(model, int(text))
    name, colon, number = text.rpartition(":")
    if colon and name and number.isdecimal() and not Path(text).exists():
        return seeded(model, int(number), name)
    if not Path(text).is_file():
        raise ValueError(f"{text} is neither a seed nor a picture file. {_HOW}")
    return Parent(load_photo(text, model.net.shape[1]))


def fuse(model: Model, name: str, a: Parent, b: Parent, lams: Sequence[float], settings: Settings) -> Iterator[Fusing]:
    """Encode two pictures, each alone, and draw what lies between them at `lams` by the way `name`, step by step.

    The pictures of `drawn` are finished where it is `ready`. Raises LookupError or ValueError at the call for a way or
    settings that the checkpoint does not have, for pictures of another size and for a λ outside [0, 1].
    """
    way_, lams = way(model, name), list(lams)
    check(model, settings)
    if not lams:
        raise ValueError("No λ is given; name at least one from 0 (all of the first cat) to 1 (all of the second).")
    both = [encoded(way_, model.net, each, settings) for each in (a, b)]
    walk(way_, model.net, None, None, lams, settings)  # draws nothing before it is asked to, but checks λ now
    drawing = -(-len(lams) // GROUP) * way_.passes(model.net, settings)
    return _fuse(way_, model, both, lams, settings, drawing)


def _fuse(
    way_: Way, model: Model, both: Sequence[Iterator[Encoding]], lams: Sequence[float], settings: Settings, drawing: int
) -> Iterator[Fusing]:
    codes, before = [], 0
    for which, steps in enumerate(both):
        for encoding in steps:
            left = encoding.total * (1 - which) + drawing  # the second picture may take as long as the first
            yield Fusing(before + encoding.done, before + encoding.total + left, which, encoding)
        codes.append(encoding.code)
        before += encoding.done
    for drawn in walk(way_, model.net, *codes, lams, settings):
        yield Fusing(before + drawn.done, before + drawn.total, 1, None, drawn)
