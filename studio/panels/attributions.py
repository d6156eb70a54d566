"""Attributions: which part of a picture moved a number, by five methods."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import attribution, frames
from studio.figures.parts import Rows
from studio.panels.attributions_controls import controls, pick
from studio.panels.tabs import hints
from studio.recipe import Recipe
from studio.scrubber import Legend, Pane, scrubber
from studio.services import attribute
from studio.services.attribute import Answer, Question
from studio.services.chains import Chain

NUMBERS = {"x0": "The mean of the region in the predicted x₀", "eps": "The mean of the region in the predicted noise"}
UNITS = {
    "saliency": "per unit",
    "integrated-gradients": "parts",
    "occlusion": "loss",
    "grad-cam": "",
    "activation": "",
}
WIDE = 256  # px of a picture at most
HINTS = (
    "**You see** what the network was shown, and how much each part of it moved one number that came out.",
    "**Try** a click on an ear, an earlier step, then another method: what they agree on is worth believing.",
    "**Why** a gradient says what would change next, a covered window what is lost: two questions, two maps.",
)


def attributions(recipe: Recipe, chain: Chain, frame: int) -> None:
    """Draw the view for one frame of a finished chain; what is picked is in the address."""
    question, opacity = controls(recipe, chain, frame)
    with st.container(key="attribution-busy", vertical_alignment="center"):
        answer = found(recipe, chain, question)
        if answer is None:
            return
        number = NUMBERS.get(question.target, "The log odds of a cat" if question.target == "cat" else "The logit")
        st.caption(f"{_when(chain, question)} · {attribution.sentence(answer.found, number)}")
    stage(recipe, chain, question, answer, opacity)
    hints(HINTS)
    widgets.export(
        "Attribution",
        recipe,
        lambda: printed(chain, question, answer, opacity),
        lambda: attribute.arrays(chain, question, answer),
    )


def found(recipe: Recipe, chain: Chain, question: Question) -> Answer | None:
    """The answer, with a bar while it is looked for; None if that was cancelled."""
    answer = attribute.answered(recipe, question)
    if answer is None:
        key = f"attribution-{recipe.key}-{hash(question)}"
        if widgets.stopped(key):
            return None
        pieces = attribute.steps(question, chain.x_t.shape[1])
        *_, answer = widgets.watch(attribute.answer(recipe, chain, question), pieces, "Asking", key)
    return answer


def stage(recipe: Recipe, chain: Chain, question: Question, answer: Answer, opacity: float) -> None:
    """The pictures side by side, the map with its colour bar; a click picks another region."""
    legend = Legend(*attribution.scale(answer.found.values, answer.found.signed), UNITS[_method(question)])
    helps = (
        "What the network was shown.",
        "The answer, in colours.",
        "Both, mixed.",
        "The number is a mean over the box.",
    )
    shown = pictures(chain, question, answer, opacity)
    panes = [Pane(title, shown[title][None], text) for title, text in zip(shown, helps, strict=False)]
    panes[1] = Pane(panes[1].title, panes[1].frames, panes[1].help, legend)
    regional = question.target in attribute.PREDICTIONS
    scrubber(
        panes,
        key="attribution-film",
        labels=[_when(chain, question)],
        scale=max(1, WIDE // answer.picture.shape[1]),
        strip=None,
        caption=recipe.line(),
        chain=f"{recipe.key}-{question.target}",
        pick=regional,
        pixel=(question.row, question.column) if regional else None,
        on_pick=pick if regional else None,
    )


def pictures(chain: Chain, question: Question, answer: Answer, opacity: float) -> dict[str, np.ndarray]:
    """What is shown, by title, each uint8 `(H, W, 3)`; the map of a prediction lies over the predicted x₀."""
    shown, found = frames.picture(answer.picture), answer.found
    title = attribute.METHODS[_method(question)] + (f", {found.layer}" if found.layer else "")
    map = attribution.coloured(found.values, found.signed, *shown.shape[:2])
    if question.target not in attribute.PREDICTIONS:
        over = attribution.overlay(shown, found.values, found.signed, opacity)
        return {"picture": shown, title: map, "map over the picture": over}
    box, at = attribute.box(question, shown.shape[0]), question.frame
    x0 = frames.picture(chain.x0[at])
    asked = x0 if question.target == "x0" else frames.noise(chain.eps[at])
    over = attribution.overlay(x0, found.values, found.signed, opacity)
    return {
        "x_t": shown,
        title: map,
        attribute.PREDICTIONS[question.target]: attribution.outlined(asked, box),
        "map over x₀": attribution.outlined(over, box),
    }


def printed(chain: Chain, question: Question, answer: Answer, opacity: float) -> Rows:
    """The view on paper."""
    method = _method(question)
    title = f"{attribute.METHODS[method]} of {attribute.targets()[question.target]}, {_when(chain, question)}"
    return attribution.printed_rows(pictures(chain, question, answer, opacity), answer.found, title, UNITS[method])


def _method(question: Question) -> str:
    [name] = [name for name in attribute.METHODS if attribute.options(name) is type(question.method)]
    return name


def _when(chain: Chain, question: Question) -> str:
    t, index, alpha_bar = (column[question.frame] for column in (chain.t, chain.index, chain.alpha_bar))
    return frames.label(int(t), int(index), chain.total, float(alpha_bar))
