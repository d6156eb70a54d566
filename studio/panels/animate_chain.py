"""Animate: what a chain of denoising steps shows over t: its states, its attention, its feature maps."""

import streamlit as st

from studio import stage, widgets
from studio.panels import (
    animate,
    attention_controls,
    attention_stage,
    denoise_stage,
    features_stage,
)
from studio.panels.tabs import hints
from studio.recipe import Recipe
from studio.services.attend import View

STATES = (
    "**You see** a chain of steps from noise to a picture; Denoise has the numbers to it.",
    "**Try** the predicted x₀ and the noise beside x_t in one film, or more steps.",
    "**Why** coarse before fine: noise hides small details longest.",
)
LOOKS = (
    "**You see** where the marked pixel looks, step by step; click a picture to mark another.",
    "**Try** one head instead of the mean; the film can have the picture beside the heat.",
    "**Why** by attention one eye can learn of the other, a whole face away.",
)
MAPS = (
    "**You see** what one block of the network holds, its three main components as colours.",
    "**Try** a block early on the way down, then one late on the way up.",
    "**Why** the way down gathers what, the way up paints where.",
)


def chain() -> Recipe:
    """A chain, as on the Denoise page."""
    entry = widgets.checkpoint(can="trajectory")
    widgets.seed()
    widgets.die("Another one")
    with st.expander("More"):
        recipe = attention_controls.chain(entry)
    widgets.reset(recipe)
    return recipe


def denoise(recipe: Recipe) -> None:
    """All states of the chain."""
    made, _ = denoise_stage.show(recipe)
    hints(STATES)
    if made.done:
        animate.offer("Denoising", recipe, stage.panes(recipe, made), stage.labels(made))


def attention(asked: tuple[Recipe, View]) -> None:
    """Attention of one layer over t."""
    look, _ = attention_stage.show(*asked)
    hints(LOOKS)
    attention_stage.film(asked[0], look, asked[1])


def features(asked: tuple[Recipe, str]) -> None:
    """One block's feature maps over t."""
    look, _ = features_stage.show(*asked)
    hints(MAPS)
    features_stage.film(asked[0], look, asked[1])
