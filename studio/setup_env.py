"""Set-up with the standard library alone: a Python that has the packages, made in `.venv` if there is none.

`.venv` holds three files of ours: a lock, so that two first starts do not build at once; a mark that stands while
building, so that an interrupted set-up is begun anew; a stamp that says for which requirements it was finished.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from studio import pip_install

ROOT = Path(__file__).resolve().parent.parent
ROOM = 3 * 10**9  # bytes; a finished `.venv` with the CPU build of torch takes about two thirds of that


class SetupError(Exception):
    """The set-up cannot go on; the text says why and what to do."""


def requirements(text: str) -> dict[str, str]:
    """The pinned packages of a requirements file, name to version."""
    lines = (line.split("#")[0].split(";")[0].strip() for line in text.splitlines())
    return {name.strip(): version.strip() for name, _, version in (line.partition("==") for line in lines if line)}


def missing(wanted: dict[str, str]) -> list[str]:
    """The packages among `wanted` that this Python does not have in their version, as `name==version`.

    A build tag, as in 2.13.0+cpu, is no other version. A package whose record is gone was not fully installed.
    """
    return [f"{name}=={version}" for name, version in wanted.items() if not _has(name, version)]


def _has(name: str, version: str) -> bool:
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return found.version.split("+")[0] == version and found.read_text("RECORD") is not None


def prepare(root: Path = ROOT) -> Path:
    """Return a Python that has all packages: this one if it has them, else the one in `.venv`, made when needed."""
    text = (root / "requirements.txt").read_text(encoding="utf-8")
    lacking = missing(requirements(text))
    if not lacking:
        return Path(sys.executable)
    venv = root / ".venv"
    inside = same(python_of(venv))
    try:
        venv.mkdir(exist_ok=True)
        with locked(venv / "whisker.lock"):
            if inside or not _finished(venv, text):
                _build(venv, root / "requirements.txt", stamp(text))
    except OSError as error:
        raise SetupError(_os_error(error, root)) from error
    if inside and (lacking := missing(requirements(text))):
        raise SetupError(
            f"These packages are still missing in {venv}: {', '.join(lacking)}.\nDelete it and start again."
        )
    return python_of(venv)


def same(python: Path) -> bool:
    """Whether this very process runs on `python`, so that nothing has to be handed over."""
    return os.path.abspath(python) == os.path.abspath(sys.executable) or Path(sys.prefix) == python.parent.parent


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp(text: str) -> str:
    """What a finished `.venv` carries: it is another one for other requirements or another Python."""
    return f"{hashlib.sha256(text.encode()).hexdigest()} {sys.version_info[0]}.{sys.version_info[1]}"


def _finished(venv: Path, text: str) -> bool:
    file = venv / "whisker.stamp"
    if not os.access(python_of(venv), os.X_OK) or (venv / "whisker.building").exists():
        return False
    if file.is_file() and file.read_text(encoding="utf-8") == stamp(text):
        return True
    # Made by hand: it is good if it can say so itself.
    check = "import sys; from studio import setup_env as s; sys.exit(bool(s.missing(s.requirements(sys.argv[1]))))"
    command = [str(python_of(venv)), "-c", check, text]
    return subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL).returncode == 0


def _build(venv: Path, wanted: Path, done: str) -> None:
    """Make `venv`, or keep one in order, and install into it. Only a build that was cut off leaves its mark behind."""
    mark, log = venv / "whisker.building", venv / "whisker.log"
    (venv / "whisker.stamp").unlink(missing_ok=True)
    _check_room(venv)
    if mark.exists() or not _runs_pip(venv):
        _make(venv, mark)
    mark.touch()
    print(f"Installing the packages of {wanted.name} into {venv}: once, some minutes. Log: {log}", flush=True)
    if sys.platform == "linux" and not shutil.which("nvidia-smi"):
        print("PyTorch's usual Linux package holds gigabytes for GPUs; README.md says how to do without.", flush=True)
    if reason := pip_install.install(python_of(venv), wanted, log):
        mark.unlink()
        raise SetupError(reason)
    (venv / "whisker.stamp").write_text(done, encoding="utf-8")
    mark.unlink()


def _make(venv: Path, mark: Path) -> None:
    base = getattr(sys, "_base_executable", None) or sys.executable
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError(_no_venv(base))
    for path in venv.iterdir():
        if path.name != "whisker.lock":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    mark.touch()
    print(f"Making {venv}", flush=True)
    made = subprocess.run([base, "-m", "venv", str(venv)], capture_output=True, text=True)
    if made.returncode:
        said = (made.stdout + made.stderr).strip()
        raise SetupError(_no_venv(base) if "ensurepip" in said else f"{base} -m venv failed: {said.splitlines()[-1]}")


def _no_venv(base: str) -> str:
    return (
        f"{base} cannot make virtual environments: its venv module is not installed.\n"
        "On Debian or Ubuntu: apt-get install python3-venv; then start again."
    )


def _runs_pip(venv: Path) -> bool:
    if not os.access(python_of(venv), os.X_OK):
        return False
    return subprocess.run([str(python_of(venv)), "-c", "import pip"], stderr=subprocess.DEVNULL).returncode == 0


def _check_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise SetupError(
            f"{folder} has {free / 1e9:.1f} GB of free disk; the packages need {ROOM / 1e9:.0f} GB.\n"
            "Make room, or move the project to a bigger disk; then start again."
        )


def _os_error(error: OSError, root: Path) -> str:
    return (
        f"The set-up cannot write to {root / '.venv'}: {error.strerror or error}.\n"
        "Make the folder writable, or copy the project to one that is; then start again."
    )


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold `file` for this process alone; say so when another one has it, and wait."""
    with file.open("a+b") as stream:
        try:
            _lock(stream.fileno(), wait=False)
        except OSError:
            print("Another start is setting the studio up; waiting for it.", flush=True)
            _lock(stream.fileno(), wait=True)
        yield  # closing the file unlocks it, also when the process is killed


def _lock(file: int, wait: bool) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
