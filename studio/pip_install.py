"""Run pip, show what it does in a few lines, and turn a failure into what a person can do about it."""

import platform
import re
import subprocess
import sys
from pathlib import Path

ADVICE = (
    (
        r"No space left on device|Errno 28|disk quota",
        "There is no room left on the disk.\n"
        "The packages need 3 GB beside the code, and room for temporary files (TMPDIR); make room and start again.",
    ),
    (
        r"NewConnectionError|ConnectTimeout|ReadTimeout|Temporary failure in name resolution|getaddrinfo failed"
        r"|Network is unreachable|Connection refused|Max retries exceeded|ProxyError|ConnectionResetError|SSLError",
        "The package index cannot be reached.\n"
        "The first start needs a network, later ones do not: check it and pip's proxy settings, and start again.",
    ),
    (
        r"Permission denied|Errno 13",
        "pip may not write where it must.\n"
        "Make the project's folder and the temporary folder writable and start again.",
    ),
)
WAITING = re.compile(r"^(Collecting|Downloading|Installing collected packages|Building wheel)\b")


def install(python: Path, requirements: Path, log: Path) -> str | None:
    """Install `requirements` with the pip of `python`, all that it says into `log`; return None or why it failed."""
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    command = [str(python), "-m", "pip", "install", *quiet, "-r", str(requirements)]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    with log.open("w", encoding="utf-8") as stream, subprocess.Popen(command, **pipe) as pip:
        for line in pip.stdout:
            stream.write(line)
            stream.flush()
            if WAITING.match(line):
                _show(line)
    _show("")
    return None if pip.returncode == 0 else advice(log.read_text(encoding="utf-8"), log)


def _show(line: str) -> None:
    """One line that changes on a terminal; in a log only what takes long."""
    if sys.stdout.isatty():
        print(f"\r\033[K  {line.strip()[:76]}" if line else "\r\033[K", end="", flush=True)
    elif line.startswith(("Installing", "Building")):
        print(f"  {line.strip()[:76]}", flush=True)


def advice(said: str, log: Path) -> str:
    """Two lines, what is wrong and what to do, from what a failed pip said."""
    for pattern, text in ADVICE:
        if re.search(pattern, said, re.IGNORECASE):
            return text
    errors = [line[6:].strip() for line in said.splitlines() if line.startswith("ERROR:")]
    if errors and errors[-1].startswith("No matching distribution"):
        this = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
        return f"{errors[-1]} ({this}).\nCheck the network and pip's settings; or use another Python, 3.11 or newer."
    return f"pip failed: {errors[-1] if errors else 'it was stopped'}\nThe rest of what it said is in {log}."
