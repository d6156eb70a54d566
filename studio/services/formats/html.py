"""A player in one HTML file: it needs no network and no programme but a browser."""

import base64
import html
import io
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from studio.services.formats.reel import Reel

TEMPLATE = Path(__file__).with_name("player.html")
INSIDE = re.compile(rb'<script type="application/json" id="whisker">(.*?)</script>', re.DOTALL)


def write(reel: Reel) -> Iterator[bytes]:
    """Yield b"" after each shot, then the file. Frames are at their own size; the player enlarges them."""
    frames: dict[int, str] = {}
    for at in reel.index.tolist():
        if at not in frames:
            frames[at] = _uri(reel, at)
        yield b""
    shown = sorted(frames)  # frames that are in no shot stay away
    film = {
        "frames": [frames[at] for at in shown],
        "labels": [reel.labels[at] for at in shown],
        "index": [shown.index(at) for at in reel.index.tolist()],
        "seconds": [round(second, 4) for second in reel.seconds.tolist()],
        "width": reel.frames.shape[2],
        "height": reel.frames.shape[1],
        "scale": reel.scale,
        "loops": reel.loops,
        "captions": reel.print is not None,
        "parts": [asdict(part) for part in reel.parts],
    }
    parts = {
        "title": html.escape(reel.title),
        "line": html.escape(reel.line),
        "text": _script(json.loads(reel.text)),
        "film": _script(film),
    }
    page = TEMPLATE.read_text("utf-8")
    yield re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page).encode()


def read(data: bytes) -> str | None:
    """The text inside a player, None if there is none."""
    found = INSIDE.search(data)
    return found[1].decode(errors="replace") if found else None


def _uri(reel: Reel, at: int) -> str:
    out = io.BytesIO()
    Image.fromarray(reel.frames[at]).save(out, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def _script(values: Any) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(values).replace("<", "\\u003c")
