"""Where on a picture is the square that looks most like given cat faces? Approximate: a template, not a detector.

First all scales coarsely, faces at 64 px; of the best places those count that ImageNet's classes take for a cat; then
a few of these finely, faces at 128 px. ImageNet also says when nothing on the picture is a cat.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from engines.images import to_tensor
from engines.introspect.likeness import Template, likeness, peak, template
from engines.metrics.cats import CLASSES
from engines.metrics.features import classify, pooled, prepare

COARSE, FINE = 64, 128  # px of a face
SURE = 0.05  # the least probability of a cat: of real faces 95 in 100 have 0.9, of what is none hardly one has 0.01
CLEAR = 0.12  # the least likeness of most faces that look at the camera, and more than that of most backs and paws
FACES = 32  # of the template
SMALLEST = 0.2  # the side of a face, of the picture's shorter side
_ACROSS, _FEWEST = 12, 12  # at most so many faces beside each other, and at least so many px in one
_ROUGH, _FINER = 8, 3  # candidates
_STEP = 1.2  # between two scales, coarsely
_NEAR = (0.84, 0.92, 1.0, 1.09, 1.19)  # scales tried around a candidate, finely
_APART = 0.5  # two candidates overlap less than this
_CAT = 0.2  # what a certain cat is worth, in likeness
_LARGE = 0.01  # what twice the side is worth: of many small squares one is like a face by chance
_PEAKS = 32  # places looked at per scale


@dataclass(frozen=True)
class Proposal:
    """The best square so far, in pixels of the picture: `left`, `top`, `side`; all of it lies within.

    `likeness` in [-1, 1] compares it with the faces; `cat` in [0, 1] is ImageNet's probability of a cat in it, 0 while
    nobody asked. `done` counts steps of `total`; only the last is final.
    """

    left: float
    top: float
    side: float
    likeness: float
    cat: float = 0.0
    done: int = 0
    total: int = 0

    @property
    def found(self) -> bool:
        """Whether the square holds a cat, as far as ImageNet's classes can tell."""
        return self.cat >= SURE

    @property
    def clear(self) -> bool:
        """Whether it is like a face seen from the front; cats that sleep or look away are not."""
        return self.found and self.likeness >= CLEAR

    @property
    def worth(self) -> float:
        """What candidates are ranked by."""
        return self.likeness + _CAT * self.cat + _LARGE * math.log2(self.side)


def templates(faces: np.ndarray) -> tuple[Template, Template]:
    """What `search` compares with: the first 32 faces, uint8 `(N, h, h, 3)`, coarsely and finely."""
    return template(faces[:FACES], COARSE), template(faces[:FACES], FINE)


def search(picture: np.ndarray, like: tuple[Template, Template]) -> Iterator[Proposal]:
    """Look for the square of `picture`, uint8 `(H, W, 3)`, most like the faces that `like` was made of.

    Yields the best so far after every step. When nothing is like a cat the last one is not `found`, and the centre.
    Raises ValueError for a picture of less than 8 px.
    """
    if picture.ndim != 3 or picture.dtype != np.uint8 or min(picture.shape[:2]) < 8:
        raise ValueError(f"The picture is {picture.dtype} {picture.shape}; it must be uint8 (H, W, 3), 8 px or more.")
    coarse, fine = like
    sides = _sides(*picture.shape[:2])
    total = len(sides) + 1 + _FINER + 1
    found: list[Proposal] = []
    for done, side in enumerate(sides, 1):
        found = _distinct([*found, *_places(picture, side, coarse)])[:_ROUGH]
        yield replace(found[0], done=done, total=total)
    found = _judge(picture, found)[:_FINER]
    yield replace(found[0], done=len(sides) + 1, total=total)
    finer: list[Proposal] = []
    for done, rough in enumerate(found, len(sides) + 2):
        finer = sorted([*finer, _refine(picture, rough, fine)], key=lambda each: -each.worth)
        yield replace(finer[0], done=done, total=total)
    best = _judge(picture, finer)[0]
    yield replace(best if best.found else _centre(picture, best), done=total, total=total)


