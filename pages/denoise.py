"""Denoise: step through the way from noise to a picture."""

import numpy as np
import streamlit as st

from studio import state, widgets
from studio.figures import frames
from studio.figures.chain import chain_curves, chain_figure
from studio.figures.schedule import schedule_figure
from studio.figures.spectrum import radial_spectrum, spectrum_figure, spectrum_lines_figure
from studio.figures.variance import pixel_variance, variance_figure
from studio.recipe import Recipe
from studio.scrubber import Pane, Plot, ScrubberState, scrubber
from studio.services import animate, generate
from studio.services.chains import Chain

HINTS = (
    "**You see** a chain of steps from noise, left, to a picture, right. Drag the bar, or use arrow keys and space.",
    "**Try** fewer steps, another sampler, a fork half-way, or a photo of your own.",
    "**Why** coarse before fine: noise hides small details longest, as the spectrum shows.",
)


def controls() -> Recipe:
    entry = widgets.checkpoint(can="trajectory")
    seed, sampler, steps = widgets.seed(), widgets.sampler(), widgets.steps(entry.timesteps)
    label = widgets.label(entry)
    st.button("Another cat", type="primary", icon=":material/casino:", on_click=widgets.roll, width="stretch")
    with st.expander("More", expanded=sampler == "ddim" or bool(label)):
        eta, guidance = widgets.eta(sampler), widgets.guidance(label)
    photo, fork = state.kept()
    with st.expander("Start from a photo or a recipe", expanded=bool(photo)):
        start = widgets.start(photo)
        widgets.drop_zone(entry.size, photo)
    recipe = Recipe(entry.name, seed, sampler, steps, eta, label, guidance, photo, start, fork)
    widgets.reset(recipe)
    return generate.complete(recipe)


def panes(recipe: Recipe, chain: Chain) -> list[Pane]:
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
    rows = zip(chain.t.tolist(), chain.index.tolist(), chain.alpha_bar.tolist(), strict=True)
    return [frames.label(t, index, chain.total, alpha_bar) for t, index, alpha_bar in rows]


def linked(recipe: Recipe) -> list[Plot]:
    return [Plot(name, range(len(generate.planned(recipe)))) for name in ("schedule", "curves", "spectrum")]


def film(recipe: Recipe, chain: Chain) -> ScrubberState:
    return scrubber(
        panes(recipe, chain),
        key="film",
        labels=labels(chain),
        total=len(generate.planned(recipe)),
        plots=linked(recipe),
        strip=int(bool(recipe.photo)),
        caption=recipe.line(),
        report=True,
    )


def stage(recipe: Recipe) -> tuple[Chain, ScrubberState]:
    """Show the chain while it grows; once known, it comes whole."""
    bar, place = st.container(height=56, border=False, key="busy"), st.container()
    stopped = generate.partial(recipe) if widgets.cancelled(recipe.key) else None
    if stopped is not None:
        bar.button("Go on", icon=":material/play_arrow:", on_click=widgets.again)
        with place:
            return stopped, film(recipe, stopped)
    shown = None
    with bar:
        for chain in widgets.watch(generate.chain(recipe), recipe.steps + 1, "Denoising", recipe.key):
            if shown is None:
                with place:
                    shown = film(recipe, chain)
            else:
                shown.update(panes(recipe, chain), labels=labels(chain), plots=linked(recipe))
    return chain, shown


def plots(chain: Chain) -> None:
    pictures = [part.astype(np.float32) for part in (chain.x_t, chain.x0, chain.eps)]
    spectra = radial_spectrum(pictures[1])
    drawn = {
        "schedule": schedule_figure(chain.t, chain.schedule, chain.alpha_bar),
        "curves": chain_figure(chain.t, chain_curves(*pictures)),
        "spectrum": spectrum_figure(chain.t, spectra),
        "lines": spectrum_lines_figure(chain.t, spectra),
    }
    grid = st.grid(2, min_column_width=340)
    for key, figure in drawn.items():
        grid.cell().plotly_chart(figure, key=key)


def fork(recipe: Recipe, chain: Chain, frame: int) -> None:
    st.caption("New chains part from one x_t, each with fresh noise (DDPM steps): what is still open at this step?")
    last = len(chain) - 2
    frame = frame if 0 < frame <= last else len(chain) // 3
    count = st.slider("Children", 2, 16, 8, key="children", bind="query-params", help="More show the variance better.")
    text = f"Fork at step {chain.index[frame] + 1} of {chain.total} (t = {chain.t[frame]})"
    st.button(text, icon=":material/call_split:", on_click=state.keep, args=("fork", str(frame)))
    if recipe.fork < 0:
        return
    at = min(recipe.fork, last)
    remaining = chain.total - int(chain.index[at]) + 1
    key = f"{recipe.key}-{at}-{count}"
    if widgets.cancelled(key):
        st.button("Go on", key="fork-again", icon=":material/play_arrow:", on_click=widgets.again)
        return
    gallery, heat = st.columns([3, 2])
    place = gallery.empty()
    for progress in widgets.watch(generate.fork(recipe, chain, at, count), remaining, "Forking", key):
        place.image(frames.sheet(progress.pictures, 4), caption=f"{count} children of step {chain.index[at] + 1}")
    variance = pixel_variance(progress.pictures / 127.5 - 1)
    heat.plotly_chart(variance_figure(variance, count), key="variance", width="content")


def race(recipe: Recipe) -> None:
    st.caption(f"The same noise, {recipe.steps} steps each: what every sampler sees as the picture.")
    if not st.toggle("Run every sampler", key="race", bind="query-params"):
        return
    key = f"race-{recipe.key}"
    if widgets.cancelled(key):
        st.button("Go on", key="race-again", icon=":material/play_arrow:", on_click=widgets.again)
        return
    chains: dict[str, Chain] = {}
    total = len(widgets.SAMPLERS) * (recipe.steps + 1)
    for sampler, chain in widgets.watch(generate.race(recipe, list(widgets.SAMPLERS)), total, "Racing", key):
        chains[sampler] = chain
    shown = [Pane(widgets.SAMPLERS[name], frames.picture(chain.x0), "Predicted x₀.") for name, chain in chains.items()]
    scrubber(shown, key="race-film", labels=labels(chain), strip=None)


def take_away(recipe: Recipe, chain: Chain) -> None:
    pictures = np.ascontiguousarray(animate.pictures(chain))
    files = {
        "png": lambda: animate.png(recipe, pictures[-1]),
        "gif": lambda: animate.gif(recipe, pictures),
        "mp4": lambda: animate.mp4(recipe, pictures),
        "npz": lambda: animate.npz(recipe, chain),
    }
    widgets.downloads(files, f"{recipe.checkpoint}-seed{recipe.seed}")
    st.caption("Each file holds its recipe; drop the PNG on this page and the settings come back. As a command:")
    st.code(recipe.command(), language="bash", wrap_lines=True)
    st.caption("As Python:")
    st.code(recipe.python(), language="python")


st.title("Denoise")
st.caption("How a diffusion model turns noise into a cat, one step after the other.")
state.notice()
left, right = st.columns([1, 3], gap="large")
with left, widgets.errors():
    recipe = controls()
    with right, widgets.errors():
        chain, shown = stage(recipe)
        if chain.done:
            st.caption("  \n".join(HINTS))
            plots(chain)
            forking, racing, taking = st.tabs(["Fork this step", "Compare samplers", "Take it with you"])
            with forking:
                fork(recipe, chain, shown.frame)
            with racing:
                race(recipe)
            with taking:
                take_away(recipe, chain)
