"""What a page remembers between two runs: the address, and a recipe put back from a picture."""

from collections.abc import Mapping

import streamlit as st

from studio.recipe import Recipe, from_png
from studio.services import photos

BOUND = ("checkpoint", "seed", "sampler", "steps", "eta", "label", "guidance", "start", "children")  # widgets' own


def drop(upload: str, size: int) -> None:
    """Take what was dropped: a PNG with a recipe puts its settings back, another picture is the photo to start from."""
    file = st.session_state.get(upload)
    if file is None:
        return
    data = file.getvalue()
    try:
        recipe, photo = from_png(data)
    except ValueError:
        recipe = None
    try:
        if recipe is not None:
            restore(recipe, photo)
        else:
            st.query_params["photo"] = photos.keep(data, size)
    except (ValueError, LookupError) as error:
        st.session_state["notice"] = str(error)


def restore(recipe: Recipe, photo: str = "") -> None:
    """Set every control to `recipe`; `photo` is the base64 of the photo that it needs, if that came along."""
    if photo:
        photos.from_text(photo)
    for name in BOUND:
        st.session_state[name] = getattr(recipe, name)
    keep("photo", recipe.photo)
    keep("fork", "" if recipe.fork < 0 else str(recipe.fork))
    st.session_state["notice"] = f"Settings put back: {recipe.line()}"


def keep(name: str, value: str) -> None:
    """Keep something in the address that no widget holds; an empty value removes it."""
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def kept(values: Mapping[str, str] | None = None) -> tuple[str, int]:
    """The photo's digest and the forked frame, −1 for none, from the address."""
    values = st.query_params if values is None else values
    fork = values.get("fork", "")
    return values.get("photo", ""), int(fork) if fork.isdecimal() else -1


def notice() -> None:
    """Say once what happened in a callback."""
    if text := st.session_state.pop("notice", ""):
        st.toast(text)
