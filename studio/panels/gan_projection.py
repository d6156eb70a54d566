"""Projection: a picture that the generator never drew, looked for among those that it can draw."""

from dataclasses import replace

import numpy as np
import streamlit as st

from studio import state, widgets
from studio.figures import frames
from studio.figures.colour import signed_rgb
from studio.figures.digits import short
from studio.figures.parts import Lines, Picture, Rows
from studio.figures.project import search_figure
from studio.panels import animate
from studio.scrubber import Legend, Pane, Plot, scrubber
from studio.services import photos, project, steer
from studio.services.gan import Look
from studio.services.project import Search, Settings, Subject

NAME = "Projection"
LIMIT = 0.5  # a difference of ±0.5 in [-1, 1] fills the range from black to white
PLOTS = ("project-feature", "project-psnr")
HINTS = (
    "**You see** the picture to look for, the best cat found so far, and what still differs.",
    "**Try** a photo of your own cat, cropped to its face; then a latent per layer, which comes closer.",
    "**Why** what a generator cannot draw it cannot find: the gap that stays is what it never learned.",
)


def show(look: Look) -> None:
    """Pick a picture, look for it, keep what was found."""
    subject = _subject(look)
    settings = _settings(look)
    if subject is None:
        return
    found = _search(look, subject, settings)
    if found is not None:
        _numbers(found)
        _keep(look, found)
        with st.container(horizontal=True):
            animate.offer(NAME, replace(look.recipe, photo=subject.photo), _panes(found), _labels(found), first="found")
            widgets.export(NAME, look.recipe, lambda: _parts(found), lambda: _arrays(found))
    _kept(look)


def _subject(look: Look) -> Subject | None:
    """The picture to look for; None while there is no photo."""
    state.kept()
    there = project.origins()
    left, right = st.columns(2, vertical_alignment="bottom")
    origin = left.selectbox(
        "Look for",
        there,
        format_func=lambda name: {"photo": "a photo of yours", "drawn": "a drawn cat"}.get(name, f"a sample of {name}"),
        key="origin",
        bind="query-params",
        help="A sample of another model, a drawing, or your photo.",
    )
    if origin != project.PHOTO:
        tile = right.number_input("Number", 0, 63, 0, key="tile", bind="query-params", help="Which of them.")
        return Subject(origin, int(tile))
    with right:
        st.file_uploader(
            "A photo of one cat's face",
            type=["png", "jpg", "jpeg", "webp"],
            key="photo-drop",
            max_upload_size=10,
            on_change=_upload,
        )
    photo = state.kept().photo
    if not photo:
        st.info("Upload a photo; then crop it until one face fills the square.", icon=":material/upload:")
        return None
    zoom, x, y = (
        column.slider(title, low, high, value, 0.05, key=key, bind="query-params", help=help)
        for column, (key, title, low, high, value, help) in zip(
            st.columns(3),
            (
                ("zoom", "Zoom", *project.ZOOMS, 1.0, "The face should fill the square."),
                ("shift_x", "Left to right", -1.0, 1.0, 0.0, "Where the square lies, once zoomed."),
                ("shift_y", "Top to bottom", -1.0, 1.0, 0.0, "Where the square lies, once zoomed."),
            ),
            strict=True,
        )
    )
    return Subject(origin, 0, photo, zoom, x, y)


def _upload() -> None:
    """Keep the photo, large enough to be cropped."""
    file = st.session_state.get("photo-drop")
    if file is None:
        return
    try:
        state.keep("photo", photos.keep(file.getvalue(), project.STORED))
    except ValueError as error:
        state.say(str(error))


def _settings(look: Look) -> Settings:
    styles = steer.space(look.recipe).styles
    with st.expander("How to look"):
        left, middle, right = st.columns(3)
        steps = left.slider("Steps", 20, 1000, 200, 20, key="looks", bind="query-params", help="More come closer.")
        starts = middle.slider(
            "Samples to start from", 1, 256, 64, 1, key="starts", bind="query-params", help="The most similar one wins."
        )
        pixel = right.slider(
            "Weight of pixels", 0.0, 5.0, 0.5, 0.1, key="pixels", bind="query-params", help="Against that of features."
        )
        layered = st.toggle(
            "A latent per layer (W+)",
            key="layered",
            bind="query-params",
            disabled=not styles,
            help="Closer, but less of a cat it would draw." if styles else "This generator has no layers to part.",
        )
    return Settings(steps, starts, pixel, layered and styles)


