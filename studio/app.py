"""Entry of the Streamlit app: the menu over `PAGES`, nothing else."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # `streamlit run` puts only this file's folder there
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from studio.navigation import PAGES  # noqa: E402

ASSETS = ROOT / "assets"

st.set_page_config(
    page_title="Whisker", page_icon=str(ASSETS / "favicon.svg"), layout="wide", initial_sidebar_state=230
)
st.logo(str(ASSETS / "logo.svg"), size="large", icon_image=str(ASSETS / "favicon.svg"))
menu: dict[str, list] = {}
for page in PAGES:
    entry = st.Page(
        page.file,
        title=page.title,
        icon=f":material/{page.icon}:",
        url_path=page.name,
        default=page is PAGES[0],
        help=page.says,
    )
    menu.setdefault(page.section, []).append(entry)
st.navigation(menu).run()
