"""Quick generation, on the same services as the pages: pictures from seeds, with a queue and an API of its own."""

import base64
import os
import random
import time
from collections.abc import Iterator
from html import escape
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from studio import batch
from studio.look import FONT, gradio_settings
from studio.navigation import ROOT
from studio.recipe import PASS, Recipe
from studio.services import generate as service
from studio.services import library

SAMPLERS = {"DPM-Solver++ (2M)": "dpmpp", "DDIM": "ddim", "DDPM, ancestral": "ddpm", "Heun": "heun"}
LARGEST_SEED = 2**31 - 1 - service.MOST_PICTURES
QUEUED = 16  # requests that may wait
PREVIEW = 0.7  # seconds between two looks at unfinished pictures
IDLE = "Press Generate to draw the first pictures."
CANCELLED = "Cancelled; what was drawn so far stays."
NONE = "There is no checkpoint yet. Train one: python -m engines train ddpm-smoke --out run"
ICON = base64.b64encode((ROOT / "assets" / "favicon.svg").read_bytes()).decode()
HEAD = (
    f'<link rel="icon" type="image/svg+xml" href="data:image/svg+xml;base64,{ICON}">'
    "<script>if (self !== top) document.documentElement.classList.add('framed')</script>"
)
ANY = ("any", "")  # no class in particular
Shown = tuple[Any, Any, Any]  # gallery, zip, status

_cancelled: set[str | None] = set()  # sessions whose run is to end at its next step


def generate(
    checkpoint: str,
    seed: float,
    number: float,
    label: str,
    sampler: str,
    steps: float,
    guidance: float,
    request: gr.Request,
) -> Iterator[Shown]:
    """Draw `number` pictures (1 to 16) from `seed`, `seed` + 1, and so on; each PNG holds the recipe that made it.

    `label` is one of the checkpoint's classes, or empty for any; `guidance` counts for classes only, 1 is off.
    """
    recipe = Recipe(checkpoint, int(seed), sampler, int(steps), label=label or "", guidance=float(guidance))
    try:
        if checkpoint not in (names := _names()):
            there = f"There is no checkpoint {checkpoint!r}; there are: {', '.join(names)}."
            raise LookupError(there if names else NONE)
        yield from _draw(service.complete(recipe), int(number), request.session_hash)
    except LookupError as error:
        raise gr.Error(str(error.args[0] if error.args else error), print_exception=False) from error
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _draw(recipe: Recipe, number: int, session: str | None) -> Iterator[Shown]:
    began = looked = time.monotonic()
    recipes = batch.recipes(recipe, number)
    captions = [f"seed {each.seed}" for each in recipes]
    yield gr.skip(), gr.skip(), _bar(0, recipe.steps, None)
    for step in service.pictures(recipe, number):
        if session in _cancelled:  # said here, for this is the last word: a word from elsewhere is overtaken by a step
            yield gr.skip(), None, CANCELLED
            return
        now = time.monotonic()
        look = now - looked > PREVIEW and not step.finished
        looked = now if look else looked
        preview = list(zip(step.pictures, captions, strict=True)) if look else gr.skip()
        left = (now - began) / (step.done + 1) * (step.total - step.done)
        yield preview, gr.skip(), _bar(step.done, step.total, left)
    done = _done(recipe, number, time.monotonic() - began)
    with batch.written(recipes, step.pictures) as (files, archive):  # Gradio copies them before it asks for more
        yield list(zip(files, captions, strict=True)), archive, done


def _bar(done: int, total: int, left: float | None) -> str:
    text = "Loading the model" if left is None else f"Step {done} of {total} · removing noise · {left:.1f} s left"
    return f'<progress max="{total}" value="{done}" aria-label="progress"></progress><div>{text}</div>'


def _done(recipe: Recipe, number: int, seconds: float) -> str:
    drawn = f"{number} picture{'s' if number > 1 else ''} in {seconds:.2g} s · {escape(recipe.line())}"
    page, verb = ("gan", "Explore") if recipe.sampler == PASS else ("denoise", "Step through")
    link = escape(f"/{page}?{urlencode(recipe.query())}")
    return f'<div>{drawn}</div><a href="{link}" target="_blank">{verb} seed {recipe.seed}</a>'


def _names() -> list[str]:
    """The checkpoints that can draw, the one to meet first in front."""
    return [entry.name for entry in library.gallery()]


def _roll() -> int:
    return random.randrange(100_000)


def _next_seed(seed: float, locked: bool) -> int:
    return int(seed) if locked else _roll()


def _begin(request: gr.Request) -> tuple[Any, Any, Any]:
    """Forget an earlier Cancel; then Generate, Cancel and the archive are as they must be while a run goes on."""
    _cancelled.discard(request.session_hash)
    return gr.update(interactive=False), gr.update(interactive=True), gr.update(interactive=False)


def _cancel(request: gr.Request) -> Any:
    _cancelled.add(request.session_hash)
    return gr.update(interactive=False)


def _ended(archive: str | None) -> tuple[Any, Any, Any]:
    return gr.update(interactive=True), gr.update(interactive=False), gr.update(interactive=bool(archive))


def _fields(name: str) -> tuple[Any, ...]:
    """What the fields for class, guidance, sampler and steps are for a checkpoint."""
    entry = next((entry for entry in library.checkpoints("sample") if entry.name == name), None)
    classes, chain = (entry.classes, "trajectory" in entry.can) if entry else ((), True)
    choices = [ANY, *((each, each) for each in classes)]
    return (
        gr.update(choices=choices, value="", visible=bool(classes)),
        gr.update(value=1, visible=bool(classes)),
        gr.update(value="dpmpp", visible=chain),
        gr.update(value=20, visible=chain),
    )


