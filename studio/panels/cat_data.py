"""A cat out of data: drawings, a checkpoint's samples, or a folder or zip on this machine; kept as a photo."""

import numpy as np
import streamlit as st

from studio import state, widgets
from studio.panels import cat_photo
from studio.services import shelf
from studio.services.cats import Cat

OPEN = "browsing"  # the slot whose pictures are looked through
SHOWN, THUMB = 24, 64  # pictures at once, and their px
TITLES = {shelf.DRAWN: "drawn cats", shelf.FOLDER: "a folder or zip"}


def show(slot: str, cat: Cat) -> None:
    """Where the picture comes from, and which it is; the next one is the cat at once."""
    origin = st.selectbox(
        "From",
        shelf.origins(),
        format_func=lambda name: TITLES.get(name, f"samples of {name}"),
        key=f"cat-{slot}-origin",
        label_visibility="collapsed",
        persist_state="session",
        on_change=_fresh,
        args=(slot,),
    )
    if origin == shelf.FOLDER:
        st.text_input(
            "Folder or zip",
            key=f"cat-{slot}-path",
            placeholder="/path/to/pictures.zip",
            label_visibility="collapsed",
            persist_state="session",
            on_change=_fresh,
            args=(slot,),
        )
    st.number_input(
        "Number",
        0,
        None,
        key=f"cat-{slot}-index",
        label_visibility="collapsed",
        persist_state="session",
        on_change=take,
        args=(slot,),
    )
    with st.container(horizontal=True, gap="small"):
        icon = ":material/apps:"
        st.button("", key=f"cat-{slot}-browse", icon=icon, help="All pictures.", on_click=_open, args=(slot,))
        cat_photo.again(slot, cat)


def take(slot: str) -> None:
    """Make the picture that the controls name the cat; say it if there is none."""
    origin, path, index = _asked(slot)
    if origin == shelf.FOLDER and not path:
        return  # not yet
    try:
        state.keep(slot, str(Cat(photo=shelf.take(origin, path, index))))
    except LookupError as error:
        state.say(str(error.args[0]))
    except ValueError as error:
        state.say(str(error))


def dialog(slot: str) -> None:
    """The pictures to choose among, while they are looked through for this cat."""
    if st.session_state.get(OPEN) == slot:
        st.dialog(f"Cat {slot.upper()}: pick a picture", width="medium", on_dismiss=_close)(_browse)()


def _asked(slot: str) -> tuple[str, str, int]:
    known = st.session_state
    origin = known.get(f"cat-{slot}-origin", shelf.DRAWN)
    return origin, known.get(f"cat-{slot}-path", "").strip(), int(known.get(f"cat-{slot}-index", 0))


def _fresh(slot: str) -> None:
    """Other data: from its first picture."""
    st.session_state[f"cat-{slot}-index"] = 0
    take(slot)


def _open(slot: str) -> None:
    st.session_state[OPEN] = slot
    st.session_state["shelf"] = _asked(slot)[2] // SHOWN


def _close() -> None:
    st.session_state.pop(OPEN, None)


def _browse() -> None:
    slot = st.session_state.get(OPEN)
    if slot is None:
        st.rerun()
    origin, path, _ = _asked(slot)
    with widgets.errors():
        page = st.session_state.setdefault("shelf", 0)
        pictures, total = _shelf(origin, path, page * SHOWN)
        last = (total - 1) // SHOWN
        with st.container(horizontal=True, wrap=False, horizontal_alignment="distribute", vertical_alignment="center"):
            st.button("Previous", key="shelf-back", disabled=page == 0, on_click=_turn, args=(page - 1,))
            st.caption(f"{page * SHOWN} to {page * SHOWN + len(pictures) - 1} of {total}", text_alignment="center")
            st.button("Next", key="shelf-next", disabled=page == last, on_click=_turn, args=(page + 1,))
        with st.container(horizontal=True, gap="small"):
            for index, picture in enumerate(pictures, page * SHOWN):
                with st.container(width=THUMB, gap=None, key=f"shelf-{index}"):
                    st.image(picture, width="content", output_format="PNG", alt=f"Number {index}")
                    st.button(
                        str(index), key=f"shelf-take-{index}", on_click=_chosen, args=(slot, index), width="stretch"
                    )


def _chosen(slot: str, index: int) -> None:
    st.session_state[f"cat-{slot}-index"] = index
    take(slot)
    _close()


def _turn(page: int) -> None:
    st.session_state["shelf"] = page


@st.cache_data(max_entries=16, ttl=600, show_spinner=False)
def _shelf(origin: str, path: str, start: int) -> tuple[np.ndarray, int]:
    return shelf.look(origin, path, start, SHOWN, THUMB)