def _search(look: Look, subject: Subject, settings: Settings) -> Search | None:
    """The search while it runs, with live frames; what was stopped stays."""
    key = f"project-{look.recipe.key}-{subject}-{settings}"
    found, asked = project.known(look, subject, settings), st.session_state.pop("project", None) == key
    bar = st.container(key="busy", vertical_alignment="center").empty()
    place = st.container()
    if not asked:
        text = "Look for it" if found is None else "Look again"
        bar.button(text, key="look", icon=":material/search:", on_click=_ask, args=(key,))
        with place:
            if found is None:
                picture = project.target(look, subject)
                st.image(frames.sheet(picture[None], 4, 1), "What to look for", "content", output_format="PNG")
            else:
                _film(look, found, settings, key)
        return found
    shown, drawn = None, 0
    with bar.container():
        runs = project.search(look, subject, settings)
        for found in widgets.watch(runs, settings.steps + 1, "Looking", key):
            if shown is None:
                with place:
                    shown = _film(look, found, settings, key)
            elif len(found.index) > drawn:  # most steps add no picture
                shown.update(_panes(found), labels=_labels(found), plots=_plots(found))
            drawn = len(found.index)
    bar.button("Look again", key="look", icon=":material/search:", on_click=_ask, args=(key,))
    return found


def _ask(key: str) -> None:
    st.session_state["project"] = key
    widgets.again()


def _film(look: Look, found: Search, settings: Settings, key: str) -> object:
    return scrubber(
        _panes(found),
        key="projecting",
        labels=_labels(found),
        total=project.frames(settings),
        strip=1,
        plots=_plots(found),
        caption=look.recipe.line(),
        chain=key,
    )


def _panes(found: Search) -> list[Pane]:
    target = np.repeat(found.target[None], len(found.pictures), axis=0)
    difference = (found.pictures.astype(np.float32) - target) / 127.5
    return [
        Pane("to look for", target, "The picture, at the generator's size."),
        Pane("found", found.pictures, "What the generator draws from the latent of this step."),
        Pane(
            "difference",
            signed_rgb(difference, LIMIT),
            "Found minus looked for; mid-grey is no difference.",
            Legend("grey", -LIMIT, LIMIT),
        ),
    ]


def _labels(found: Search) -> list[str]:
    rows = zip(found.index.tolist(), found.feature, found.psnr, strict=True)
    return [f"step {i} of {found.total} · features {short(f)} · PSNR {short(p)} dB" for i, f, p in rows]


def _plots(found: Search) -> list[Plot]:
    return [Plot(key, found.index.tolist()) for key in PLOTS]


def _numbers(found: Search) -> None:
    """The curves, and where the search ended."""
    end = "" if found.done else f", stopped at step {found.index[-1]} of {found.total}"
    st.caption(
        f"In {found.space}: feature distance {short(found.feature[0])} → {short(found.feature[-1])} (0 is the same, by "
        f"EfficientNet-Lite0), PSNR {short(found.psnr[0])} → {short(found.psnr[-1])} dB{end}."
    )
    grid = st.grid(2, min_column_width=340)
    figures = (("Feature distance", "1 − cosine", found.feature), ("PSNR", "dB", found.psnr))
    for key, (title, unit, values) in zip(PLOTS, figures, strict=True):
        grid.cell().plotly_chart(search_figure(found.index, values, found.total, title, unit), key=key)


def _keep(look: Look, found: Search) -> None:
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    left.text_input("Name", key="project-name", placeholder="whose cat is it?", max_chars=60)
    right.button("Keep it", icon=":material/bookmark:", on_click=_keeping, args=(look, found), width="stretch")


def _keeping(look: Look, found: Search) -> None:
    project.keep(look, found, st.session_state["project-name"])


def _kept(look: Look) -> None:
    """What was kept of this generator, each beside the picture it stands for."""
    kept = project.kept(look.recipe.checkpoint)
    if not kept:
        return
    st.caption("Kept: what was looked for, and what was found.")
    with st.container(horizontal=True):
        for key, each in kept.items():
            with st.container(border=True, width=172, key=f"kept-{key}"):
                pair = frames.sheet(np.stack([each.target, each.picture]), 1, 2)
                st.image(pair, each.name, "content", output_format="PNG")
                st.caption(f"{short(each.psnr)} dB · features {short(each.feature)}")
                st.button("Forget", key=f"forget-{key}", on_click=project.forget, args=(key,))


def _parts(found: Search) -> Rows:
    pictures = [Picture("looked for", found.target), Picture("found", found.pictures[-1])]
    curves = [
        Lines("Feature distance", found.index, {"1 − cosine": found.feature}, "step"),
        Lines("PSNR", found.index, {"dB": found.psnr}, "step", "dB"),
    ]
    return [pictures, curves]


def _arrays(found: Search) -> dict[str, np.ndarray]:
    names = ("target", "pictures", "index", "loss", "feature", "psnr", "latent")
    return {name: getattr(found, name) for name in names}
