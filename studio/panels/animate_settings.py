"""How a film is to be written, as picked in the dialog; picks stay from one film to the next."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from studio.services import films
from studio.services.films import Cut, Film
from studio.services.formats import FORMATS
from studio.services.timing import EASINGS, HOLDS, ORDERS, RATES, Timing

WIDE = 256  # px that a picture takes until somebody picks
CAPTIONS = ("light", "dark", "none")
KEEP = {"persist_state": "session"}


@dataclass(frozen=True)
class Chosen:
    """A format by name, the cut, and the ground of the captions: `light`, `dark`, or `none` for no captions."""

    kind: str = "gif"
    cut: Cut = field(default_factory=Cut)
    captions: str = "light"


def pictures(titles: Sequence[str], first: str) -> list[str]:
    """Which pictures stand side by side; never none."""
    if len(titles) == 1:
        return list(titles)
    key = "film-pictures-" + "-".join(titles)
    picked = st.multiselect("Pictures", titles, [first], key=key, help="Side by side, in the page's order.")
    return picked or [first]


def controls(film: Film, timing: Timing) -> Chosen:
    """Format, size, rate and order, the rest under More; `timing` until somebody picks, for each kind of film."""
    kind = st.segmented_control(
        "Format",
        list(FORMATS),
        default="gif",
        required=True,
        format_func=lambda name: FORMATS[name].title,
        key="film-kind",
        **KEEP,
    )
    st.caption(FORMATS[kind].says)
    left, middle, right = st.columns(3)
    with left:
        scale = _scale(film)
    usual = int(timing.fps)
    fps = middle.slider(
        "Frames per second", *RATES, usual, key=f"film-fps-{usual}", help="12 is calm, 24 is fluent.", **KEEP
    )
    order = right.selectbox(
        "Order",
        list(ORDERS),
        list(ORDERS).index(timing.order),
        format_func=ORDERS.get,
        key=f"film-order-{timing.order}",
        help="How a player goes on at the end.",
        **KEEP,
    )
    with st.expander("More"):
        easing, hold, captions = _more(timing)
        palettes, dither = _colours(kind)
    return Chosen(kind, Cut(Timing(fps, order, easing, hold), scale, palettes, dither), captions)


def _scale(film: Film) -> int:
    """A whole multiple of the film's pixels; of each size of film, its own."""
    allowed, (height, width) = films.scales(film), film.frames.shape[1:3]
    usual = max(scale for scale in allowed if scale == 1 or scale * height <= WIDE)
    return st.selectbox(
        "Size",
        allowed,
        allowed.index(usual),
        format_func=lambda scale: f"{scale} × · {width * scale} px wide",
        key=f"film-scale-{width}-{height}",
        help="Whole multiples, so that every pixel stays a square.",
        **KEEP,
    )


def _more(timing: Timing) -> tuple[str, float, str]:
    left, middle, right = st.columns(3)
    easing = left.selectbox(
        "Easing", list(EASINGS), key="film-easing", help="Every frame is shown; some for longer.", **KEEP
    )
    hold = middle.slider(
        "Hold the last frame, s",
        *HOLDS,
        timing.hold,
        0.5,
        key=f"film-hold-{timing.hold:g}",
        help="Time to look at it.",
        **KEEP,
    )
    captions = right.selectbox("Captions", CAPTIONS, key="film-captions", help="Under the picture, in print.", **KEEP)
    return easing, hold, captions


def _colours(kind: str) -> tuple[str, bool]:
    """Palettes and dithering, which only a GIF has."""
    left, right = st.columns(2, vertical_alignment="bottom")
    why = "Only a GIF has a palette."
    palettes = left.selectbox(
        "Palette",
        ("one", "each"),
        format_func={"one": "one for the film", "each": "one for each frame"}.get,
        disabled=kind != "gif",
        key="film-palettes",
        help="256 colours: steady, or nearer in every frame." if kind == "gif" else why,
        **KEEP,
    )
    dither = right.toggle(
        "Dither",
        disabled=kind != "gif",
        key="film-dither",
        help="Grain that hides steps of colour; larger files." if kind == "gif" else why,
        **KEEP,
    )
    return palettes, dither
