"""Command line of the studio: set up, then serve or test. Standard library only until the set-up is done."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from studio import setup_env
from studio.setup_env import ROOT

WORKERS = ("-n", "logical", "--maxprocesses", "4", "--dist", "loadfile")  # a file's tests share servers and browsers


def parser() -> argparse.ArgumentParser:
    """The options of `python3 -m studio`."""
    top = argparse.ArgumentParser(
        prog="python3 -m studio",
        description="Start the studio; what it needs is installed into .venv at the first start.",
        epilog="python3 -m studio test [pytest arguments] runs the tests instead.",
    )
    top.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine only)")
    top.add_argument("--port", type=_port, help="port to listen on (default 8501, or the next free one)")
    top.add_argument("--no-browser", action="store_true", help="do not open a browser")
    return top


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; allowed: 1 to 65535, or 0 for any free one")
    return int(text)


def main(argv: Sequence[str]) -> int:
    """Run the studio or its tests; what a user must see to is a line or two on standard error, and exit code 2."""
    testing = list(argv[:1]) == ["test"]
    args = None if testing else parser().parse_args(argv)
    try:
        python = setup_env.prepare()
    except setup_env.SetupError as error:
        print(error, file=sys.stderr)
        return 2
    if testing:
        picked = any(not word.startswith("-") for word in argv[1:])  # a few start faster one after the other
        return hand_over([str(python), "-m", "pytest", *(() if picked else WORKERS), *argv[1:]], cwd=ROOT)
    if not setup_env.same(python):
        return hand_over([str(python), "-m", "studio", *argv])
    return _serve(args)


def _serve(args: argparse.Namespace) -> int:
    from engines.home import home
    from studio import server

    os.environ["PYTHONPATH"] = _search_path()  # for what the pages start, such as a training run
    os.environ.setdefault("MPLCONFIGDIR", str(home() / "cache" / "matplotlib"))  # its list of fonts
    try:
        server.serve(args.host, args.port, browser=not args.no_browser)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def hand_over(command: list[str], cwd: Path | None = None) -> int:
    """Go on as another program, with its exit code; its imports find the project from any folder."""
    environment = {**os.environ, "PYTHONPATH": _search_path()}
    if cwd:
        os.chdir(cwd)
    if os.name == "nt":  # there, exec returns to the shell at once
        return subprocess.run(command, env=environment).returncode
    sys.stdout.flush()
    return os.execve(command[0], command, environment)


def _search_path() -> str:
    others = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return os.pathsep.join(dict.fromkeys([str(ROOT), *others]))
