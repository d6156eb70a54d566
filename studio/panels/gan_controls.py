"""What one picks on the GAN page: the generator, the seed, truncation and noise."""

import streamlit as st

from studio import widgets
from studio.recipe import Recipe
from studio.services import gan, generate
from studio.services.gan import Look

FIRST_CHOICE = "stylegan2-cat-64"
NO_STYLES = "This generator has no styles: it reads z once, at its first layer."
NO_LENGTH = "This generator takes z for a direction: its length, and so truncation, changes nothing."
MOST_DRAWS = 9999


def truncation(steered: str) -> float:
    """ψ, greyed out with the reason where it changes nothing."""
    psi = st.slider(
        "Truncation ψ",
        float(gan.PSIS[0]),
        float(gan.PSIS[-1]),
        1.0,
        0.05,
        key="psi",
        bind="query-params",
        disabled=steered == "direction",
        help=NO_LENGTH if steered == "direction" else "1 as trained, 0 the mean cat, below 0 its opposite.",
    )
    return 1.0 if steered == "direction" else psi


def cutoff(names: tuple[str, ...]) -> int:
    """How many layers are truncated, 0 for all."""
    keep_within("cutoff", len(names))
    value = st.number_input(
        "Truncated layers",
        0,
        max(len(names), 1),
        0,
        key="cutoff",
        bind="query-params",
        disabled=not names,
        help="0 truncates all; 4 only the four coarsest." if names else NO_STYLES,
    )
    return int(value) % len(names) if names else 0


def noise(names: tuple[str, ...]) -> tuple[str, int]:
    """The noise that the layers get, and the number of the random one."""
    kind = st.segmented_control(
        "Noise",
        list(gan.NOISES),
        default="fixed",
        required=True,
        format_func=gan.NOISES.get,
        key="noise",
        bind="query-params",
        disabled=not names,
        help="Fixed: as stored in the weights. It draws fur." if names else "This generator adds no noise.",
    )
    random = kind == "random" and bool(names)
    value = st.number_input(
        "Random noise number",
        0,
        MOST_DRAWS,
        0,
        key="draw",
        bind="query-params",
        disabled=not random,
        help="The same number is the same noise." if random else "Only random noise has a number.",
    )
    return (kind, int(value)) if random else (kind if names else "fixed", 0)


def controls() -> Look:
    """The whole column."""
    says = "The trained generator, with its discriminator."
    entry = widgets.checkpoint("latent", FIRST_CHOICE, says, "projected-cat-64")
    steered, names = gan.steered_by(entry.name), gan.layers(entry.name)
    seed = widgets.seed()
    psi = truncation(steered)
    widgets.die("Another one")
    with st.expander("More", expanded=bool(names)):
        depth = cutoff(names)
        kind, draw = noise(names)
    recipe = generate.complete(Recipe(entry.name, seed))
    return Look(recipe, psi, depth if psi != 1 else 0, kind, draw)


def styles(look: Look) -> bool:
    """Whether the generator has styles; if not, say so in place of what needs them."""
    if gan.layers(look.recipe.checkpoint):
        return True
    st.info(f"{NO_STYLES} Pick a checkpoint of family stylegan2 to see this.", icon=":material/block:")
    return False


def keep_within(key: str, most: int) -> None:
    """Another checkpoint has other layers."""
    if int(st.session_state.get(key, 0)) > most:
        st.session_state[key] = 0