def _opened(request: gr.Request) -> list[Any]:
    """Fill the form from the checkpoints there are and from the address, `?checkpoint=…&seed=…`."""
    names = _names()
    wanted, _ = Recipe.read(request.query_params)
    name = wanted.checkpoint if wanted.checkpoint in names else next(iter(names), None)
    label, guidance, sampler, steps = _fields(name or "")
    if wanted.label in [value for _, value in label["choices"]]:
        label["value"], guidance["value"] = wanted.label, wanted.guidance
    if wanted.sampler in SAMPLERS.values():
        sampler["value"] = wanted.sampler
    steps["value"] = wanted.steps
    return [
        gr.update(choices=names, value=name),
        min(max(wanted.seed, 0), LARGEST_SEED),
        "seed" in request.query_params,
        label,
        sampler,
        steps,
        guidance,
        gr.update(interactive=bool(names)),
        IDLE if names else NONE,
    ]


def build() -> gr.Blocks:
    """The page with its events; the one public endpoint is `/generate`."""
    head = "<h1>Generate</h1><p>Each seed is its own noise; a model makes a picture of it, in steps or in one pass.</p>"
    look = {"title": "Whisker · Generate", "fill_width": True}
    with gr.Blocks(**look, analytics_enabled=False, delete_cache=(600, 3600)) as app:
        gr.HTML(head, elem_id="top")
        with gr.Row():
            with gr.Column(scale=1, min_width=260, elem_id="controls"):
                form = _controls()
            with gr.Column(scale=3, min_width=320):
                stage = _stage()
        _connect(app, form, stage)
    return app.queue(max_size=QUEUED, default_concurrency_limit=1)


def _controls() -> SimpleNamespace:
    names = _names()
    form = SimpleNamespace()
    free = {"allow_custom_value": True}  # the list is renewed when a page opens; `generate` checks the name
    form.checkpoint = gr.Dropdown(names, value=next(iter(names), None), label="Checkpoint", **free)
    with gr.Row(elem_id="seeds"):
        form.seed = gr.Number(0, label="Seed", precision=0, minimum=0, maximum=LARGEST_SEED, min_width=100, scale=2)
        form.dice = gr.Button("Dice", size="md", min_width=64, scale=1)
    form.lock = gr.Checkbox(False, label="Lock the seed", info="Off: each click takes a new one.")
    form.number = gr.Slider(1, service.MOST_PICTURES, 8, step=1, label="Pictures")
    form.label = gr.Dropdown([ANY], value="", label="Class", visible=False, **free)
    with gr.Accordion("More", open=False):
        form.sampler = gr.Dropdown(list(SAMPLERS.items()), value="dpmpp", label="Sampler")
        form.steps = gr.Slider(1, 1000, 20, step=1, label="Steps", info="DDPM wants 250 or more.")
        form.guidance = gr.Slider(1, 6, 1, step=0.25, label="Guidance w", info="1 is off.", visible=False)
    with gr.Row():
        grey = {"interactive": False}  # until the form is filled, and until something runs
        form.go = gr.Button("Generate", variant="primary", elem_id="go", scale=2, min_width=120, **grey)
        form.cancel = gr.Button("Cancel", elem_id="cancel", scale=1, min_width=80, **grey)
    return form


def _stage() -> SimpleNamespace:
    status = gr.HTML(IDLE, label="about", elem_id="status")
    gallery = gr.Gallery(
        label="pictures",
        show_label=False,
        format="png",
        columns=4,
        object_fit="contain",
        buttons=["download", "fullscreen"],
        interactive=False,
        elem_id="gallery",
    )
    archive = gr.DownloadButton("Download all (zip)", size="md", interactive=False, elem_id="zip")
    return SimpleNamespace(gallery=gallery, status=status, zip=archive)


def _connect(app: gr.Blocks, form: SimpleNamespace, stage: SimpleNamespace) -> None:
    """Opening fills the form; a click rolls the seed, swaps Generate for Cancel, draws, and swaps them back."""
    private = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}
    fields = [form.checkpoint, form.seed, form.lock, form.label, form.sampler, form.steps, form.guidance]
    app.load(_opened, None, [*fields, form.go, stage.status], **private)
    form.checkpoint.input(_fields, form.checkpoint, [form.label, form.guidance, form.sampler, form.steps], **private)
    form.dice.click(_roll, None, form.seed, **private)
    rolled = gr.on([form.go.click, form.seed.submit], _next_seed, [form.seed, form.lock], form.seed, **private)
    buttons = [form.go, form.cancel, stage.zip]
    started = rolled.then(_begin, None, buttons, **private)
    running = started.then(
        generate,
        [form.checkpoint, form.seed, form.number, form.label, form.sampler, form.steps, form.guidance],
        [stage.gallery, stage.zip, stage.status],
        api_name="generate",
        show_progress="hidden",
        concurrency_limit=1,
        concurrency_id="model",
    )
    running.then(_ended, stage.zip, buttons, **private)
    form.cancel.click(_cancel, None, form.cancel, **private)


def mount(server: Any, path: str) -> Any:
    """Put the app under `path` of an ASGI server; what it serves lies in the user's own folder."""
    os.environ.setdefault("GRADIO_TEMP_DIR", str(batch.folder("gradio")))
    return gr.mount_gradio_app(
        server,
        build(),
        path=path,
        allowed_paths=[str(batch.folder())],
        theme=gr.themes.Base(font=FONT, font_mono=["ui-monospace", "monospace"]).set(**gradio_settings()),
        css_paths=ROOT / "assets" / "gradio.css",
        head=HEAD,
        footer_links=["api"],
        run_history=False,
        max_file_size="1mb",
    )
