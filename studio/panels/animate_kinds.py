"""What the Animate page can make a film of, by its name in the menu and the address. A new kind is one entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from studio.panels import (
    animate_chain,
    animate_fusion,
    animate_run,
    animate_walk,
    attention_controls,
    features_controls,
)
from studio.recipe import Recipe


@dataclass(frozen=True)
class Kind:
    """`controls` draws the left column and says what was picked, `show` draws the stage; `recipe` is that of a pick."""

    controls: Callable[[], Any]
    show: Callable[[Any], None]
    recipe: Callable[[Any], Recipe]


def _first(asked: tuple[Any, ...]) -> Recipe:
    return asked[0]


def _walk(asked: animate_walk.Asked) -> Recipe:
    return asked[0].recipe


KINDS = {
    "Walk": Kind(animate_walk.controls, animate_walk.show, _walk),
    "Truncation": Kind(animate_walk.controls_psi, animate_walk.show_psi, _walk),
    "Denoising": Kind(animate_chain.chain, animate_chain.denoise, lambda recipe: recipe),
    "Attention": Kind(attention_controls.controls, animate_chain.attention, _first),
    "Features": Kind(features_controls.controls, animate_chain.features, _first),
    "Fusion": Kind(animate_fusion.controls, animate_fusion.show, lambda asked: asked.ask.recipe),
    "Run": Kind(animate_run.controls, animate_run.show, lambda _: Recipe()),
}
