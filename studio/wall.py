"""The wall of samples on Home: one picture file, cut by the browser into tiles that wrap and lead on."""

import base64
from html import escape
from urllib.parse import urlencode

from PIL import Image

from studio.services.library import Entry

TILE = 128  # px; a whole multiple of every size that models have
GAP = 2  # px between the samples in the file, and on the page

STYLE = f"""<style>
.wall {{ display: grid; grid-template-columns: repeat(auto-fill, {TILE}px); gap: {GAP}px; }}
.wall a {{ width: {TILE}px; height: {TILE}px; background-color: #808080; image-rendering: pixelated; display: block;
  box-shadow: 0 0 0 {GAP // 2}px #808080; }}
.wall a:hover, .wall a:focus-visible {{ outline: 3px solid var(--st-primary-color); outline-offset: -3px; }}
</style>"""


def wall(entry: Entry, number: int) -> str:
    """HTML of the first `number` samples of a checkpoint; sample i was drawn from seed i, and its tile leads there.

    The classes of a conditional checkpoint took turns.
    """
    with Image.open(entry.samples) as sheet:
        width, height = sheet.size
    pitch = entry.size + GAP
    columns, rows = (width + GAP) // pitch, (height + GAP) // pitch
    scale = TILE / entry.size
    name = f"wall-{escape(entry.name)}"
    page = "denoise" if "trajectory" in entry.can else "gan"
    source = base64.b64encode(entry.samples.read_bytes()).decode()
    tiles = [
        f'<a href="/{page}?{escape(urlencode(_query(entry, i)))}" target="_self" '
        f'title="seed {i}" aria-label="Sample from seed {i}: see how it was made" '
        f'style="background-position:{-scale * pitch * (i % columns):g}px {-scale * pitch * (i // columns):g}px"></a>'
        for i in range(min(number, columns * rows))
    ]
    picture = (
        f'<style>[id="{name}"] a {{ background-image: url("data:image/png;base64,{source}"); '
        f"background-size: {width * scale:g}px {height * scale:g}px; }}</style>"
    )
    return f'{STYLE}{picture}<div class="wall" id="{name}">{"".join(tiles)}</div>'


def _query(entry: Entry, seed: int) -> dict[str, str | int]:
    label = {"label": entry.classes[seed % len(entry.classes)]} if entry.classes else {}
    return {"checkpoint": entry.name, "seed": seed, **label}
