"""Which part of a picture moved a number: questions about a chain, and their answers, each found once."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.recipe import Recipe
from studio.services import generate, library
from studio.services.chains import Chain

PREDICTIONS = {"x0": "predicted x₀", "eps": "predicted noise"}
CAT = {"cat": "odds of a cat"}
JUDGE = "judge:"  # before the name of a checkpoint whose discriminator is asked
METHODS = {
    "saliency": "Saliency",
    "integrated-gradients": "Integrated gradients",
    "occlusion": "Occlusion",
    "grad-cam": "Grad-CAM",
    "activation": "Activation",
}
REMEMBERED = 32
_answers: OrderedDict[Any, "Answer"] = OrderedDict()
_layers: OrderedDict[Any, dict[str, tuple[int, int, int]]] = OrderedDict()


@dataclass(frozen=True)
class Question:
    """`target` is a key of `targets()`, `frame` a frame of the chain, `method` one of the engine's typed options.

    For a prediction the region is a box of `size` px around the pixel (`row`, `column`).
    """

    target: str
    frame: int
    row: int
    column: int
    size: int
    method: Any


@dataclass(frozen=True)
class Answer:
    """`picture` `(H, W, 3)` in [-1, 1] is what the network was shown, x_t or a picture; `found` the engine's result."""

    picture: np.ndarray
    found: Any


def targets() -> dict[str, str]:
    """What can be asked about, each with its title."""
    judges = {JUDGE + entry.name: f"logit of {entry.name}" for entry in library.checkpoints("discriminate")}
    return PREDICTIONS | CAT | judges


def options(method: str) -> type:
    """The typed options of a method; a field's metadata has its title, help, range and choices."""
    from engines.introspect import methods

    return methods.METHODS[method]


def layered(method: str) -> bool:
    """Whether the method looks at one layer."""
    from engines.introspect import methods

    return methods.METHODS[method] in methods.LAYERED


def frame(chain: Chain, target: str, at: int) -> int:
    """The frame that can be asked about: predictions are made at every frame but the last, the finished picture."""
    return min(at, len(chain) - 2) if target in PREDICTIONS else at


def layers(recipe: Recipe, chain: Chain, target: str) -> dict[str, tuple[int, int, int]]:
    """The layers of a target that make maps, in the data's order: name to channels, height and width."""
    from engines.introspect import targets as engine

    key = (recipe.weights, target)
    if key not in _layers:
        question = Question(target, 0, 0, 0, 1, None)
        with generate.computing:
            found = engine.layers(*_asked(recipe, chain, question, guided=False))
        _remember(_layers, key, found)
    return _layers[key]


def default_layer(layers: dict[str, tuple[int, int, int]]) -> str:
    """The last of the coarsest layers; LookupError if there is none at all."""
    from engines.introspect import targets as engine

    if not layers:
        raise LookupError("This network has no layer that makes one map per picture; take another method.")
    return engine.middle(layers)


def steps(question: Question, height: int) -> int:
    """How often `answer` yields for a picture `height` pixels high."""
    from engines.introspect import methods

    return methods.pieces(question.method, height) + isinstance(question.method, methods.PIECEWISE)


def answered(recipe: Recipe, question: Question) -> Answer | None:
    """The answer, if it was found before."""
    return _answers.get((recipe.key, question))


def answer(recipe: Recipe, chain: Chain, question: Question) -> Iterator[Answer | None]:
    """Yield None after each piece of the work, then the answer; stop asking and the work stops.

    Layers are looked at without guidance, since a guided denoiser passes them twice.
    Raises ValueError or LookupError for what cannot be asked.
    """
    from engines.images import to_array
    from engines.introspect.attribution import attribute
    from engines.introspect.methods import LAYERED

    with generate.computing:
        target, x = _asked(recipe, chain, question, guided=not isinstance(question.method, LAYERED))
    progress = attribute(target, x, question.method, recipe.seed + 1)
    while True:
        with generate.computing:
            step = next(progress, None)
        if step is None:
            return
        found = None if step.result is None else Answer(to_array(x)[0], step.result)
        if found:
            _remember(_answers, (recipe.key, question), found)
        yield found


def arrays(chain: Chain, question: Question, answer: Answer) -> dict[str, np.ndarray]:
    """An answer as arrays by name, with the step and the region it is of; what a method does not have is NaN."""
    found, numbers = answer.found, ("score", "reference", "error")
    return {
        "map": found.values,
        "picture": answer.picture,
        "t": chain.t[question.frame],
        "region": np.array([question.row, question.column, question.size]),
        "target": np.array(question.target),
        "method": np.array(repr(question.method)),
        "layer": np.array(found.layer),
        **{name: np.array(np.nan if (number := getattr(found, name)) is None else number) for name in numbers},
    }


def box(question: Question, side: int) -> tuple[slice, slice]:
    """The rows and columns of the region; ValueError if it is not inside the picture."""
    from engines.introspect.targets import around

    return around(question.row, question.column, question.size, side).slices


def _asked(recipe: Recipe, chain: Chain, question: Question, guided: bool) -> tuple[Any, Any]:
    """The engine's target, and what it is shown, `(1, 3, H, W)`."""
    from engines import checkpoints
    from engines.introspect import targets as engine

    at = frame(chain, question.target, question.frame)
    if question.target in PREDICTIONS:
        model = checkpoints.load(recipe.checkpoint)
        region = engine.around(question.row, question.column, question.size, model.net.shape[1])
        labels = [model.card.classes.index(recipe.label)] if recipe.label else None
        w = recipe.guidance if guided and labels else 1.0
        target = engine.prediction(model.net, int(chain.t[at]), region, question.target, labels, w)
        return target, engine.shown(chain.x_t[at])
    if question.target in CAT:
        return engine.catness(), engine.shown(chain.x0[at])
    entry = library.find(question.target.removeprefix(JUDGE), can="discriminate")
    gan = checkpoints.load(entry.name).net
    return engine.realness(gan), engine.shown(chain.x0[at], entry.size)


def _remember(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    memory[key] = value
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
