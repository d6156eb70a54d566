"""The studio. What must hold before any library is imported is set here, with the standard library alone."""

import os

for _name, _value in {
    "GOMP_SPINCOUNT": "0",  # two threads that spin on a busy machine are many times slower than two that sleep
    "HF_HUB_OFFLINE": "1",  # nothing at run time fetches anything
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "DO_NOT_TRACK": "1",
}.items():
    os.environ.setdefault(_name, _value)
