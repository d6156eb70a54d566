"""Fuse what a plan asks for, pair by pair into a folder; killed or cancelled, it goes on where it was."""

import shutil
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor

from engines import checkpoints
from engines.checkpoints import Model
from engines.data.sources import Pictures
from engines.data.sources import load as load_pictures
from engines.fusing import way
from engines.fusion.choosing import Pair, choose
from engines.fusion.measures import measure
from engines.fusion.together import together
from engines.fusion.ways import GROUP, Parent, Settings, Way, encoded, from_kept, to_keep
from engines.pairs import folder as files
from engines.pairs.folder import Progress, Record
from engines.pairs.plan import Plan, begin, settled
from engines.pairs.results import finish

TICK = 0.3  # seconds between two lines of progress on disk
_DIGITS = 6  # of what is measured


def run(plan: Plan, folder: Path) -> Iterator[Progress]:
    """Yield the progress after every network call until all pairs, their sheet and their scores are there.

    It ends early when the folder is told to stop. What is finished is never made again: the files come out the same,
    bit for bit, however often it was interrupted. Raises LookupError or ValueError, at the first step, for what cannot
    be had, for a folder that holds other pairs and for one that another process works on.
    """
    with files.working(folder):
        model = checkpoints.load(plan.checkpoint)
        plan = settled(plan, model)
        pictures = load_pictures(plan.data, model.net.shape[1])
        pairs = choose(pictures, plan.pairs, plan.choice, plan.rule)
        begin(plan, model, pictures, folder)
        began, told = time.monotonic(), 0.0
        steps = _steps(plan, model, pictures, pairs, folder)
        try:
            for step in steps:
                step = replace(step, seconds=round(time.monotonic() - began, 2))
                if step.seconds - told > TICK:
                    files.write_json(folder / files.PROGRESS, vars(step))
                    told = step.seconds
                yield step
                if files.told_to_stop(folder):
                    return
        finally:
            steps.close()
            (folder / files.PROGRESS).unlink(missing_ok=True)


def _steps(plan: Plan, model: Model, pictures: Pictures, pairs: Sequence[Pair], folder: Path) -> Iterator[Progress]:
    finished = files.records(folder)
    if len(finished) < len(pairs):
        for file in (files.SCORES, files.SHEET):  # of fewer pairs
            (folder / file).unlink(missing_ok=True)
    work = _Work(plan, model, way(model, plan.method), pictures, folder, finished)
    yield work.step("starting")
    for first in range(len(finished), len(pairs), GROUP):
        yield from work.fuse(pairs[first : first + GROUP])
    shutil.rmtree(folder / files.CODES, ignore_errors=True)
    for done, total, doing in finish(plan, model, pictures, finished, folder):
        yield replace(work.step(doing), done=done, total=total)


@dataclass
class _Work:
    """What is fused, what of it is finished, and how many network calls that took; one that draws counts as `GROUP`."""

    plan: Plan
    model: Model
    how: Way
    pictures: Pictures
    folder: Path
    finished: list[Record]
    done: int = 0
    each: int = 0  # calls that one picture's encoding took, or is thought to take
    encoded: int = 0  # pictures of the pairs that are not finished

    def step(self, doing: str) -> Progress:
        """The progress, as far as what was done so far tells what is left."""
        left = self.plan.pairs - len(self.finished)
        drawing = -(-left // GROUP) * GROUP * self.how.passes(self.model.net, self.plan.settings)
        calls = max((2 * left - self.encoded) * max(self.each, 1) + drawing, 0)
        return Progress(self.done, self.done + calls, len(self.finished), self.plan.pairs, doing, 0.0)

    def fuse(self, group: Sequence[Pair]) -> Iterator[Progress]:
        """Encode the pictures of a few pairs, draw the fusions in one pass, measure each alone and keep it."""
        base = self.plan.settings
        settings = [replace(base, seed=base.seed + pair.index) for pair in group]
        codes, pictures, noise = [], np.empty(0), None
        for pair, own in zip(group, settings, strict=True):
            a = yield from self._encode(pair, files.A, pair.a, own)
            b = yield from self._encode(pair, files.B, pair.b, own)
            codes.append((a, b))
        for drawn in together(self.how, self.model.net, codes, self.plan.lam, settings):
            pictures, noise = drawn.pictures, drawn.noise
            self.done += GROUP
            yield self.step(f"drawing pairs {group[0].index + 1} to {group[-1].index + 1}")
        for i, pair in enumerate(group):
            a, b = self.pictures.images[[pair.a, pair.b]]
            self.finished.append(_record(pair, settings[i].seed, self.plan.lam, (a, pictures[i], b)))
            if noise is not None:
                self.finished[-1] = replace(self.finished[-1], noise=round(float(noise[i]), _DIGITS))
            files.keep(self.folder, self.finished, [a, pictures[i], b])
            self.encoded -= 2
            yield self.step(f"measuring pair {pair.index + 1}")

    def _encode(self, pair: Pair, which: str, place: int, settings: Settings) -> Generator[Progress, None, Tensor]:
        """The code of one picture, kept so that it need not be looked for again."""
        code, before = files.kept_code(self.folder, pair.index, which), self.done
        if code is None:
            found = None
            for encoding in encoded(self.how, self.model.net, Parent(self.pictures.images[place]), settings):
                found = encoding.code
                self.each = self.each or encoding.total
                self.done += 1
                yield self.step(f"encoding pair {pair.index + 1}")
            code = to_keep(found)
            files.keep_code(self.folder, pair.index, which, code)
            self.each = self.done - before
        self.encoded += 1
        return from_kept(code, self.model.net)


def _record(pair: Pair, seed: int, lam: float, shown: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Record:
    """Measure one fusion, as the middle of the path from one parent to the other; all three in `shown`, a first."""
    found = measure([0, lam, 1], np.stack(shown), shown[0], shown[2])
    numbers = {name: round(float(getattr(found, name)[1]), _DIGITS) for name in ("to_a", "to_b", "balance", "detail")}
    return Record(
        pair=pair.index,
        a=pair.name_a,
        b=pair.name_b,
        seed=seed,
        brightness_a=round(pair.brightness_a, _DIGITS),
        brightness_b=round(pair.brightness_b, _DIGITS),
        apart=round(found.apart, _DIGITS),
        cat=round(float(found.cat[1]), _DIGITS),
        noise=None,
        verdict=found.verdict(1),
        **numbers,
    )
