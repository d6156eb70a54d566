"""The scrubber in a real browser: what the hand moves, what the server hears of it, what survives a re-render."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAMES = 41

SCRIPT = """
import time
import numpy as np
import plotly.graph_objects as go
import streamlit as st
from studio.scrubber import Legend, Pane, Plot, scrubber

st.set_page_config(layout="wide")
query = st.query_params
total = 41
state = st.session_state
state.setdefault("count", int(query.get("count", total)))
state.runs = state.get("runs", 0) + 1
st.text(f"run {state.runs} of the script")
if st.button("one more"):
    state.count += 1
st.button("again")
ramp = np.broadcast_to(np.arange(total, dtype=np.uint8)[:, None, None, None], (total, 32, 32, 3))
count = state.count

def panes(n):
    return [[Pane(name, ramp[:n] * 6 + i, "What it is.", Legend("grey", -1, 1)) for i, name in enumerate("abcd")]]

def about(n):
    labels = [f"t = {total - 1 - i}" for i in range(n)]
    return dict(labels=labels, plots=[Plot("linear", range(n)), Plot("log", [10.0**i for i in range(n)])])

arrive = st.button("arrive")
if "pick" in query:
    state.setdefault("at", None)
    cell = int(query["pick"])
    def keep(row, column):
        state.at = (row, column)
    if st.button("top left"):
        state.at = (0, 0)
    level = state.at[0] if state.at else 0
    panes_ = [Pane("big", np.full((3, 16, 32, 3), 60 + level, np.uint8))]
    panes_.append(Pane("small", np.zeros((3, 8, 16, 3), np.uint8)))
    own = "own" in query
    film = scrubber(panes_, key="pick", labels=["a", "b", "c"], scale=8, pick=True, cell=cell, chain="this",
                    report=True, pixel=state.at if own else (4, 4), on_pick=keep if own else None)
    st.text(f"python has {film.pixel} at {film.frame}")
    st.stop()
if st.checkbox("there", value=True):
    rest = scrubber(*panes(count), **about(count), key="film", total=total, scale=8, caption="the recipe", fps=30,
                    report="report" in query)
    st.text(f"python has {rest.frame}")
    while arrive and state.count < total:
        state.count += 1
        time.sleep(0.25)
        rest.update(*panes(state.count), **about(state.count))
still = dict(dragmode=False, height=200)
y = list(range(total))
linear = go.Figure(go.Scatter(x=y, y=y, mode="markers"), still)
log = go.Figure(go.Scatter(x=[10.0**i for i in y], y=y, mode="markers"), {**still, "xaxis_type": "log"})
st.plotly_chart(linear, key="linear")
st.plotly_chart(log, key="log")
"""


COMMAND = [
    *(sys.executable, "-m", "streamlit", "run", "app.py"),
    "--server.port={port}",
    "--server.address=127.0.0.1",
    "--server.headless=true",
    "--server.fileWatcherType=none",
    "--browser.gatherUsageStats=false",
]


@contextmanager
def serve(serving: Callable, folder: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run the script above as an app of its own; give its address and process."""
    script = folder / "app.py"
    script.write_text(SCRIPT, "utf-8")
    command = [str(script) if word == "app.py" else word for word in COMMAND]
    with serving(command, folder, PYTHONPATH=str(ROOT)) as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, serving: Callable) -> Iterator[str]:
    with serve(serving, tmp_path_factory.mktemp("scrubber")) as (url, _):
        yield url


def open_film(page: Any, url: str, frame: int = FRAMES - 1) -> None:
    page.goto(url)
    at_frame(page, frame)
    idle(page)


def at_frame(page: Any, frame: int) -> None:
    page.locator(f'.scrubber[data-frame="{frame}"]:not([data-frames="0"])').wait_for()


def arrived(page: Any, frames: int) -> None:
    page.locator(".scrubber").evaluate(
        """(root, frames) => new Promise((done) => {
            const look = () => (root.dataset.frames >= frames ? done() : requestAnimationFrame(look));
            look();
        })""",
        frames,
    )


