"""Animate: a walk from seed to seed through key frames, with classes, truncation and faders; and truncation alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from studio import widgets
from studio.figures.digits import short
from studio.panels import animate, animate_timeline, gan_controls, tabs
from studio.panels.animate_timeline import Line
from studio.recipe import PASS, Recipe
from studio.scrubber import Pane, ScrubberState, scrubber
from studio.services import gan, generate, keyframes, skips, walks
from studio.services.gan import Look
from studio.services.keyframes import Key
from studio.services.library import Entry
from studio.services.timing import Timing
from studio.services.walks import Ask, Walk

FIRST_CHOICE = "stylegan2-cat-64"
WALK = (Key(0, 5), Key(2, 17), Key(4, 29))
PSI = (Key(0, psi=-1.0), Key(4, psi=1.5))
STEPS = 10  # network steps of a picture: a film has many
HINTS = (
    "**You see** a path through the key frames below; between two of them everything is mixed.",
    "**Try** another seed or ψ in a card, a duplicate to rest on, smooth easing, back to the first.",
    "**Why** near latents are near pictures: styles are mixed straight, noise along its sphere, where it stays noise.",
)
HINTS_PSI = (
    "**You see** one seed pulled to the mean of all cats, ψ = 0, and beyond it to its opposite.",
    "**Try** key frames at ψ = 1, 0 and 1 with smooth easing; another seed.",
    "**Why** near the mean a generator has seen most: truncation trades variety for cats that look right.",
)
Asked = tuple[Ask, Line]
Draw = Callable[[Walk, ScrubberState | None], ScrubberState]


def controls() -> Asked:
    """What is walked, and its time line."""
    entry = widgets.checkpoint("interpolate", FIRST_CHOICE, "A GAN draws a frame in one pass, diffusion in a chain.")
    diffuses = "trajectory" in entry.can
    sides = tuple(skips.sides(Recipe(entry.name))) if diffuses else ()
    line = Line("walk", walks.columns(entry.name), WALK, entry.classes, sides)
    found = animate_timeline.keys(line)
    fps, easing, closed = animate_timeline.between()
    animate_timeline.roll(line, found)
    with st.expander("More", expanded=diffuses):
        look = _chain(entry, found) if diffuses else _generator(entry, found[0].seed)
    widgets.film_zone()
    return Ask(look, found, fps, easing, closed), line


def controls_psi() -> Asked:
    """One seed at several ψ; ends the page for a generator that knows no truncation."""
    entry = widgets.checkpoint("latent", FIRST_CHOICE, "A generator whose latents can be pulled to their mean.")
    seed = widgets.seed()
    line = Line("psis", ("psi",), PSI)
    found = animate_timeline.keys(line)
    fps, easing, closed = animate_timeline.between()
    widgets.die("Another one")
    with st.expander("More"):
        look = _generator(entry, seed)
    widgets.film_zone()
    return Ask(look, tuple(replace(key, seed=seed) for key in found), fps, easing, closed), line


def show(asked: Asked, name: str = "Walk", hints: Sequence[str] = HINTS) -> None:
    """The walk while it grows, and its cards; the dialog once it is whole."""
    ask, line = asked
    bar, stage = st.container(key="busy", vertical_alignment="center").empty(), st.container()
    below = st.container()
    with below:
        tabs.hints(hints)
    fill = animate_timeline.cards(line, ask.keys)  # before a frame is drawn, so that all can be mended
    with below, widgets.errors():
        at = keyframes.nearest(ask.places, len(ask.keys))

        def draw(walk: Walk, shown: ScrubberState | None) -> ScrubberState:
            fill([walk.frames[i] for i in at if i < len(walk.frames)])
            panes, labels = [Pane(name, walk.frames)], walks.labels(ask)[: len(walk.frames)]
            if shown is not None:
                shown.update(panes, labels=labels)
                return shown
            with stage:
                return _scrubber(ask, panes, labels, at)

        with bar.container():
            walk = _made(ask, draw)
        if walk is not None and walk.finished:
            bar.caption(_line(ask))
            timing = Timing(ask.fps, hold=0.0 if ask.closed else 1.5)
            animate.offer(name, ask.recipe, [Pane(name, walk.frames)], walks.labels(ask), timing=timing)


def show_psi(asked: Asked) -> None:
    """The same for truncation; says why there is none where a generator knows no length."""
    checkpoint = asked[0].recipe.checkpoint
    if gan.steered_by(checkpoint) == "direction":
        st.info(f"{gan_controls.NO_LENGTH} Pick a checkpoint of family stylegan2.", icon=":material/block:")
        return
    show(asked, "Truncation", HINTS_PSI)


def _made(ask: Ask, draw: Draw) -> Walk | None:
    """The walk, drawn as it comes; what was cancelled stays as far as it came."""
    walk, key = walks.known(ask), f"walk-{ask.name}"
    if walk is not None and (walk.finished or widgets.stopped(key)):
        draw(walk, None)
        return walk
    if walk is None and widgets.stopped(key):
        return None
    shown, drawn = None, 0
    for walk in widgets.watch(walks.walk(ask), walks.steps(ask), "Walking", key):
        if len(walk.frames) > drawn:
            shown, drawn = draw(walk, shown), len(walk.frames)
    return walk


def _scrubber(ask: Ask, panes: list[Pane], labels: list[str], at: list[int]) -> ScrubberState:
    return scrubber(
        panes,
        key="film",
        labels=labels,
        total=len(ask.places),
        start=0,
        ticks=at,
        fps=ask.fps,
        name="Time",
        caption=_line(ask),
        chain=ask.name,
    )


def _line(ask: Ask) -> str:
    """What is walked, for a person to read."""
    recipe, frames = ask.recipe, len(ask.places)
    way = "" if recipe.sampler == PASS else f" · {recipe.sampler}, {recipe.steps} steps"
    length = short(frames / ask.fps)
    return f"{recipe.checkpoint}{way}{ask.look.settings} · {len(ask.keys)} key frames · {frames} frames, {length} s"


def _generator(entry: Entry, seed: int) -> Look:
    """A generator with its cutoff and noise; ψ is in the key frames."""
    names = gan.layers(entry.name)
    depth, (kind, draw) = gan_controls.cutoff(names), gan_controls.noise(names)
    return Look(generate.complete(Recipe(entry.name, seed)), 1.0, depth, kind, draw)


def _chain(entry: Entry, found: tuple[Key, ...]) -> Look:
    """A diffusion model with its sampler; class and faders are in the key frames."""
    sampler = widgets.sampler()
    steps = st.number_input(
        "Steps",
        1,
        entry.timesteps,
        min(STEPS, entry.timesteps),
        key="steps",
        bind="query-params",
        help="Network steps of each frame; more are slower and finer.",
    )
    eta = widgets.eta(sampler)
    label = next((entry.classes[key.label] for key in found if 0 <= key.label < len(entry.classes)), "")
    guidance = widgets.guidance(label)
    recipe = Recipe(entry.name, found[0].seed, sampler, int(steps), eta, label, guidance)
    return Look(generate.complete(recipe))