def _sides(height: int, width: int) -> list[float]:
    """The sides of a face in px, from the smallest to the picture's shorter side."""
    short = min(height, width)
    smallest = min(short, max(SMALLEST * short, max(height, width) / _ACROSS, _FEWEST))
    steps = math.ceil(math.log(short / smallest) / math.log(_STEP))
    return [short * (smallest / short) ** (1 - i / steps) for i in range(steps)] + [float(short)]


def _places(picture: np.ndarray, side: float, like: Template) -> list[Proposal]:
    """The best places for one scale, each finer than the grid they were compared on."""
    seen = likeness(picture, side, like)
    found = []
    for at in np.argsort(-seen.values, axis=None)[:_PEAKS].tolist():
        row, column = divmod(at, seen.values.shape[1])
        top = (row + peak(seen.values[:, column], row)) * seen.down
        left = (column + peak(seen.values[row], column)) * seen.across
        found.append(_within(picture, Proposal(left, top, side, float(seen.values[row, column]))))
    return found


def _refine(picture: np.ndarray, rough: Proposal, like: Template) -> Proposal:
    """The best place and scale around a candidate."""
    height, width = picture.shape[:2]
    reach = 0.35 * rough.side
    left, top = max(0, round(rough.left - reach)), max(0, round(rough.top - reach))
    right, bottom = (round(corner + rough.side + reach) for corner in (rough.left, rough.top))
    around = np.ascontiguousarray(picture[top : min(bottom, height), left : min(right, width)])
    sides = dict.fromkeys(min(rough.side * times, *around.shape[:2]) for times in _NEAR)
    best = [_places(around, side, like)[0] for side in sides]
    at = max(range(len(best)), key=lambda i: best[i].likeness)
    by = peak(np.array([each.likeness for each in best]), at)  # between two scales, by their ratio
    near = best[at + (1 if by > 0 else -1)].side if by else best[at].side
    side = best[at].side * (near / best[at].side) ** abs(by)
    shift = (best[at].side - side) / 2
    moved = Proposal(left + best[at].left + shift, top + best[at].top + shift, side, best[at].likeness, rough.cat)
    return _within(picture, moved)


def _judge(picture: np.ndarray, found: Sequence[Proposal]) -> list[Proposal]:
    """The candidates with ImageNet's probability of a cat in each, the best first."""
    squares = []
    for each in found:
        left, top, side = round(each.left), round(each.top), max(1, round(each.side))
        square = np.ascontiguousarray(picture[top : top + side, left : left + side])
        squares.append(prepare(to_tensor(square[None])))
    with torch.no_grad():
        logits = classify(pooled(torch.cat(squares)).numpy()).logits
    cats = torch.from_numpy(logits).softmax(1)[:, CLASSES.start : CLASSES.stop].sum(1).tolist()
    judged = [replace(each, cat=cat) for each, cat in zip(found, cats, strict=True)]
    return sorted(judged, key=lambda each: -each.worth)


def _distinct(found: Sequence[Proposal]) -> list[Proposal]:
    """The best first, without those that overlap much with a better one."""
    kept: list[Proposal] = []
    for each in sorted(found, key=lambda each: -each.likeness):
        if all(overlap(each, other) < _APART for other in kept):
            kept.append(each)
    return kept


def overlap(a: Proposal, b: Proposal) -> float:
    """The area that two squares share, of the area that they cover: 0 to 1."""
    wide = min(a.left + a.side, b.left + b.side) - max(a.left, b.left)
    high = min(a.top + a.side, b.top + b.side) - max(a.top, b.top)
    both = max(wide, 0) * max(high, 0)
    return both / (a.side**2 + b.side**2 - both)


def _within(picture: np.ndarray, found: Proposal) -> Proposal:
    """A square moved into the picture."""
    height, width = picture.shape[:2]
    side = min(found.side, height, width)
    left, top = min(max(found.left, 0), width - side), min(max(found.top, 0), height - side)
    return replace(found, left=left, top=top, side=side)


def _centre(picture: np.ndarray, found: Proposal) -> Proposal:
    height, width = picture.shape[:2]
    side = min(height, width)
    return replace(found, left=(width - side) / 2, top=(height - side) / 2, side=float(side))
