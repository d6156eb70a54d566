"""What tests share: a home folder with a tiny checkpoint of random weights, and a running studio."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

os.environ.setdefault("GOMP_SPINCOUNT", "0")  # before torch is imported
if "PYTEST_XDIST_WORKER" in os.environ:  # there is one worker per core
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from engines import checkpoints
from engines.checkpoints import Card
from engines.configs import to_dict
from engines.diffusion.model import DDPM, DDPMConfig
from engines.models.gan import StyleGAN, StyleGAN2GANConfig, stylegan2
from engines.models.stylegan2 import StyleGAN2Config
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
def tiny_gan() -> StyleGAN:
    """A StyleGAN2 of 16×16 with random weights that takes noise and knows its mean style."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        generator = StyleGAN2Config(16, z_dim=16, w_dim=16, channel_base=256, channel_max=32, noise_up_to=8)
        model = stylegan2(StyleGAN2GANConfig(generator))
        for name, value in model.named_parameters():
            if name.endswith("noise_strength"):
                value.fill_(0.1)
        mapping = model.generator.mapping
        mapping.w_avg.copy_(mapping(model.z(range(256)))[:, 0].mean(0))
    return model.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def tiny_gan_home(tiny_gan: StyleGAN, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the checkpoint `tiny-gan`, a `stylegan2` of 16×16."""
    home = tmp_path_factory.mktemp("gan-home")
    card = Card("tiny-gan", "stylegan2", to_dict(tiny_gan.config), parameters=checkpoints.parameters(tiny_gan))
    checkpoints.save(home / "checkpoints", card, tiny_gan.state_dict(), [], None)
    return home


@pytest.fixture
def gan_home(tiny_gan_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that shares the tiny GAN."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "checkpoints").symlink_to(tiny_gan_home / "checkpoints")
    monkeypatch.setenv("WHISKER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@contextmanager
def _serving(command: Sequence[str], folder: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", folder / "log.txt"
    with log.open("w+b") as out:
        process = subprocess.Popen(
            [word.format(port=port) for word in command],
            cwd=ROOT,
            env=os.environ | {"WHISKER_HOME": str(folder)} | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _await(f"{url}/_stcore/health", process, log)
            yield url, process
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
    pytest.fail("The server did not start:\n" + log.read_text())


@pytest.fixture(scope="session")
def serving() -> Callable[..., AbstractContextManager[tuple[str, subprocess.Popen]]]:
    """`serving(command, folder)` runs a server at the `{port}` of its command, with `folder` as its home.

    As a context manager it gives the server's address and its process.
    """
    return _serving


@pytest.fixture(scope="session")
def studio_command() -> list[str]:
    """The studio as a user starts it."""
    return [sys.executable, "-m", "studio", "--port", "{port}", "--no-browser"]


@pytest.fixture(scope="session")
def server(
    tiny_home: Path, tmp_path_factory: pytest.TempPathFactory, serving: Callable, studio_command: list[str]
) -> Iterator[str]:
    """The address of a studio with the tiny checkpoint in its home."""
    home = tmp_path_factory.mktemp("served")
    (home / "checkpoints").symlink_to(tiny_home / "checkpoints")
    with serving(studio_command, home) as (url, _):
        yield url
