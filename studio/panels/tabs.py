"""How a page says more than fits on one screen: tabs, and three lines on what one sees, what to try and why."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from studio import widgets


def tabs(panels: Mapping[str, Callable[[], None]], key: str = "tab") -> None:
    """A tab for each panel, in the address; only the open one is drawn, and what goes wrong in it is said in it."""
    opened = st.tabs(list(panels), key=key, on_change="rerun", bind="query-params")
    for tab, show in zip(opened, panels.values(), strict=True):
        if tab.open:
            with tab, widgets.errors():
                show()


def hints(lines: Sequence[str]) -> None:
    """Sentences one below the other."""
    st.caption("  \n".join(lines))
