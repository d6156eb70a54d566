"""Where things are: the project's root, and the one folder that a user's own runs, caches and models go to."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """`WHISKER_HOME`, by default `.whisker/` beside the code; made when it is missing."""
    folder = Path(os.environ.get("WHISKER_HOME") or ROOT / ".whisker").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
