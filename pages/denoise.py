"""Denoise: step through the way from noise to a picture."""

from dataclasses import replace
from typing import Any

import streamlit as st

from studio import stage, state, widgets
from studio.figures import frames
from studio.figures.variance import pixel_variance, variance_figure
from studio.panels import animate, denoise_stage
from studio.panels.tabs import hints
from studio.recipe import Recipe
from studio.scrubber import scrubber
from studio.services import generate, photos
from studio.services.chains import Chain

HINTS = (
    "**You see** a chain of steps from noise, left, to a picture, right. Drag the bar, or use arrow keys and space.",
    "**Try** fewer steps, another sampler, a fork half-way, or a photo of your own.",
    "**Why** coarse before fine: noise hides small details longest, as the spectrum shows.",
)


def controls() -> Recipe:
    kept = state.kept()
    entry = widgets.checkpoint(can="trajectory")
    seed, sampler, steps = widgets.seed(), widgets.sampler(), widgets.steps(entry.timesteps)
    label = widgets.label(entry)
    widgets.die("Another one")
    with st.expander("More", expanded=sampler == "ddim" or bool(label)):
        eta, guidance = widgets.eta(sampler), widgets.guidance(label)
    with st.expander("Start from a photo or a recipe", expanded=bool(kept.photo)):
        start = widgets.start(kept.photo)
        widgets.drop_zone(entry.size, kept.photo)
    picked = replace(kept, checkpoint=entry.name, seed=seed, sampler=sampler, steps=steps)
    recipe = generate.complete(replace(picked, label=label, eta=eta, guidance=guidance, start=start))
    widgets.reset(recipe)
    return recipe


@st.cache_data(max_entries=16, show_spinner=False)
def figures(key: str, _chain: Chain) -> dict[str, Any]:
    """Drawing them takes longer than all the rest of a run; `key` names the chain."""
    return stage.figures(_chain)


def fork(recipe: Recipe, chain: Chain, frame: int) -> None:
    st.caption("New chains part from one x_t, each with fresh noise (DDPM steps): what is still open at this step?")
    last = len(chain) - 2
    frame = frame if frame <= last else len(chain) // 3
    widgets.children()
    text = f"Fork at step {chain.index[frame] + 1} of {chain.total} (t = {chain.t[frame]})"
    st.button(text, icon=":material/call_split:", on_click=state.keep, args=("fork", str(frame)))
    if recipe.fork < 0:
        return
    at, count = min(recipe.fork, last), recipe.children
    left, key = chain.total - int(chain.index[at]), f"fork-{recipe.key}-{at}-{count}"
    progress = generate.forked(recipe, chain, at, count)
    if progress is None and widgets.stopped(key):
        return
    bar, row = st.container(), st.container(horizontal=True)
    place, scale = row.empty(), max(1, 128 // chain.x_t.shape[1])

    def draw(born: generate.Progress) -> None:
        picture = frames.sheet(born.pictures, scale)
        place.image(picture, f"{count} children of step {chain.index[at] + 1}", "content", output_format="PNG")

    if progress is None:
        with bar:
            for progress in widgets.watch(generate.fork(recipe, chain, at, count), left, "Forking", key):
                draw(progress)
    draw(progress)
    variance = pixel_variance(progress.pictures / 127.5 - 1)
    row.plotly_chart(variance_figure(variance, count, 2 * scale), key="variance", width="content")


def race(recipe: Recipe) -> None:
    st.caption(f"The same noise, {recipe.steps} steps each: the predicted x₀. Heun asks the network twice a step.")
    if not st.toggle("Run every sampler", key="race", bind="query-params"):
        return
    samplers, key = list(widgets.SAMPLERS), f"race-{recipe.key}"
    chains = {sampler: generate.known(replace(recipe, sampler=sampler)) for sampler in samplers}
    if None in chains.values():
        if widgets.stopped(key):
            return
        total = len(samplers) * len(generate.course(recipe))
        chains = dict(widgets.watch(generate.race(recipe, samplers), total, "Racing", key))
    panes, labels = stage.racers(chains, widgets.SAMPLERS), stage.labels(chains["dpmpp"])
    scrubber(panes, key="race-film", labels=labels, strip=None)
    animate.offer("Samplers", recipe, panes, labels)


def take_away(recipe: Recipe, chain: Chain) -> None:
    widgets.downloads(stage.files(recipe, chain), f"{recipe.checkpoint}-seed{recipe.seed}")
    photo = str(photos.path(recipe.photo)) if recipe.photo else ""
    st.caption(
        "Films are above, under Animate it. Each file holds its recipe, and dropped here it puts the settings back."
    )
    st.caption("As a command:")
    st.code(recipe.command(photo=photo), language="bash", wrap_lines=True)
    st.caption("As Python:")
    st.code(recipe.python(photo=photo), language="python")


st.html(widgets.STYLE)
st.title("Denoise")
st.caption("How a diffusion model turns noise into a cat, one step after the other.")
left, right = st.container(key="lab").columns([1, 3], gap="large")
with left, widgets.errors():
    address = state.asked()
    recipe = controls()
    state.explain(address, recipe)
    state.notices()
    with right, widgets.errors():
        chain, shown = denoise_stage.show(recipe)
        if chain.done:
            hints(HINTS)
            animate.offer("Denoising", recipe, stage.panes(recipe, chain), stage.labels(chain))
            grid = st.grid(2, min_column_width=340)
            for key, figure in figures(recipe.key, chain).items():
                grid.cell().plotly_chart(figure, key=key)
            forking, racing, taking = st.tabs(["Fork this step", "Compare samplers", "Take it with you"])
            with forking:
                fork(recipe, chain, shown.frame)
            with racing:
                race(recipe)
            with taking:
                take_away(recipe, chain)
