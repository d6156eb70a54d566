"""Directions as cards: what changes most along each, how much, in which layers; named, kept, walked along."""

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import frames
from studio.figures.digits import short
from studio.figures.parts import Picture, Rows
from studio.panels import animate
from studio.scrubber import Pane, scrubber
from studio.services import directions
from studio.services.directions import Asked, Card, Found, Way
from studio.services.gan import Look

NAME = "Directions"
HINTS = (
    "**You see** one seed from −3 to +3 standard deviations along directions that nobody labelled.",
    "**Try** only the coarse layers, then only the fine ones; name what you recognise and keep it.",
    "**Why** SeFa asks the weights what they amplify, GANSpace asks the latents where they spread.",
)
SAYS = {
    "sefa": "SeFa: eigenvectors of the weights that turn w into styles. No picture is drawn to find them.",
    "ganspace": "GANSpace: principal components of 1,024 latents w.",
}
SAYS_Z = {
    "sefa": "SeFa on the first layer's weights, batch norm included: this generator has no styles.",
    "ganspace": "GANSpace without w: principal components of the first feature map, carried back to z by regression.",
}


def show(look: Look) -> None:
    """Ask for directions, walk along one, and show all of them as cards."""
    asked = _controls(look)
    found = directions.found(look, asked)
    _walk(look, found)
    if cards := _cards(look, asked):
        widgets.export(NAME, look.recipe, lambda: _parts(cards), lambda: _arrays(cards))


def _controls(look: Look) -> Asked:
    names = directions.layers(look)
    first, second, third = st.columns([2, 3, 2], vertical_alignment="bottom")
    method = first.segmented_control(
        "Method",
        list(directions.METHODS),
        default="sefa",
        required=True,
        format_func=directions.METHODS.get,
        key="method",
        bind="query-params",
        help="How the directions are found.",
    )
    low, high = 0, len(names) - 1
    if high:
        low, high = second.slider(
            "Layers",
            0,
            high,
            (0, high),
            key="moved",
            bind="query-params",
            help="Only the latents of these layers move; coarse layers first.",
        )
    number = third.slider(
        "Cards",
        1,
        min(12, directions.most(look)),
        6,
        key="cards",
        bind="query-params",
        help="The strongest come first.",
    )
    says = SAYS if len(names) > 1 else SAYS_Z
    where = f" Layers: {names[low]} to {names[high]}." if len(names) > 1 else ""
    st.caption(says[method] + where)
    return Asked(method, number, low, high)


def _walk(look: Look, found: list[Found]) -> None:
    """One direction in small steps under the scrubber: one of those found, or one that was kept."""
    kept = directions.kept(look)
    ways: dict[str, Way] = {each.title: each.way for each in found}
    ways |= {f"{each.name} (kept)": each.way for each in kept.values()}
    if st.session_state.get("walk") not in ways:
        st.session_state["walk"] = next(iter(ways))  # what was kept may have been forgotten
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    title = left.selectbox(
        "Walk along", list(ways), key="walk", bind="query-params", help="One of those below, or one that was kept."
    )
    way = ways[title]
    right.button(
        "Forget it",
        icon=":material/bookmark_remove:",
        disabled=way.key not in kept,
        on_click=directions.forget,
        args=(look, way.key),
        help="Remove it from the kept ones." if way.key in kept else "This one is not kept.",
    )
    places = directions.places()
    panes = [Pane(title, directions.walk(look, way), "The seed's picture, moved along the direction.")]
    labels = [f"{short(round(place, 2))} standard deviations" for place in places]
    scrubber(
        panes,
        key="walking",
        labels=labels,
        start=len(places) // 2,
        name="Place",
        caption=f"{title} · {look.line()}",
        chain=f"{look.name}-{way.key}",
    )
    animate.offer("Along a direction", look.recipe, panes, labels)


def _cards(look: Look, asked: Asked) -> list[Card]:
    """The cards while they come; what is there when cancelled stays."""
    key, cards = f"directions-{look.name}-{asked}", directions.known(look, asked)
    bar = st.container(key="busy", vertical_alignment="center").empty()
    slots = [st.container() for _ in range(asked.number)]
    if cards is not None:
        bar.caption(look.line())
        for slot, card in zip(slots, cards, strict=True):
            _card(look, card, slot)
        return cards
    with bar.container():
        if widgets.stopped(key):
            return []
        for cards in widgets.watch(directions.cards(look, asked), asked.number, "Walking along directions", key):
            _card(look, cards[-1], slots[len(cards) - 1])
    bar.caption(look.line())
    return cards


def _card(look: Look, card: Card, slot: st.container) -> None:
    found, key = card.found, card.found.way.key
    kept = directions.kept(look).get(key)
    with slot.container(border=True, horizontal=True, vertical_alignment="center", key=f"card-{key}"):
        st.image(_strip(card), f"{found.title}, from −3 to +3 standard deviations", "content", output_format="PNG")
        with st.container(width=256, gap="small"):
            st.markdown(f"**{kept.name if kept else found.title}** · {short(100 * found.share)} % of the sum")
            st.caption(f"Effect {short(card.strip.effect)} per σ, N = {card.strip.n}")
            with st.container(horizontal=True, gap="small"):
                st.text_input(
                    f"Name of {found.title}",
                    kept.name if kept else "",
                    placeholder="what it does",
                    key=f"name-{key}",
                    label_visibility="collapsed",
                    max_chars=60,
                    width=130,
                )
                text = "Keep it under another name" if kept else "Keep it under this name"
                icon = ":material/bookmark_added:" if kept else ":material/bookmark:"
                st.button("", icon=icon, key=f"keep-{key}", help=text, on_click=_keep, args=(look, found))
                icon = ":material/arrow_upward:"
                st.button("", icon=icon, key=f"go-{key}", help="Walk along it.", on_click=_go, args=(found.title,))


def _keep(look: Look, found: Found) -> None:
    directions.keep(look, found, st.session_state[f"name-{found.way.key}"])


def _go(title: str) -> None:
    st.session_state["walk"] = title


def _strip(card: Card) -> np.ndarray:
    return frames.sheet(card.strip.pictures, 1, columns=len(card.strip.pictures))


def _parts(cards: list[Card]) -> Rows:
    return [
        Picture(f"{card.found.title}: effect {short(card.strip.effect)} per σ, N = {card.strip.n}", _strip(card))
        for card in cards
    ]


def _arrays(cards: list[Card]) -> dict[str, np.ndarray]:
    ways = [card.found.way for card in cards]
    return {
        "vectors": np.stack([way.vector for way in ways]),
        "units": np.array([way.unit for way in ways]),
        "shares": np.array([card.found.share for card in cards]),
        "effects": np.array([card.strip.effect for card in cards]),
        "layers": np.array([ways[0].first, ways[0].last]),
        "pictures": np.stack([card.strip.pictures for card in cards]),
        "offsets": cards[0].strip.offsets,
    }
