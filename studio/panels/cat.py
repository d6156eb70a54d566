"""One cat to pick: a seed of a checkpoint, a picture of data, or a photo of one's own; the address remembers it."""

import random

import streamlit as st

from studio import state, widgets
from studio.figures import frames
from studio.panels import cat_data, cat_photo
from studio.recipe import LARGEST_SEED
from studio.services import cats, library
from studio.services.cats import Cat

KINDS = {"seed": "Seed", "data": "Data", "upload": "Upload"}
# In a narrow column the three kinds stay in one row.
STYLE = """<style>
[class*="st-key-cat-"] [role="radiogroup"] { flex-wrap: nowrap }
[class*="st-key-cat-"] [role="radiogroup"] button { padding-inline: 0.125rem; min-width: 0 }
</style>"""
ROOM = 64  # px of the small picture, if the checkpoint's own are not larger


def pick(slot: str, checkpoint: str, first: str = "seed:0") -> Cat:
    """Pick the cat `slot`, which is its name in the address and on the page; `first` if nobody picked.

    `checkpoint` is the page's own, whose seeds need no name. Several pickers stand under one another.
    """
    cat = _current(slot, first)
    with st.container(border=True, key=f"cat-{slot}", gap="small"):
        st.html(STYLE)
        place = st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small")
        kind = _kind(slot, cat, first)
        with widgets.errors():
            if kind == "seed":
                _seed(slot, cat, checkpoint)
            elif kind == "data":
                cat_data.show(slot, cat)
            else:
                cat_photo.show(slot, cat)
        with place:
            _picture(slot, cat, checkpoint)
    cat_data.dialog(slot)
    cat_photo.dialog(slot)
    return cat


def _current(slot: str, first: str) -> Cat:
    """The cat of the address, or the one kept on another page; one that cannot be read is said and not used."""
    state.carry(slot)
    text = st.query_params.get(slot, first)
    try:
        return Cat.read(text)
    except ValueError as error:
        state.say(f"In the address, {slot}: {error}")
        state.keep(slot, "")
        return Cat.read(first)


def _kind(slot: str, cat: Cat, first: str) -> str:
    """Where the cat is to come from; this is not in the address, which says what came of it."""
    key = f"cat-{slot}-kind"
    if key not in st.session_state or (cat.photo and st.session_state[key] == "seed"):  # by the address
        st.session_state[key] = "upload" if cat.photo else "seed"
    return st.segmented_control(
        f"Cat {slot.upper()}",
        list(KINDS),
        format_func=KINDS.get,
        key=key,
        required=True,
        label_visibility="collapsed",
        width="stretch",
        on_change=_changed,
        args=(slot, first),
    )


def _changed(slot: str, first: str) -> None:
    """Another kind: the last seed, or the last picture of data, is the cat at once; an upload is waited for."""
    kind = st.session_state[f"cat-{slot}-kind"]
    if kind == "seed":
        known = st.session_state.get(f"cat-{slot}-last", first)
        state.keep(slot, known if known.startswith("seed") else str(Cat()))
    elif kind == "data":
        cat_data.take(slot)


def _seed(slot: str, cat: Cat, checkpoint: str) -> None:
    """The seed, a die, and whose seed it is."""
    st.session_state[f"cat-{slot}-last"] = str(cat)
    st.session_state[f"cat-{slot}-seed"] = cat.seed
    names = ["", *(entry.name for entry in library.checkpoints("sample") if entry.name != checkpoint)]
    chosen = "" if cat.checkpoint == checkpoint else cat.checkpoint
    if chosen not in names:
        names.append(chosen)  # the picture says that it is not here
    st.session_state[f"cat-{slot}-checkpoint"] = chosen
    with st.container(horizontal=True, wrap=False, gap="small"):
        st.number_input(
            "Seed",
            0,
            LARGEST_SEED,
            key=f"cat-{slot}-seed",
            label_visibility="collapsed",
            on_change=_seeded,
            args=(slot,),
        )
        die = ":material/casino:"
        st.button("", key=f"cat-{slot}-die", icon=die, help="Another seed.", on_click=_roll, args=(slot,))
    st.selectbox(
        "Drawn by",
        names,
        format_func=lambda name: name or f"{checkpoint}, as the page",
        key=f"cat-{slot}-checkpoint",
        label_visibility="collapsed",
        on_change=_seeded,
        args=(slot,),
    )


def _seeded(slot: str) -> None:
    chosen, seed = st.session_state[f"cat-{slot}-checkpoint"], st.session_state[f"cat-{slot}-seed"]
    state.keep(slot, str(Cat(chosen, int(seed))))


def _roll(slot: str) -> None:
    st.session_state[f"cat-{slot}-seed"] = random.randrange(100_000)
    _seeded(slot)


def _picture(slot: str, cat: Cat, checkpoint: str) -> None:
    """The cat, small; a chain that was never run shows how far it is."""
    with widgets.errors():
        size = library.find(checkpoint).size
        place = st.empty()
        for step in cats.drawing(cat, size, checkpoint):
            if step.finished or step.done % 5 == 0:
                enlarged = frames.sheet(step.pictures, max(1, ROOM // size), 1)
                place.image(enlarged, width="content", output_format="PNG", alt=f"Cat {slot}: {cat.line()}")
        st.markdown(f"**{slot.upper()}** {'photo' if cat.photo else f'seed {cat.seed}'}")