def idle(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def again(page: Any, until: Callable) -> None:
    """Have the script run once more, and wait for its end."""
    run = page.get_by_text(" of the script")
    before = run.inner_text()
    page.get_by_role("button", name="again").click()
    until(lambda: run.inner_text() != before)
    idle(page)


def levels(page: Any) -> list[list[int]]:
    """The least and the largest value on each pane's canvas."""
    return page.locator(".picture canvas").evaluate_all(
        """all => all.map(c => {
            const {data} = c.getContext("2d").getImageData(0, 0, c.width, c.height);
            const colours = data.filter((_, i) => i % 4 < 3);
            return [Math.min(...colours), Math.max(...colours)];
        })"""
    )


def off_by(page: Any, key: str, frame: int) -> float:
    """How many pixels a plot's cursor is away from the point that plotly drew for this frame."""
    return page.locator(f".st-key-{key} .js-plotly-plot").evaluate(
        """(chart, frame) => {
            const middle = (element) => {
                const { left, right } = element.getBoundingClientRect();
                return (left + right) / 2;
            };
            const point = chart.querySelectorAll(".point")[frame];
            return Math.abs(middle(chart.querySelector(".scrubber-cursor")) - middle(point));
        }""",
        frame,
    )


def drag(page: Any, start: float, end: float, steps: int = 30, hold: bool = False) -> None:
    """Drag on the track between two shares of its width."""
    box = page.locator(".rail").bounding_box()
    y = box["y"] + 12
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=steps)
    if not hold:
        page.mouse.up()


def test_dragging_moves_every_pane_and_plot_and_sends_nothing(page: Any, server: str) -> None:
    open_film(page, server)
    page.locator(".scrubber-cursor").nth(1).wait_for()
    before = len(page.sent)
    for frame in (0, 16, 17, 33, 40):  # the ends of sprite sheets are where an index would slip
        drag(page, 0.99, (frame + 0.5) / FRAMES, hold=True)
        at_frame(page, frame)
        assert levels(page) == [[frame * 6 + pane] * 2 for pane in range(4)]
        assert page.locator(".label").inner_text() == f"t = {40 - frame}"
        assert off_by(page, "linear", frame) < 1
        assert off_by(page, "log", frame) < 1
        page.mouse.up()
    page.wait_for_timeout(500)
    assert len(page.sent) == before


def test_keys_buttons_and_wheel_move_it(page: Any, server: str) -> None:
    open_film(page, server)
    rail = page.get_by_role("slider", name="Step")
    rail.focus()
    for key, frame in (("Home", 0), ("ArrowRight", 1), ("ArrowUp", 2), ("PageUp", 6), ("End", 40), ("ArrowLeft", 39)):
        page.keyboard.press(key)
        at_frame(page, frame)
    assert rail.get_attribute("aria-valuetext") == "t = 1"
    assert rail.get_attribute("aria-valuenow") == "39"
    page.get_by_role("button", name="Step back").click()
    at_frame(page, 38)
    rail.hover()
    page.mouse.wheel(0, 120)
    at_frame(page, 39)
    assert page.get_by_role("button", name="a, t = 1. Enlarge").count() == 1


def test_play_runs_to_the_end_and_pauses_there(page: Any, server: str) -> None:
    open_film(page, server)
    assert page.locator(".scrubber[data-playing]").count() == 0  # nothing moves before a hand does
    page.get_by_role("slider", name="Step").focus()
    page.keyboard.press("Home")
    at_frame(page, 0)
    page.locator(".play").evaluate(
        """button => {
            window.names = [];
            const told = new MutationObserver(() => window.names.push(button.getAttribute("aria-label")));
            told.observe(button, { attributeFilter: ["aria-label"] });
        }"""
    )
    page.keyboard.press("Space")
    page.wait_for_function("window.names.includes('Pause') && window.names.at(-1) === 'Play'")
    at_frame(page, 40)


def test_python_hears_of_a_place_once_and_only_at_rest(page: Any, server: str) -> None:
    open_film(page, f"{server}/?report=1")
    page.get_by_text("python has 40").wait_for()
    before = len(page.sent)
    drag(page, 0.9, 12.5 / FRAMES, hold=True)
    page.wait_for_timeout(400)
    assert len(page.sent) == before
    page.mouse.up()
    page.get_by_text("python has 12").wait_for()
    at_frame(page, 12)
    assert len(page.sent) == before + 1
    page.keyboard.press("End")
    page.get_by_text("python has 40").wait_for()


def test_a_rerun_keeps_the_place(page: Any, server: str, until: Callable) -> None:
    open_film(page, server)
    drag(page, 0.9, 7.5 / FRAMES)
    at_frame(page, 7)
    again(page, until)
    page.wait_for_timeout(300)
    at_frame(page, 7)
    page.get_by_text("there").click()  # taken off the page
    page.locator(".scrubber").wait_for(state="detached")
    page.locator(".scrubber-cursor").first.wait_for(state="detached")
    page.get_by_text("there").click()  # and put back
    at_frame(page, 7)
    page.locator(".scrubber-cursor").nth(1).wait_for()
    assert off_by(page, "linear", 7) < 1


