"""The dialog that makes a film of what a page shows: one for every page that has a state."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from studio import look, state, widgets
from studio.figures import captions
from studio.figures.colour import hex_stops
from studio.figures.digits import short
from studio.panels import animate_settings, tick
from studio.panels.animate_settings import Chosen
from studio.recipe import Recipe
from studio.scrubber import Pane
from studio.services import films, jobs
from studio.services.films import Film
from studio.services.formats import FORMATS
from studio.services.formats.reel import Part, Print, Reel
from studio.services.timing import Timing

CALM = Timing()
STOPS = 17  # colours of a colour bar
GRACE = 0.35  # seconds that a film which is nearly done is waited for


def offer(
    name: str,
    recipe: Recipe,
    panes: Sequence[Pane],
    labels: Sequence[str],
    first: str = "",
    timing: Timing = CALM,
) -> None:
    """A button that opens the dialog. `name` says what the film shows and is unique on its page.

    `panes` are what may be in it, `labels` a caption for each frame; `first` is the title of the pane that is picked
    until somebody picks, the first one by default, and `timing` is the film's until then. The recipe gets the page's
    address as its view.
    """
    slug = _slug(name)
    if st.button(
        "Animate it",
        icon=":material/movie:",
        key=f"animate-{slug}",
        help="A film of this: GIF, MP4, WebP, APNG, or a player for the classroom.",
    ):
        marked = replace(recipe, view=state.view())
        st.dialog(f"Animate: {name}", width="medium", icon=":material/movie:")(_dialog)(
            name, marked, list(panes), tuple(labels), first or panes[0].title, timing
        )


def joined(name: str, recipe: Recipe, panes: Sequence[Pane], labels: Sequence[str]) -> Film:
    """The film of panes side by side, each with its title and colour bar."""
    frames, places = films.beside([pane.frames for pane in panes])
    parts = tuple(_part(pane, *place) for pane, place in zip(panes, places, strict=True))
    return Film(frames, tuple(labels), recipe, name, parts)


def reel(film: Film, chosen: Chosen) -> Reel:
    """The film as it was asked for, with its titles and captions in print."""
    if chosen.captions == "none":
        return films.reel(film, chosen.cut)
    theme, wide = (look.DARK if chosen.captions == "dark" else look.LIGHT), film.frames.shape[2] * chosen.cut.scale
    foot = captions.foot(film.parts, wide, chosen.cut.scale, theme["background"], theme["text"])
    paper, ink = (tuple(bytes.fromhex(theme[token][1:])) for token in ("background", "text"))
    return films.reel(film, chosen.cut, Print(foot, captions.bands(film.labels, wide), paper, ink))


def _part(pane: Pane, left: int, width: int) -> Part:
    if pane.legend is None:
        return Part(pane.title, left, width)
    ends = (pane.legend.low, (pane.legend.low + pane.legend.high) / 2, pane.legend.high)
    colours, numbers = tuple(hex_stops(pane.legend.colours, STOPS)), tuple(short(end) for end in ends)
    return Part(pane.title, left, width, colours, numbers, pane.legend.unit)


def _dialog(
    name: str, recipe: Recipe, panes: list[Pane], labels: tuple[str, ...], first: str, timing: Timing = CALM
) -> None:
    with widgets.errors():
        picked = animate_settings.pictures([pane.title for pane in panes], first)
        film = joined(name, recipe, [pane for pane in panes if pane.title in picked], labels)
        chosen = animate_settings.controls(film, timing)
        made, digest = reel(film, chosen), film.digest
        name = "-".join(
            filter(None, (recipe.checkpoint, f"seed{recipe.seed}" if recipe.checkpoint else "", _slug(name)))
        )
        file, key = f"{name}.{FORMATS[chosen.kind].suffix}", _key(digest, recipe, chosen)
        size = _estimate(f"{digest}-{chosen}", made, chosen.kind)
        width, height = made.size
        lasts = short(float(made.seconds.sum()))
        st.caption(f"About **{weight(size)}** · {width} × {height} px · {len(made)} frames · {lasts} s")
        _follow(key, file, made, chosen.kind)
    _others(key)


@st.fragment
def _follow(key: str, file: str, made: Reel, kind: str) -> None:
    """What there is of this very film: a button that starts it, then a bar and Cancel, then the file."""
    job = jobs.find(key)
    if job is not None and not job.wait(GRACE):
        bar, button = st.columns([3, 1], vertical_alignment="center")
        bar.progress(job.done / max(job.total, 1), text=f"Writing · frame {job.done} of {job.total}")
        button.button("Cancel", key="film-cancel", on_click=job.cancel, width="stretch")
        tick.again("film-tick")
        return
    if job is not None and job.result:
        _result(job, kind, made.size[0])
        return
    if error := st.session_state.pop("film-error", "") or (job and job.error):
        st.error(error, icon=":material/error:")
    elif job is not None:
        st.caption("Cancelled; nothing was kept.")
    st.button(
        f"Write the {FORMATS[kind].title}",
        type="primary",
        icon=":material/movie:",
        key="film-write",
        on_click=_start,
        args=(key, file, made, kind),
    )


def _start(key: str, file: str, made: Reel, kind: str) -> None:
    """Hear the click before anything is drawn, so that it counts even if the dialog is closed with the next one."""
    try:
        jobs.start(key, file, films.write(made, kind), len(made))
    except ValueError as error:  # too many at once
        st.session_state["film-error"] = str(error)
        return
    kept = [each for each in st.session_state.get("films", []) if each != key and jobs.find(each)]
    st.session_state["films"] = [*kept, key]


def _result(job: jobs.Job, kind: str, width: int) -> None:
    st.download_button(
        f"Download the {FORMATS[kind].title} · {weight(len(job.result))}",
        data=job.result,
        file_name=job.file,
        mime=FORMATS[kind].mime,
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        key="film-download",
    )
    if kind == "mp4":
        st.video(job.result, format=FORMATS[kind].mime, loop=True, muted=True, width=max(width, 256))
    elif kind == "html":
        st.caption("Open the file in any browser, on any machine: a slider, arrow keys, no network.")
    else:
        data = f"data:{FORMATS[kind].mime};base64," + base64.b64encode(job.result).decode()
        st.image(data, width="content", alt=job.file)


def _others(key: str) -> None:
    """The other films of this visitor: what is still being written, and what can be downloaded again."""
    found = {each: job for each in st.session_state.get("films", []) if each != key and (job := jobs.find(each))}
    found = {each: job for each, job in found.items() if job.running or job.result}
    if not found:
        return
    with st.expander(f"Your other films ({len(found)})"):
        for each, job in reversed(found.items()):
            if job.running:
                text = f"Cancel {job.file} · frame {job.done} of {job.total}"
                st.button(text, key=f"film-stop-{each}", on_click=job.cancel)
                continue
            st.download_button(
                f"{job.file} · {weight(len(job.result))}",
                data=job.result,
                file_name=job.file,
                icon=":material/download:",
                on_click="ignore",
                key=f"film-again-{each}",
            )


@st.cache_data(max_entries=64, show_spinner="Estimating the size…")
def _estimate(key: str, _made: Reel, kind: str) -> int:
    """Bytes, about; `key` names the film and how it is written."""
    return films.estimate(_made, kind)


def _key(digest: str, recipe: Recipe, chosen: Chosen) -> str:
    """A name for a film and how it is written, this visitor's own."""
    who = st.session_state.setdefault("who", secrets.token_hex(8))
    return hashlib.sha256(f"{who}-{digest}-{recipe.to_json()}-{chosen}".encode()).hexdigest()[:16]


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def weight(size: int) -> str:
    """Bytes for a person: "340 kB", "1.2 MB"."""
    return f"{short(size / 1e6)} MB" if size >= 1e6 else f"{short(max(round(size / 1e3), 1))} kB"
