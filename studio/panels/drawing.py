"""The network as a live drawing: nodes with thumbnails and skips of varying width, in step with a scrubber."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from studio.figures.network import Plan
from studio.scrubber.script import script
from studio.scrubber.sheets import COLUMNS, sheets

_HERE = Path(__file__).parent
_HTML = '<section class="network"><svg aria-hidden="true"></svg><div class="nodes"></div></section>'


def drawing(
    plan: Plan,
    thumbs: Sequence[np.ndarray],
    shares: np.ndarray,
    *,
    key: str,
    follow: str,
    selected: str,
    on_pick: Callable[[str], None],
) -> None:
    """Draw `plan` with thumbnails, uint8 `(S, h, w, 3)` per node, and skips as wide as their `shares`, `(S, K)`.

    Nothing is asked of the server while the scrubber with the key `follow` moves. `on_pick` hears the name of a node
    that is clicked, before the page runs again; `selected` is marked.
    """
    nodes = [
        asdict(node) | {"height": thumb.shape[1], "width": thumb.shape[2], "sheets": sheets(thumb)}
        for node, thumb in zip(plan.nodes, thumbs, strict=True)
    ]
    data = {
        "follow": follow,
        "columns": COLUMNS,
        "selected": selected,
        "nodes": nodes,
        "edges": [asdict(edge) for edge in plan.edges],
        "rows": list(plan.rows),
        "shares": np.round(shares.astype(float), 4).tolist(),
    }

    def hear() -> None:
        if picked := st.session_state[key]["node"]:
            on_pick(str(picked))

    _component()(key=key, data=data, default={"node": None}, on_node_change=hear)


@cache
def _component() -> Any:
    js = script("sheets.js", "mount.js", _HERE / "follow.js", _HERE / "drawing.js")
    css = (_HERE / "drawing.css").read_text("utf-8")
    return st.components.v2.component("whisker_network", html=_HTML, css=css, js=js)
