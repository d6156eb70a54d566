"""What tests share: a home folder with a tiny checkpoint of random weights, and a running studio."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("GOMP_SPINCOUNT", "0")  # before torch is imported

import torch

from engines import checkpoints
from engines.checkpoints import Card
from engines.configs import to_dict
from engines.diffusion.model import DDPM, DDPMConfig
from engines.models.unet import UNetConfig

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests never write to the home of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISKER_HOME", str(tmp_path_factory.mktemp("nobody")))
        yield


@pytest.fixture(scope="session")
def tiny_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the checkpoint `tiny`: 16×16, two classes, 100 steps."""
    home = tmp_path_factory.mktemp("home")
    torch.manual_seed(0)
    unet = UNetConfig(
        16, model_channels=16, multipliers=(1, 2), attention=(8,), heads=2, classes=2, conditioning="embedding"
    )
    config = DDPMConfig(unet, num_timesteps=100)
    model = DDPM(config)
    for p in model.parameters():
        if not p.any():
            torch.nn.init.normal_(p, std=0.05)
    card = Card("tiny", "ddpm", to_dict(config), classes=("cat", "dog"), parameters=checkpoints.parameters(model))
    checkpoints.save(home / "checkpoints", card, model.state_dict(), [], None)
    return home


@pytest.fixture
def home(tiny_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that shares the tiny checkpoint."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "checkpoints").symlink_to(tiny_home / "checkpoints")
    monkeypatch.setenv("WHISKER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def server(tiny_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the studio, started as a user starts it, with the tiny checkpoint in its home."""
    home = tmp_path_factory.mktemp("served")
    (home / "checkpoints").symlink_to(tiny_home / "checkpoints")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "studio", "--port", str(port), "--no-browser"]
    with (home / "log.txt").open("w+b") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"WHISKER_HOME": str(home)}, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _await(f"http://127.0.0.1:{port}/_stcore/health", process, home / "log.txt")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _await(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("The studio did not start:\n" + log.read_text())
