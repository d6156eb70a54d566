"""What a page shows of a chain, as plain values: panes, lines of text, figures, files."""

from collections.abc import Callable
from typing import Any

import numpy as np

from studio.figures import frames
from studio.figures.chain import chain_curves, chain_figure
from studio.figures.schedule import schedule_figure
from studio.figures.spectrum import radial_spectrum, spectrum_figure, spectrum_lines_figure
from studio.recipe import Recipe
from studio.scrubber import Pane, Plot
from studio.services import animate, generate
from studio.services.chains import Chain

TIMED = ("schedule", "curves", "spectrum")  # the figures with the scrubber's cursor


def panes(recipe: Recipe, chain: Chain) -> list[Pane]:
    """The linked pictures of each step; with a photo, its forward process comes first."""
    shown = [
        Pane("x_t", frames.picture(chain.x_t), "The state of the chain: picture and noise, mixed."),
        Pane("predicted x₀", frames.picture(chain.x0), "The picture that the network sees in x_t."),
        Pane("predicted noise", frames.noise(chain.eps), "What the network takes for noise; black to white is ±3."),
        Pane("change", frames.change(chain.x_t), "x_t minus the x_t before; black to white is ±0.5."),
    ]
    if recipe.photo:
        noised = generate.forward(recipe, chain)
        shown.insert(0, Pane("photo, noised", noised, "The forward process: your photo with the noise of this step."))
    return shown


def labels(chain: Chain) -> list[str]:
    """One line per frame."""
    rows = zip(chain.t.tolist(), chain.index.tolist(), chain.alpha_bar.tolist(), strict=True)
    return [frames.label(t, index, chain.total, alpha_bar) for t, index, alpha_bar in rows]


def plots(recipe: Recipe) -> list[Plot]:
    """Where the frames stand in the figures that share the scrubber's axis."""
    return [Plot(name, range(len(generate.planned(recipe)))) for name in TIMED]


def figures(chain: Chain) -> dict[str, Any]:
    """The plotly figures of a finished chain, by key."""
    x_t, x0, eps = (part.astype(np.float32) for part in (chain.x_t, chain.x0, chain.eps))
    spectra = radial_spectrum(x0)
    return {
        "schedule": schedule_figure(chain.t, chain.schedule, chain.alpha_bar),
        "curves": chain_figure(chain.t, chain_curves(x_t, x0, eps)),
        "spectrum": spectrum_figure(chain.t, spectra),
        "lines": spectrum_lines_figure(chain.t, spectra),
    }


def racers(chains: dict[str, Chain], names: dict[str, str]) -> list[Pane]:
    """The predicted x₀ of several samplers, side by side."""
    return [Pane(names[sampler], frames.picture(chain.x0), "Predicted x₀.") for sampler, chain in chains.items()]


def files(recipe: Recipe, chain: Chain) -> dict[str, Callable[[], bytes]]:
    """What can be downloaded besides films, each made when it is asked for."""
    picture = animate.pictures(chain)[-1]
    return {"png": lambda: animate.png(recipe, picture), "npz": lambda: animate.npz(recipe, chain)}
