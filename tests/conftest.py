"""A home folder for each test that asks for one, with a tiny checkpoint of random weights in it."""

from pathlib import Path

import pytest
import torch

from engines import checkpoints
from engines.checkpoints import Card
from engines.configs import to_dict
from engines.diffusion.model import DDPM, DDPMConfig
from engines.models.unet import UNetConfig


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
