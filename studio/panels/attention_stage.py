"""The stage of the Attention page: the picture, where a pixel looks, and what is looked at, through the steps."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import attention, frames
from studio.figures.parts import Picture, Rows
from studio.panels import attention_controls
from studio.recipe import Recipe
from studio.scrubber import Legend, Pane, ScrubberState, scrubber
from studio.services import attend, generate
from studio.services.attend import Look, View
from studio.services.chains import Chain

EVEN = "× even"  # the unit: 1 is what each pixel would get if attention were even
OWN = "of its own largest"
SHOWN = {
    "predicted x₀": "The picture that the network sees. Click it to pick a pixel.",
    "where it looks": "What the marked pixel attends to, in multiples of even attention; peaks above the bar are cut.",
    "looked at by all": "How much all pixels attend to each one, in multiples of the mean.",
}


def show(recipe: Recipe, view: View) -> tuple[Look, ScrubberState]:
    """Make and show the chain, read its attention, and show that over it; what is known comes at once."""
    bar = st.container(key="busy", vertical_alignment="center").empty()
    place = st.container()
    with bar.container():
        chain, look = generate.known(recipe), attend.known(recipe)
        if look is not None:
            st.caption(recipe.line())
            with place:
                return look, film(recipe, look.chain, view, look)
        looking = f"look-{recipe.key}"
        if widgets.stopped(recipe.key) or widgets.stopped(looking):
            st.stop()
        shown, drawn, total = None, 0, len(generate.course(recipe)) - 1
        if chain is None:
            for chain in widgets.watch(generate.chain(recipe), total, "Denoising", recipe.key):
                if (there := len(attend.frames(recipe, chain))) > drawn:
                    shown, drawn = draw(recipe, chain, view, shown, place), there
        *_, look = widgets.watch(attend.look(recipe, chain), attend.parts(recipe), "Looking", looking)
    shown = draw(recipe, chain, view, shown, place, look)
    shown.frame = len(look.frames) - 1  # it was said of the first frames
    bar.caption(recipe.line())
    return look, shown


def draw(
    recipe: Recipe, chain: Chain, view: View, shown: ScrubberState | None, place: st.container, look: Look | None = None
) -> ScrubberState:
    """Draw the stage, or more of it."""
    if shown is None:
        with place:
            return film(recipe, chain, view, look)
    shown.update(panes(recipe, chain, view, look), labels=labels(recipe, chain))
    return shown


def film(recipe: Recipe, chain: Chain, view: View, look: Look | None) -> ScrubberState:
    """The scrubber, its strip the pixel's attention through time; pictures without heat as long as there is none."""
    side = attend.layers(recipe.checkpoint)[view.layer].side
    return scrubber(
        panes(recipe, chain, view, look),
        key="film",
        labels=labels(recipe, chain),
        total=len(attend.planned(recipe)),
        scale=scale(chain),
        strip=1,
        caption=recipe.line(),
        report=True,
        chain=recipe.key,
        pick=True,
        pixel=view.pixel,
        cell=max(1, chain.x_t.shape[1] // side),
        on_pick=attention_controls.pick,
    )


def scale(chain: Chain, wide: int = 256) -> int:
    """How many times a picture is enlarged to be about as wide as that."""
    return max(1, wide // chain.x_t.shape[1])


def labels(recipe: Recipe, chain: Chain) -> list[str]:
    """One line per frame."""
    at = attend.frames(recipe, chain)
    rows = zip(chain.t[at].tolist(), chain.index[at].tolist(), chain.alpha_bar[at].tolist(), strict=True)
    return [frames.label(t, index, chain.total, alpha_bar) for t, index, alpha_bar in rows]


def panes(recipe: Recipe, chain: Chain, view: View, look: Look | None) -> list[Pane]:
    """The three linked pictures."""
    pictures = frames.picture(chain.x0[attend.frames(recipe, chain)])
    names = list(SHOWN)
    if look is None:
        legend = Legend("viridis", 0, 1, EVEN)
        return [Pane(name, pictures, SHOWN[name], legend if i else None) for i, name in enumerate(names)]
    found = [Pane(names[0], pictures, SHOWN[names[0]])]
    for name, (maps, high) in zip(names[1:], heats(look, view), strict=True):
        heat = attention.overlay(pictures, maps, high, view.opacity)
        found.append(Pane(name, heat, SHOWN[name], Legend("viridis", 0, high, EVEN if view.shared else OWN)))
    return found


def heats(look: Look, view: View) -> list[tuple[np.ndarray, float]]:
    """The maps `(S, side, side)` of the two heated pictures, each with the top of its scale."""
    found = []
    for maps in (attend.looked(look, view.layer, view.pixel), attend.received(look, view.layer)):
        chosen = attend.head(maps, view.head)
        found.append((chosen, attention.top_of([maps])) if view.shared else (attention.own(chosen), 1.0))
    return found


def export(recipe: Recipe, look: Look, view: View, frame: int) -> None:
    """Offer the stage as files: the current step, the strip through time, and every head's weights of this layer."""
    pictures, texts = frames.picture(look.chain.x0[look.frames]), labels(recipe, look.chain)
    (looks, high), (received, top) = heats(look, view)
    unit, strip = (
        EVEN if view.shared else OWN,
        np.unique(np.linspace(0, len(looks) - 1, min(len(looks), 10)).astype(int)),
    )

    def parts() -> Rows:
        heat = attention.overlay(pictures, looks, high, view.opacity)
        now = [
            Picture(f"predicted x₀, {texts[frame]}", pictures[frame]),
            Picture(f"pixel {view.pixel} looks", looks[frame], "viridis", 0, high, unit),
            Picture("looked at by all", received[frame], "viridis", 0, top, unit),
        ]
        return [now, [Picture(f"t = {look.chain.t[look.frames[i]]}", heat[i]) for i in strip]]

    def arrays() -> dict[str, np.ndarray]:
        return {
            "weights": look.attention.weights[view.layer],
            "looks": attend.looked(look, view.layer, view.pixel),
            "received": attend.received(look, view.layer),
            "t": look.chain.t[look.frames],
            "x0": look.chain.x0[look.frames],
            "pixel": np.array(view.pixel),
        }

    widgets.export("Attention", recipe, parts, arrays)
