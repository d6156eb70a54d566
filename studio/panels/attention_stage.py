"""The stage of the Attention page: the picture, where a pixel looks, and what is looked at, through the steps."""

import numpy as np

from studio import widgets
from studio.figures import attention, frames
from studio.figures.parts import Picture, Rows
from studio.panels import animate, attention_controls, looking
from studio.recipe import Recipe
from studio.scrubber import Legend, Pane, ScrubberState, scrubber
from studio.services import attend
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

    def more(shown: ScrubberState, chain: Chain, look: Look | None) -> None:
        shown.update(panes(recipe, chain, view, look), labels=looking.labels(recipe, chain, attend.LOOKS))

    return looking.show(
        recipe,
        attend.LOOKS,
        lambda chain: attend.look(recipe, chain),
        lambda chain, look: stage(recipe, chain, view, look),
        more,
    )


def stage(recipe: Recipe, chain: Chain, view: View, look: Look | None) -> ScrubberState:
    """The scrubber, its strip the pixel's attention through time; pictures without heat as long as there is none."""
    side = attend.layers(recipe.checkpoint)[view.layer].side
    return scrubber(
        panes(recipe, chain, view, look),
        key="film",
        labels=looking.labels(recipe, chain, attend.LOOKS),
        total=len(attend.LOOKS.planned(recipe)),
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


def panes(recipe: Recipe, chain: Chain, view: View, look: Look | None) -> list[Pane]:
    """The three linked pictures."""
    pictures = frames.picture(chain.x0[attend.LOOKS.frames(recipe, chain)])
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


def film(recipe: Recipe, look: Look, view: View) -> None:
    """Offer the stage as a film."""
    lines = looking.labels(recipe, look.chain, attend.LOOKS)
    animate.offer("Attention", recipe, panes(recipe, look.chain, view, look), lines, first="where it looks")


def export(recipe: Recipe, look: Look, view: View, frame: int) -> None:
    """Offer the stage as files: the current step, the strip through time, and every head's weights of this layer."""
    pictures, texts = frames.picture(look.chain.x0[look.frames]), looking.labels(recipe, look.chain, attend.LOOKS)
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
