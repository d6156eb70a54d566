"""Skips: faders and cuts, the same seed before and after, and what each skip is worth at each noise level."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import skips as figure
from studio.figures.parts import Lines, Picture, Rows
from studio.figures.spectrum import radial_spectrum
from studio.panels.features_channel import asked, before_after
from studio.recipe import Recipe
from studio.services import features, generate, skips
from studio.services.features import Look
from studio.services.skips import Mix

MODES = {"zero": "silent", "shuffle": "shuffled"}
PREDICTIONS = {"noise": "predicted noise", "x0": "predicted x₀"}
BACKBONE = "fade-backbone"
NONE = "none"


def mix(recipe: Recipe, look: Look) -> None:
    """Turn the faders: the same seed again, before, after and difference, with both spectra."""
    if not look.joints:
        st.info("This network has no skips.")
        return
    sides, names = skips.sides(recipe), dict(zip(titles(look), look.joints, strict=True))
    st.caption("A fader multiplies what comes in at a level, at every step; 1 is as trained. At 0 the level is silent.")
    board = st.grid(len(sides) + 1, min_column_width=108)
    factors = {side: _fader(board.cell(), f"Skips {side}×{side}", f"fade-{i}") for i, side in enumerate(sides)}
    backbone = _fader(board.cell(), "Backbone", BACKBONE)
    row = st.columns([2, 2, 1], vertical_alignment="bottom")
    if st.session_state.get("cut", NONE) not in (NONE, *names):  # another checkpoint has other skips
        del st.session_state["cut"]
    cut = row[0].selectbox(
        "Cut one skip",
        [NONE, *names],
        key="cut",
        bind="query-params",
        help="A single skip, from the block it leaves to the one it enters.",
    )
    mode = row[1].segmented_control(
        "How",
        list(MODES),
        default="zero",
        required=True,
        format_func=MODES.get,
        key="cut-mode",
        bind="query-params",
        disabled=cut == NONE,
        help="Silent, or shuffled: taken from the next seed's chain.",
    )
    wanted = Mix(backbone, factors, "" if cut == NONE else features.short(names[cut].name), mode)
    row[2].button("All to 1", icon=":material/restart_alt:", on_click=_even, args=(len(sides),), disabled=wanted.even)
    compare(recipe, look, wanted)


def compare(recipe: Recipe, look: Look, wanted: Mix) -> None:
    """Run the chain once more under a mix and lay it beside the chain as it was."""
    key = f"fade-{recipe.key}-{wanted.key}"
    done = skips.faded(recipe, wanted)
    if done is None:
        if widgets.stopped(key):
            return
        total = len(generate.course(recipe))
        *_, done = widgets.watch(skips.fade(recipe, wanted), total, "Same seed again", key)
    before, after = look.chain.x_t[-1], done.x0
    before_after(recipe, before, after, "Skips faded")
    power = radial_spectrum(np.stack([before, after]))
    st.plotly_chart(figure.spectra_figure(*power), key="fade-spectra")

    def parts() -> Rows:
        cycles = np.arange(1, power.shape[1] + 1)
        return [
            Lines(
                "Spectrum of the picture",
                cycles,
                dict(zip(("before", "after"), power, strict=True)),
                "cycles per picture",
                "power",
                log=True,
            )
        ]

    widgets.export("Spectra before and after", recipe, parts, lambda: {"before": power[0], "after": power[1]})


def worth(recipe: Recipe, look: Look) -> None:
    """How much each skip carries at each step, and what the predictions lose without it."""
    if not look.joints:
        return
    names = titles(look)
    st.plotly_chart(figure.shares_figure(look.t, names, look.shares), key="shares")
    steps = [f"t = {t}" for t in look.t]

    def parts() -> Rows:
        return [
            Picture(
                "Share of the skip in what enters, %", 100 * look.shares.T, "viridis", 0, 100, rows=names, columns=steps
            )
        ]

    widgets.export("Skip shares", recipe, parts, lambda: {"shares": look.shares, "t": look.t, "skips": np.array(names)})
    harm(recipe, look, names)


def harm(recipe: Recipe, look: Look, names: list[str]) -> None:
    """What the predictions lose without each skip, at several noise levels; measured when asked for."""
    row = st.columns(2)
    mode = row[0].segmented_control(
        "Without it",
        list(MODES),
        default="zero",
        required=True,
        format_func=MODES.get,
        key="loss",
        bind="query-params",
        help="Silent, or shuffled: taken from the next of four chains.",
    )
    what = row[1].segmented_control(
        "Change of the",
        list(PREDICTIONS),
        default="noise",
        required=True,
        format_func=PREDICTIONS.get,
        key="of",
        bind="query-params",
        help="In much noise the predicted noise is nearly x_t itself.",
    )
    found, key = skips.measured(recipe, mode), f"harm-{recipe.key}-{mode}"
    if found is None:
        levels = len(skips.levels(len(generate.course(recipe)) - 1))
        text = f"Measure {len(names)} skips at {levels} noise levels over {skips.PICTURES} chains"
        if widgets.stopped(key) or not asked(text):
            return
        total = len(generate.course(recipe)) + levels
        *_, found = widgets.watch(skips.measure(recipe, mode), total, "Measuring", key)
    change = getattr(found, what)
    st.plotly_chart(figure.harm_figure(found.t, names, change, PREDICTIONS[what]), key="harm")

    def parts() -> Rows:
        title = f"Change of the {PREDICTIONS[what]} without a skip ({MODES[mode]}), % of its norm"
        steps = [f"t = {t}" for t in found.t]
        return [Picture(title, 100 * change.T, "viridis", 0, rows=names, columns=steps)]

    arrays = {"noise": found.noise, "x0": found.x0, "t": found.t, "skips": np.array(names)}
    widgets.export("Worth of skips", recipe, parts, lambda: arrays)


def _fader(cell: object, name: str, key: str) -> float:
    return cell.slider(
        name, 0.0, 2.0, 1.0, 0.05, key=key, bind="query-params", help="0 silent, 1 as trained, 2 double."
    )


def _even(levels: int) -> None:
    """Every fader to 1, nothing cut."""
    for key in (BACKBONE, *(f"fade-{i}" for i in range(levels))):
        st.session_state[key] = 1.0
    st.session_state["cut"] = NONE


def titles(look: Look) -> list[str]:
    """Each skip as a way from one block to another."""
    return [f"{features.short(each.skip)} → {features.short(each.name)}" for each in look.joints]
