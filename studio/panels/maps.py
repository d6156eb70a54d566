"""Feature maps in step with a scrubber: pictures under titles, one of them a grid in which a channel is picked."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from studio.figures.features import Sheet
from studio.scrubber import Pane
from studio.scrubber.panes import payload
from studio.scrubber.script import script
from studio.scrubber.sheets import COLUMNS

_HERE = Path(__file__).parent
_HTML = '<section class="maps"></section>'
ROOM = 400  # px that a picture may take, and more for none


def maps(
    grid: Sheet, panes: Sequence[Pane], *, key: str, follow: str, selected: int, on_pick: Callable[[int], None]
) -> None:
    """Show a grid of maps, one cell per channel, and other panes beside it, all at the frame of the scrubber `follow`.

    `panes[0]` holds the frames of `grid`. `on_pick` hears the cell that is clicked, before the page runs again.
    """
    shown = [payload(pane) | {"room": ROOM, "cells": None} for pane in panes]
    shown[0] |= {"cells": {"columns": grid.columns, "count": grid.count, "pitch": grid.pitch}}
    data = {
        "follow": follow,
        "columns": COLUMNS,
        "count": len(panes[0].frames),
        "panes": shown,
        "selected": selected,
    }

    def hear() -> None:
        if (picked := st.session_state[key]["cell"]) is not None:
            on_pick(int(picked))

    _component()(key=key, data=data, default={"cell": None}, on_cell_change=hear)


@cache
def _component() -> Any:
    js = script("sheets.js", "mount.js", _HERE / "follow.js", _HERE / "maps.js")
    return st.components.v2.component("whisker_maps", html=_HTML, css=(_HERE / "maps.css").read_text("utf-8"), js=js)
