"""What one picks on the Fuse page: the cats, how deep they are noised, and by which ways they are fused."""

from dataclasses import replace

import streamlit as st

from studio import state, widgets
from studio.panels import cat
from studio.recipe import RANGES, Recipe
from studio.services import fuse, generate
from studio.services.fuse import MOST_CATS, Ask

SLOTS = "abcde"[:MOST_CATS]
FIRST = {"a": "seed:1", "b": "seed:2", "c": "seed:3", "d": "seed:4", "e": "seed:5"}
SEARCHES = (10, 1000)
DEFAULTS = {
    "cats": 2, "loop": False, "start": 0.5, "seed": 0, "steps": 20, "sampler": "ddpm", "label": "",
    "search": fuse.SEARCH, "constant": False,
}  # fmt: skip


def controls() -> Ask:
    """The whole column."""
    entry = widgets.checkpoint(
        "trajectory", says="The diffusion model of the page; other families join with a row each."
    )
    number = int(
        st.number_input(
            "Cats", 2, MOST_CATS, 2, key="cats", bind="query-params", help="More than two are stations of one path."
        )
    )
    picked = tuple(cat.pick(slot, entry.name, FIRST[slot]) for slot in SLOTS[:number])
    loop = number > 2 and st.toggle(
        "Back to the first cat", key="loop", bind="query-params", help="The path ends where it began."
    )
    widgets.die("Other noise")
    start = st.slider(
        "Noise level t, share of the chain",
        *map(float, RANGES["start"]),
        DEFAULTS["start"],
        0.05,
        key="start",
        bind="query-params",
        help="How deep both cats are noised before they are mixed.",
    )
    with st.expander("More"):
        seed, steps = widgets.seed(), widgets.steps(entry.timesteps)
        sampler, label = _sampler(), widgets.label(entry)
        search = st.number_input(
            "Search steps",
            *SEARCHES,
            fuse.SEARCH,
            10,
            key="search",
            bind="query-params",
            help="For a GAN's latent of a photo; more come closer.",
        )
    _reset(entry.name)
    recipe = generate.complete(replace(Recipe(entry.name, seed, sampler, steps, label=label), start=start))
    return Ask(recipe, picked, loop, int(search))


def _sampler() -> str:
    return st.selectbox(
        "Sampler of the noised ways",
        list(widgets.SAMPLERS),
        list(widgets.SAMPLERS).index(DEFAULTS["sampler"]),
        key="sampler",
        bind="query-params",
        help="ddpm as in p_sample_loop2; inverted ways always take DDIM.",
    )


def _reset(checkpoint: str) -> None:
    """A button that puts every control but the checkpoint back to its default."""
    st.button(
        "Reset",
        icon=":material/restart_alt:",
        disabled=not set(st.query_params) & {*SLOTS, *DEFAULTS, "ways"},
        on_click=_forget,
        args=(checkpoint,),
        help="All settings and cats back to their defaults.",
    )


def _forget(checkpoint: str) -> None:
    ways = {"ways": [row.name for row in fuse.rows(checkpoint)]}
    for name, value in (DEFAULTS | ways).items():
        if name in st.session_state:
            st.session_state[name] = value
    for slot in SLOTS:
        state.keep(slot, "")
