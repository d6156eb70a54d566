"""Generate: the Gradio app as a page of the studio."""

import os
from urllib.parse import urlencode

import streamlit as st

WIDE, NARROW = 690, 1130  # px; where it is narrow the controls stand below the pictures
FIT = f"""<style>
.st-key-frame {{ container-type: inline-size; }}
@container (max-width: 640px) {{
  .st-key-frame div:has(> iframe), .st-key-frame iframe {{ height: {NARROW}px !important; }}
}}
</style>"""

st.title("Generate")
st.caption("Each seed is its own noise; a model makes a picture of it, in steps or in one pass.")

gradio = os.environ.get("WHISKER_GRADIO")
if not gradio:
    st.info("This page needs the studio's own server. Start it with `python3 -m studio`, then reload.")
    st.stop()

query = {name: value for name, value in st.query_params.items() if not name.startswith("_")}
query["__theme"] = st.context.theme.type or "light"
st.html(FIT)
with st.container(key="frame"):
    st.iframe(f"{gradio}/?{urlencode(query)}", height=WIDE, alt="Draw pictures from seeds")
st.caption(f"The same at an address of its own, with an API: [{gradio}]({gradio}/)")
