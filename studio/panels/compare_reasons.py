"""What StyleGAN2 changed, each with a number or a picture of a trained generator."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import compare as figures
from studio.figures import frames
from studio.figures.digits import short
from studio.figures.parts import Bars, Picture, Rows
from studio.recipe import PASS, Recipe
from studio.services import compare, library

NAME = "StyleGAN2's changes"
HINTS = (
    "**You see** four things that StyleGAN2 does unlike StyleGAN, measured on a trained generator.",
    "**Try** another seed; or train one with R1, `--set adversarial.r1_gamma=0.03`, and look again.",
    "**Why** each removed one visible fault: droplets, noise that depends on style, slow steps, stuck details.",
)


def show(seed: int) -> None:
    """Pick a generator with styles and measure it."""
    there = [entry.name for entry in library.checkpoints("styles")]
    if not there:
        st.info("No checkpoint with styles is here. Train one: `python -m engines train stylegan2-cat-64 --out run`.")
        return
    name = st.selectbox("Generator", there, key="styles", bind="query-params", help="A checkpoint with styles.")
    with st.spinner("Measuring a few passes…"):
        norms, sizes, cost = compare.reasons(name, seed)
    _norm(norms)
    _noise(norms)
    _lazy(name, cost)
    _growing(sizes, seed)
    recipe = Recipe(name, seed, PASS, 1, weights=library.digest(name))
    widgets.export(NAME, recipe, lambda: _parts(norms, sizes), lambda: _arrays(norms, sizes, cost))


def _norm(norms: object) -> None:
    st.subheader("Normalised weights, not pictures")
    st.markdown(
        f"Each output channel's weights have norm {short(norms.weight.min())} to {short(norms.weight.max())} after "
        f"demodulation, whatever the style. So a channel's strength may differ from picture to picture, by "
        f"±{100 * norms.strength.mean():.0f} % here; an instance norm makes that exactly 0, and a generator smuggles "
        "strength past it as droplets."
    )
    values = {"demodulated": norms.strength, "instance norm": np.zeros_like(norms.strength)}
    title = f"Strength, picture by picture, N = {norms.n}"
    st.plotly_chart(figures.bars_figure(norms.layers, values, title, "share of mean"), key="norms")


def _noise(norms: object) -> None:
    st.subheader("Noise and bias outside the style")
    st.markdown(
        f"Added after the normalisation, noise is the same share of a channel to within "
        f"±{100 * norms.noise_outside.mean():.0f} % from picture to picture. Added before it, where the style has just "
        f"scaled the channel, the share would differ by ±{100 * norms.noise_inside.mean():.0f} %."
    )
    values = {"outside, as here": norms.noise_outside, "inside, as in StyleGAN": norms.noise_inside}
    title = f"Share of noise, by picture, N = {norms.n}"
    st.plotly_chart(figures.bars_figure(norms.layers, values, title, "share of mean"), key="noises")


def _lazy(name: str, cost: object) -> None:
    st.subheader("Lazy regularisation")
    told = compare.lazily(name)
    always = cost.r1 / cost.update
    every = told["r1_every"]
    used = (
        f"{name} was trained with γ = {told['r1_gamma']:g}, R1 in {100 / every:.3g} % of its steps."
        if told["r1_gamma"]
        else f"{name} was trained without R1 (γ = 0); its discriminator is held in check otherwise."
    )
    st.markdown(
        f"Here and now, on {cost.batch} pictures, an update of a StyleGAN2 discriminator takes {short(cost.update)} s "
        f"and R1 {short(cost.r1)} s more. In every step that is +{100 * always:.0f} %; once in {every} steps "
        f"+{100 * always / every:.1f} %. {used}"
    )


def _growing(sizes: object, seed: int) -> None:
    st.subheader("Skips, no growing")
    shares = ", ".join(f"{size} px {100 * share:.0f} %" for size, share in zip(sizes.sizes, sizes.share, strict=True))
    st.markdown(f"All sizes are trained together and add up to the picture. What each adds of seed {seed}: {shares}.")
    text = f"After {', '.join(map(str, sizes.sizes))} px"
    st.image(frames.sheet(frames.picture(sizes.pictures), 2, len(sizes.sizes)), text, "content", output_format="PNG")


def _parts(norms: object, sizes: object) -> Rows:
    pictures = frames.picture(sizes.pictures)
    return [
        [Picture(f"after {size} px", picture) for size, picture in zip(sizes.sizes, pictures, strict=True)],
        Bars("Strength differs between pictures", norms.layers, norms.strength, "share of mean"),
        Bars("Noise's share differs, outside", norms.layers, norms.noise_outside, "share of mean"),
        Bars("Noise's share differs, inside", norms.layers, norms.noise_inside, "share of mean"),
    ]


def _arrays(norms: object, sizes: object, cost: object) -> dict[str, np.ndarray]:
    arrays = {name: getattr(norms, name) for name in ("weight", "strength", "noise_outside", "noise_inside")}
    times = {"update_seconds": np.array(cost.update), "r1_seconds": np.array(cost.r1)}
    return arrays | times | {"layers": np.array(norms.layers), "pictures": sizes.pictures, "share": sizes.share}