def test_it_follows_arriving_frames_until_someone_moves(page: Any, server: str) -> None:
    open_film(page, f"{server}/?count=3", frame=2)
    height = page.locator(".scrubber").bounding_box()["height"]
    more = page.get_by_role("button", name="one more")
    more.click()
    at_frame(page, 3)
    page.get_by_role("slider", name="Step").focus()
    page.keyboard.press("Home")
    at_frame(page, 0)
    more.click()
    page.locator('.scrubber[data-frames="5"]').wait_for()
    at_frame(page, 0)
    assert levels(page)[0] == [0, 0]
    assert page.locator(".scrubber").bounding_box()["height"] == height  # the stage never jumps
    page.get_by_role("slider", name="Step").focus()
    page.keyboard.press("End")
    more.click()
    at_frame(page, 5)


def test_frames_that_arrive_within_a_run_leave_the_hand_alone(page: Any, server: str, until: Callable) -> None:
    open_film(page, f"{server}/?count=33&report=1", frame=32)
    page.locator(".scrubber").evaluate("root => (root.mark = 1)")
    page.get_by_role("button", name="arrive").click()
    arrived(page, 34)
    drag(page, 0.5, 8.5 / FRAMES, hold=True)
    arrived(page, 37)
    at_frame(page, 8)
    page.mouse.up()
    drag(page, 8.5 / FRAMES, 5.5 / FRAMES)
    at_frame(page, 5)
    arrived(page, 41)
    page.get_by_text("python has 5").wait_for()  # told once nothing is outstanding
    idle(page)
    again(page, until)  # now the page gives all frames itself
    page.wait_for_timeout(300)
    at_frame(page, 5)
    assert levels(page)[0] == [30, 30]
    assert page.locator(".scrubber").evaluate("root => root.mark") == 1  # the same element all the time


@pytest.mark.parametrize(("width", "columns"), [(1280, 4), (800, 2), (400, 1)])
def test_the_stage_fits_the_screen_in_whole_pixels(page: Any, server: str, width: int, columns: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_film(page, server)
    boxes = [canvas.bounding_box() for canvas in page.locator(".picture canvas").all()]
    assert len({round(box["x"]) for box in boxes}) == columns
    assert all(box["width"] % 32 == 0 and box["width"] == box["height"] >= 64 for box in boxes)
    assert max(box["x"] + box["width"] for box in boxes) <= width


def test_a_low_window_shows_all_pictures_and_the_bar_at_once(page: Any, server: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 360})
    open_film(page, server)
    boxes = [canvas.bounding_box() for canvas in page.locator(".picture canvas").all()]
    bar = page.get_by_role("slider").first.bounding_box()
    assert bar["y"] + bar["height"] - min(box["y"] for box in boxes) <= 360
    assert all(box["width"] % 32 == 0 and box["width"] >= 64 for box in boxes)


def test_a_picture_opens_large_and_escape_closes_it(page: Any, server: str) -> None:
    open_film(page, server)
    page.get_by_role("button", name="b, t = 0. Enlarge").click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("img", name="b, t = 0").bounding_box()["width"] == 8 * 32
    assert "the recipe" in dialog.inner_text()
    page.keyboard.press("ArrowLeft")
    dialog.get_by_role("img", name="b, t = 1").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def marks(page: Any) -> list[list[int]]:
    """Row and column of the mark in each pane, and its size, in pixels of the first pane."""
    return page.locator(".stage .frame").evaluate_all(
        """all => all.map(frame => {
            const [outer, inner] = [frame, frame.querySelector(".pixel")].map(e => e.getBoundingClientRect());
            const unit = outer.width / 32;
            return [inner.top - outer.top, inner.left - outer.left, inner.width].map(x => Math.round(x / unit));
        })"""
    )


def click(page: Any, pane: int, row: int, column: int, **how: Any) -> None:
    """Click the middle of a pixel, counted in the first pane's pixels."""
    canvas = page.locator(".picture canvas").nth(pane)
    unit = canvas.bounding_box()["width"] / 32
    canvas.click(position={"x": (column + 0.5) * unit, "y": (row + 0.5) * unit}, **how)


