"""The brush as a Streamlit component: two cats, and a hand that paints which of them owns which region."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from studio.scrubber.script import script
from studio.scrubber.sheets import COLUMNS, sheets
from studio.services.painted import SIDE, Painted
from studio.services.regions import Region

_HERE = Path(__file__).parent
_HTML, _CSS = ((_HERE / name).read_text("utf-8") for name in ("brush.html", "brush.css"))
_JS = script("sheets.js", "mount.js", "painted.js", "brush.js")


def brush(
    a: np.ndarray,
    b: np.ndarray,
    painted: Painted,
    *,
    key: str,
    name: str,
    titles: tuple[str, str],
    regions: tuple[Sequence[Region], Sequence[Region]] = ((), ()),
    on_paint: Callable[[Painted], None],
    scale: int = 6,
) -> None:
    """Show two cats, uint8 `(H, W, 3)`, and the collage that `painted` makes of them, live under the hand.

    Painting never asks the server. When the hand has rested for 0.4 s `on_paint` hears the mask, before the page runs
    again. `painted`, if it is new, replaces what the hand did. `regions` of either cat can be given away as a whole,
    `titles` say which cats these are, `name` what the picture is. `scale` is the largest magnification of the collage.
    Raises ValueError when the pictures or the regions do not fit.
    """
    data = {
        "key": key,
        "name": name,
        "scale": scale,
        "titles": list(titles),
        "mask": str(painted),
        "regions": [[_region(region) for region in side] for side in regions],
        **_pictures(a, b),
    }
    _component()(
        key=key,
        data=data,
        default={"mask": None},
        on_mask_change=lambda: on_paint(Painted.read(str(st.session_state[key]["mask"]))),
    )


def _pictures(a: np.ndarray, b: np.ndarray) -> dict[str, Any]:
    for picture in (a, b):
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape != (*a.shape[:2], 3) or not picture.size:
            raise ValueError(f"Cats are {a.dtype} {a.shape} and {b.dtype} {b.shape}; allowed: uint8 (H, W, 3) alike.")
    height, width = a.shape[:2]
    return {"width": width, "height": height, "perRow": COLUMNS, "sheets": sheets(np.stack([a, b]))}


def _region(region: Region) -> dict[str, str]:
    if region.cells.shape != (SIDE, SIDE):
        raise ValueError(f"{region.name} has cells {region.cells.shape}; a region has {SIDE} × {SIDE}.")
    return {"name": region.name, "mask": str(Painted.of(region.cells))}


@cache
def _component() -> Any:
    return st.components.v2.component("whisker_brush", html=_HTML, css=_CSS, js=_JS)
