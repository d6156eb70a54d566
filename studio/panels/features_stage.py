"""The stage of the Features page: the chain, and the picked block in colour, at every step."""

import numpy as np

from studio.figures import frames
from studio.figures.features import enlarge
from studio.panels import animate, looking
from studio.recipe import Recipe
from studio.scrubber import Pane, Plot, ScrubberState, scrubber
from studio.services import features
from studio.services.chains import Chain
from studio.services.features import Look

FILM = "film"
TIMED = ("profile", "spectrum", "channel-curves", "shares")  # the figures with the scrubber's cursor
WIDE = 128  # px of a picture: the drawing has to fit under it


def show(recipe: Recipe, block: str) -> tuple[Look, ScrubberState]:
    """Make and show the chain, read its feature maps, and show the block's; what is known comes at once."""

    def more(shown: ScrubberState, chain: Chain, look: Look | None) -> None:
        lines = looking.labels(recipe, chain, features.LOOKS)
        shown.update(panes(recipe, chain, block, look), labels=lines, plots=plots(recipe))

    return looking.show(
        recipe,
        features.LOOKS,
        lambda chain: features.look(recipe, chain),
        lambda chain, look: stage(recipe, chain, block, look),
        more,
    )


def film(recipe: Recipe, look: Look, block: str) -> None:
    """Offer the stage as a film."""
    lines = looking.labels(recipe, look.chain, features.LOOKS)
    animate.offer("Features", recipe, panes(recipe, look.chain, block, look), lines, first=f"{block} in colour")


def stage(recipe: Recipe, chain: Chain, block: str, look: Look | None) -> ScrubberState:
    """The scrubber that everything on the page follows."""
    return scrubber(
        panes(recipe, chain, block, look),
        key=FILM,
        labels=looking.labels(recipe, chain, features.LOOKS),
        total=len(features.LOOKS.planned(recipe)),
        scale=max(1, WIDE // chain.x_t.shape[1]),
        strip=1,
        plots=plots(recipe),
        caption=recipe.line(),
        report=True,
        chain=recipe.key,
    )


def plots(recipe: Recipe) -> list[Plot]:
    """Where the frames stand in the figures that share the scrubber's axis."""
    return [Plot(name, range(len(features.LOOKS.planned(recipe)))) for name in TIMED]


def panes(recipe: Recipe, chain: Chain, block: str, look: Look | None) -> list[Pane]:
    """What goes in, what comes out, and the picked block between them; grey as long as nobody has looked."""
    at = features.LOOKS.frames(recipe, chain)
    state, guess = (frames.picture(part[at]) for part in (chain.x_t, chain.x0))
    inner = np.full_like(state, 128)
    if look is not None:
        inner = enlarge(look.colours[look.index(block)].rgb, state.shape[1])
    return [
        Pane("x_t", state, "The state that goes into the network."),
        Pane("predicted x₀", guess, "The picture that the network sees in it."),
        Pane(f"{block} in colour", inner, "Its three main components as red, green and blue; one basis for all steps."),
    ]