def test_a_click_picks_a_pixel_in_every_pane_and_tells_python(page: Any, server: str) -> None:
    page.goto(f"{server}/?pick=1")
    page.get_by_text("python has (4, 4) at 2").wait_for()
    at_frame(page, 2)
    assert marks(page) == [[4, 4, 1]] * 2
    click(page, 0, 15, 31)
    page.get_by_text("python has (15, 31) at 2").wait_for()
    assert marks(page) == [[15, 31, 1]] * 2
    click(page, 1, 6, 9)  # a pane of half the size: its pixel (3, 4) is where (6, 8) and its neighbours are
    page.get_by_text("python has (6, 9) at 2").wait_for()
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    page.get_by_text("python has (6, 9) at 0").wait_for()
    assert marks(page)[0] == [6, 9, 1]


def test_arrow_keys_on_a_picture_move_the_pixel_and_never_the_frame(page: Any, server: str) -> None:
    page.goto(f"{server}/?pick=2&own=1")
    page.get_by_text("python has None at 2").wait_for()
    at_frame(page, 2)
    page.get_by_role("button", name="big, c. No pixel; arrows move").focus()
    for key in ("ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    page.get_by_text("python has (10, 14) at 2").wait_for()  # from the middle, a cell at a time
    page.get_by_role("button", name="big, c. Row 10, column 14; arrows move").wait_for()
    assert marks(page) == [[10, 14, 2]] * 2
    assert page.evaluate("document.activeElement.tagName") != "BODY"  # the focus outlives the new pictures
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("python has (10, 14) at 1").wait_for()
    page.get_by_role("button", name="top left").click()
    page.get_by_text("python has (0, 0) at 1").wait_for()  # the step is kept though the first frames are others
    page.get_by_role("button", name="big, b. Row 0, column 0; arrows move").wait_for()
    at_frame(page, 1)
    assert marks(page) == [[0, 0, 2]] * 2


def test_where_clicks_pick_a_picture_can_still_be_enlarged(page: Any, server: str) -> None:
    page.goto(f"{server}/?pick=1")
    page.get_by_text("python has (4, 4)").wait_for()
    at_frame(page, 2)
    dialog = page.get_by_role("dialog")
    for way in ("shift", "button", "Enter"):
        if way == "shift":
            click(page, 0, 8, 8, modifiers=["Shift"])
        elif way == "button":
            page.get_by_role("button", name="Enlarge big").click()
        else:
            page.get_by_role("button", name="big, c. Row 4").press("Enter")
        dialog.wait_for()
        assert dialog.locator(".pixel").is_visible()
        page.keyboard.press("Escape")
        dialog.wait_for(state="hidden")
    assert marks(page) == [[4, 4, 1]] * 2
    page.get_by_role("button", name="Enlarge big").click()
    dialog.locator("canvas").click(position={"x": 8 * 20 + 4, "y": 8 * 10 + 4})
    page.get_by_text("python has (10, 20)").wait_for()


def test_a_hand_on_a_plot_moves_the_frames(page: Any, server: str) -> None:
    open_film(page, server)
    page.locator(".scrubber-cursor").nth(1).wait_for()
    chart = page.locator(".st-key-linear .js-plotly-plot")
    chart.scroll_into_view_if_needed()
    box, point = chart.bounding_box(), chart.locator(".point").nth(20).bounding_box()
    x, y = point["x"] + point["width"] / 2, box["y"] + 100
    page.mouse.move(x - 60, y)
    page.mouse.down()
    page.mouse.move(x, y, steps=5)
    at_frame(page, 20)
    page.mouse.up()
    assert levels(page)[0] == [120, 120]


def test_the_cursor_follows_a_resize(page: Any, server: str, until: Callable) -> None:
    open_film(page, server)
    page.locator(".scrubber-cursor").nth(1).wait_for()
    drag(page, 0.9, 10.5 / FRAMES)
    at_frame(page, 10)
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function("document.querySelector('.st-key-linear .js-plotly-plot')._fullLayout.width < 700")
    until(lambda: off_by(page, "linear", 10) < 1)


def test_it_works_after_the_server_is_gone(page: Any, browser: Any, tmp_path: Path, serving: Callable) -> None:
    with serve(serving, tmp_path) as (url, process):
        open_film(page, f"{url}/?report=1")
        process.kill()
        process.wait()
        page.wait_for_timeout(500)
        page.locator(".rail").focus()
        page.keyboard.press("Home")
        at_frame(page, 0)
        assert levels(page) == [[pane] * 2 for pane in range(4)]
        page.wait_for_timeout(500)  # the report that nobody hears must not break it
        page.keyboard.press("End")
        at_frame(page, 40)
