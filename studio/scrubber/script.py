"""The JavaScript of a component, which Streamlit wants as one module."""

from pathlib import Path

_HERE = Path(__file__).parent


def script(*files: str | Path) -> str:
    """Files of this folder by name, and others by their path, one after the other: each knows those before it."""
    return "\n".join((_HERE / file).read_text("utf-8") for file in files)
