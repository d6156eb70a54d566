"""A clock for what goes on in the background: as long as it is drawn, the fragment around it runs again and again.

A fragment with `run_every` would go on for as long as a dialog is open, and after it.
"""

import time
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

REST = 150  # ms from one run to the next


def again(key: str) -> None:
    """Have the fragment that this stands in run again in a moment; not drawn any more, it is silent."""
    _component()(key=key, data={"at": time.monotonic(), "ms": REST}, on_tick_change=_nothing)


def _nothing() -> None:
    """A trigger of a component exists only together with a callback."""


@cache
def _component() -> Any:
    return st.components.v2.component("whisker_tick", js=Path(__file__).with_name("tick.js").read_text("utf-8"))
