"""Chains and pictures from recipes. Whatever takes long is a generator: stop asking and the work stops."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from studio.recipe import PASS, Recipe
from studio.services import chains, library, photos
from studio.services.chains import Chain

MOST_FRAMES = 101  # of a longer chain every k-th frame is kept
MOST_PICTURES = 16
REMEMBERED = 16  # unfinished chains and forks
computing = threading.Lock()  # two cores: one network step at a time, whoever asks
_unfinished: OrderedDict[str, Chain] = OrderedDict()
_forks: OrderedDict[tuple[str, int, int], "Progress"] = OrderedDict()


@dataclass(frozen=True)
class Progress:
    """`done` of `total` network steps; `pictures`, uint8 `(N, H, W, 3)`, are the predicted x0 so far."""

    done: int
    total: int
    pictures: np.ndarray

    @property
    def finished(self) -> bool:
        """Whether the pictures are the final ones."""
        return self.done >= self.total


def complete(recipe: Recipe) -> Recipe:
    """Add the digest of the weights, without which a recipe does not name a picture; settle how it is drawn."""
    recipe = replace(recipe, weights=library.digest(recipe.checkpoint))
    chains = "trajectory" in library.find(recipe.checkpoint).can
    if chains == (recipe.sampler != PASS):
        return recipe
    return replace(recipe, sampler="dpmpp" if chains else PASS, steps=20 if chains else 1)


def chain(recipe: Recipe) -> Iterator[Chain]:
    """Yield the chain of `recipe` after every step, or once if it is known; the last one yielded is finished.

    A long chain does not grow at every step, but can be stopped at every step.
    Raises ValueError or LookupError for settings that the checkpoint does not allow.
    """
    if (whole := known(recipe)) is not None:
        yield whole
        return
    recipe = complete(recipe)
    schedule, wanted = _schedule(recipe), set(planned(recipe))
    kept: list[Any] = []
    for frame in _frames(recipe, [recipe.seed], **_photo(recipe)):
        if frame.index in wanted:
            kept.append(frame)
            so_far = _join(kept, schedule)
            _remember(_unfinished, recipe.key, so_far)
            if so_far.done:
                chains.write(recipe.key, so_far)
                _unfinished.pop(recipe.key, None)
        yield so_far


def known(recipe: Recipe) -> Chain | None:
    """The finished chain, if it was made before."""
    return chains.read(complete(recipe).key)


def partial(recipe: Recipe) -> Chain | None:
    """The frames of a chain that was stopped, as far as it came."""
    return _unfinished.get(complete(recipe).key)


def course(recipe: Recipe) -> range:
    """The frames of a chain by index, from where it enters to the picture."""
    from engines.introspect.trajectory import entry

    return range(entry(recipe.steps, recipe.start) if recipe.photo else 0, recipe.steps + 1)


def planned(recipe: Recipe) -> list[int]:
    """The frames of a chain that are kept, by index: all of them, or every k-th and the last of a long one."""
    every = -(-recipe.steps // (MOST_FRAMES - 1))
    indices = course(recipe)
    return [index for index in indices if (index - indices[0]) % every == 0 or index == recipe.steps]


def race(recipe: Recipe, samplers: Sequence[str]) -> Iterator[tuple[str, Chain]]:
    """Yield the chains of one recipe under several samplers, one after the other, as they grow."""
    for sampler in samplers:
        for so_far in chain(replace(recipe, sampler=sampler)):
            yield sampler, so_far


def pictures(recipe: Recipe, number: int) -> Iterator[Progress]:
    """Yield `number` pictures from the seeds `recipe.seed`, + 1, …, step by step; the last one holds the final ones."""
    if not 1 <= number <= MOST_PICTURES:
        raise ValueError(f"{number} pictures; allowed: 1 to {MOST_PICTURES}.")
    seeds = range(recipe.seed, recipe.seed + number)
    if recipe.sampler == PASS:
        yield from _passes(recipe, seeds)
        return
    from engines.images import quantise

    for frame in _frames(recipe, seeds, **_photo(recipe)):
        yield Progress(frame.index, frame.total, quantise(frame.x0))


def _passes(recipe: Recipe, seeds: Sequence[int]) -> Iterator[Progress]:
    from engines import checkpoints
    from engines.sampling import draw

    model = checkpoints.load(recipe.checkpoint)
    with computing:
        drawn = list(draw(model, seeds))
    yield from (Progress(each.done, each.total, each.pictures) for each in drawn)


def fork(recipe: Recipe, parent: Chain, frame: int, children: int) -> Iterator[Progress]:
    """Let `children` new chains part from frame `frame` of a finished chain, each with fresh noise of its own.

    A deterministic sampler would lead all of them to one picture, so the rest of the chain is run by `ddpm`.
    """
    from engines.images import quantise
    from engines.introspect.trajectory import Resume

    if not 2 <= children <= MOST_PICTURES:
        raise ValueError(f"{children} children; allowed: 2 to {MOST_PICTURES}.")
    if not 0 <= frame < len(parent) - 1:
        raise ValueError(f"Frame {frame} has no steps after it; allowed: 0 to {len(parent) - 2}.")
    if (born := forked(recipe, parent, frame, children)) is not None:
        yield born
        return
    resume = Resume(int(parent.index[frame]), parent.x_t[frame : frame + 1].repeat(children, axis=0))
    seeds = range((recipe.seed + 1) * MOST_PICTURES, (recipe.seed + 1) * MOST_PICTURES + children)
    for step in _frames(replace(recipe, sampler="ddpm", eta=0.0), seeds, resume=resume):
        progress = Progress(step.index, step.total, quantise(step.x0))
        if progress.finished:
            _remember(_forks, _fork_key(recipe, parent, frame, children), progress)
        yield progress


def forked(recipe: Recipe, parent: Chain, frame: int, children: int) -> Progress | None:
    """The children of a fork, if they were made before."""
    return _forks.get(_fork_key(recipe, parent, frame, children))


def forward(recipe: Recipe, parent: Chain) -> np.ndarray:
    """The photo of `recipe` noised to every step of its chain, uint8 `(S, H, W, 3)`, with the noise it started from."""
    from engines import checkpoints
    from engines.images import quantise
    from engines.introspect.trajectory import noised

    model = checkpoints.load(recipe.checkpoint)
    return quantise(noised(model.net, photos.load(recipe.photo, model.net.shape[1]), recipe.seed, parent.t.tolist()))


def _frames(recipe: Recipe, seeds: Sequence[int], **more: Any) -> Iterator[Any]:
    """Frames of the engine, one at a time under the lock, which nobody holds while a frame is being looked at."""
    from engines import checkpoints
    from engines.introspect.trajectory import trajectory

    model = checkpoints.load(recipe.checkpoint, can="trajectory")
    classes = model.card.classes
    if recipe.label and recipe.label not in classes:
        allowed = ", ".join(classes) or "none, it was trained without classes"
        raise ValueError(f"{recipe.checkpoint} has no class {recipe.label!r}; allowed: {allowed}.")
    label = classes.index(recipe.label) if recipe.label else None
    frames = trajectory(
        model.net,
        seeds=seeds,
        sampler=recipe.sampler,
        steps=recipe.steps,
        eta=recipe.eta,
        label=label,
        guidance=recipe.guidance if label is not None else 1.0,
        **more,
    )
    while True:
        with computing:
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _fork_key(recipe: Recipe, parent: Chain, frame: int, children: int) -> tuple[str, int, int]:
    return complete(recipe).key, int(parent.index[frame]), children


def _remember(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    memory[key] = value
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)


def _photo(recipe: Recipe) -> dict[str, Any]:
    from engines import checkpoints

    if not recipe.photo:
        return {}
    size = checkpoints.load(recipe.checkpoint).net.shape[1]
    return {"photo": photos.load(recipe.photo, size), "start": recipe.start}


def _schedule(recipe: Recipe) -> np.ndarray:
    from engines import checkpoints

    return checkpoints.load(recipe.checkpoint, can="trajectory").net.schedule.alpha_bar.numpy()


def _join(frames: Sequence[Any], schedule: np.ndarray) -> Chain:
    columns = {name: np.array([getattr(frame, name) for frame in frames]) for name in ("index", "t", "alpha_bar")}
    arrays = {name: np.concatenate([getattr(frame, name) for frame in frames]) for name in ("x_t", "x0", "eps")}
    half = {name: arrays[name].astype(np.float16) for name in ("x0", "eps")}  # as kept: it looks the same later
    return Chain(total=frames[0].total, schedule=schedule, **columns, **arrays | half)
