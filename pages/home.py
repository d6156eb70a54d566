"""Home: a wall of samples from the checkpoints there are, and where to start."""

import streamlit as st

from studio.navigation import PAGES
from studio.services import library
from studio.wall import wall

FILES = {page.name: page.file for page in PAGES}
TILES = 24
STARTS = (
    ("A student", "Watch one cat come out of noise: drag the bar under the picture.", "denoise", "Watch one", {}),
    (
        "A teacher",
        "One seed in only six steps. Ask what appears first, then add steps.",
        "denoise",
        "Six steps",
        {"seed": "1", "steps": "6"},
    ),
    (
        "A researcher",
        "Same seeds, any sampler, number of steps and guidance; every PNG holds its recipe.",
        "generate",
        "Draw some",
        {"seed": "0"},
    ),
)


def start_here() -> None:
    """Three doors into the studio."""
    st.subheader("Start here")
    doors = st.grid(3, min_column_width=210)
    for who, what, page, label, query in STARTS:
        with doors.cell().container(border=True, height="stretch"):
            st.markdown(f"**{who}**")
            st.write(what)
            st.page_link(FILES[page], label=label, icon=":material/arrow_forward:", query_params=query)


def described(entry: library.Entry) -> str:
    """What a checkpoint is, in one line."""
    parts = [f"{entry.size}×{entry.size} px", f"{entry.parameters / 1e6:.3g} million parameters"]
    if entry.images_seen:
        parts.append(f"{entry.images_seen:,} pictures seen in {entry.minutes:.0f} min")
    return " · ".join([f"`{entry.name}`", entry.family, *parts])


entries = library.gallery()
shown = [entry for entry in entries if entry.samples]

st.title("Whisker")
st.caption("A studio for looking inside generative models of cats. None of these cats exists.")
for entry in shown[:1]:
    st.html(wall(entry, TILES))
    st.caption(described(entry) + ". A click on a cat opens the way it was made.")
if not entries:
    st.info("There is no checkpoint yet. This trains a small one: `python -m engines train ddpm-smoke --out run`.")
start_here()
for entry in shown[1:]:
    st.subheader(entry.title)
    st.html(wall(entry, TILES // 2))
    st.caption(described(entry) + ".")
for entry in shown:
    if entry.trained_on or entry.licence:
        st.caption(f"`{entry.name}`: trained on {entry.trained_on}. {entry.licence}.")
