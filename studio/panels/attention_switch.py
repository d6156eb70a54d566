"""Heads switched off or up: the same seed again, what changes, and which heads matter most."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import attention, frames
from studio.figures.colour import signed_rgb
from studio.figures.digits import short
from studio.figures.parts import Bars, Picture, Rows
from studio.panels import looking
from studio.panels.attention_stage import scale
from studio.recipe import Recipe
from studio.scrubber import Legend, Pane, scrubber
from studio.services import attend, generate, knock
from studio.services.attend import Look

LIMIT = 0.5  # a difference of ±0.5, a quarter of the picture's range, fills the scale


def switch(recipe: Recipe, look: Look) -> None:
    """Pick heads, run the chain again without them, compare."""
    names = {
        f"{layer.title} head {head + 1}": (layer.name, head)
        for layer in look.attention.layers
        for head in range(layer.heads)
    }
    st.caption("A factor multiplies what a head adds to the picture: 0 takes it out, 1 leaves it, 2 doubles it.")
    picks, amount = st.columns([3, 2])
    chosen = picks.multiselect(
        "Heads",
        list(names),
        key="off",
        bind="query-params",
        help="All of these heads are scaled at once.",
    )
    factor = amount.slider("Factor", 0.0, 2.0, 0.0, 0.1, key="factor", bind="query-params", help="0 off, 1 as trained.")
    if chosen:
        compare(recipe, look, {names[name]: factor for name in chosen})
    ranking(recipe, look, {key: name for name, key in names.items()})


def compare(recipe: Recipe, look: Look, factors: dict[tuple[str, int], float]) -> None:
    """The chain as it was, as it is with these factors, and their difference at every step."""
    key = f"switch-{recipe.key}-{sorted(factors.items())}"
    edited = knock.changed(recipe, factors)
    if edited is None:
        if widgets.stopped(key):
            return
        total = len(generate.course(recipe))
        *_, edited = widgets.watch(knock.again(recipe, look.chain, factors), total, "Same seed again", key)
    at = look.frames
    before, after = (part[at].astype(np.float32) for part in (look.chain.x0, edited.x0))
    panes = [
        Pane("as trained", frames.picture(before), "Predicted x₀ of the chain as it was."),
        Pane("changed", frames.picture(after), "The same seed and settings, heads scaled."),
        Pane(
            "difference",
            signed_rgb(after - before, LIMIT),
            "Changed minus as trained, each colour by itself.",
            Legend("grey", -LIMIT, LIMIT, "of ±1"),
        ),
    ]
    scrubber(
        panes,
        key="switched",
        labels=looking.labels(recipe, look.chain, attend.LOOKS),
        strip=2,
        scale=scale(look.chain),
        chain=key,
        caption=recipe.line(),
    )
    st.markdown(
        f"Damage to the finished picture: RMS **{short(edited.damage)}** of a range of ±1, "
        f"EfficientNet-Lite0 distance (1 − cosine) **{short(edited.distance)}**."
    )
    last = frames.picture(np.stack([look.chain.x_t[-1], edited.picture]))
    gap = edited.picture - look.chain.x_t[-1]

    def parts() -> Rows:
        shown = np.abs(gap).max(-1)
        row = [Picture("as trained", last[0]), Picture("changed", last[1])]
        return [[*row, Picture("largest difference of a channel", shown, "viridis", 0, LIMIT, "of ±1")]]

    widgets.export("Heads switched", recipe, parts, lambda: {"before": before, "after": after, "difference": gap})


def ranking(recipe: Recipe, look: Look, titles: dict[tuple[str, int], str]) -> None:
    """Every head switched off by itself, by the damage that does."""
    found, key = knock.ranked(recipe), f"rank-{recipe.key}"
    if found.done:
        place = st.empty()
    else:
        asked = st.toggle("Rank all heads by damage", key="rank", bind="query-params", help=_cost(recipe, look))
        if not asked or widgets.stopped(key):
            return
        total, drawn = len(look.attention.layers) * len(generate.course(recipe)), 0
        bar, place = st.container(), st.empty()
        with bar:
            for found in widgets.watch(knock.rank(recipe, look.chain), total, "Switching heads off, by layer", key):
                if len(found.harm) > drawn:
                    drawn = len(found.harm)
                    place.plotly_chart(_figure(found, titles), key=f"ranking-{drawn}")
    place.plotly_chart(_figure(found, titles), key="ranking")
    names, harm = [titles[key] for key in found.harm], np.array(list(found.harm.values()))

    def parts() -> Rows:
        order = np.argsort(-harm[:, 0], kind="stable")
        return [Bars("RMS difference of the picture without a head", [names[i] for i in order], harm[order, 0])]

    widgets.export(
        "Heads ranked", recipe, parts, lambda: {"heads": np.array(names), "damage": harm[:, 0], "distance": harm[:, 1]}
    )


def _figure(found: knock.Ranking, titles: dict[tuple[str, int], str]) -> object:
    names, harm = [titles[key] for key in found.harm], list(found.harm.values())
    return attention.damage_figure(names, [each[0] for each in harm], [each[1] for each in harm])


def _cost(recipe: Recipe, look: Look) -> str:
    chains = sum(layer.heads for layer in look.attention.layers)
    return f"{chains} chains of {recipe.steps} steps, a layer's heads at once."
