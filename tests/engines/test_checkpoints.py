"""Checkpoints come back as they were saved, and damage is named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engines import checkpoints
from engines.checkpoints import Card
from engines.configs import to_dict
from engines.diffusion.model import DDPM, DDPMConfig
from engines.families import FAMILIES, build
from engines.models.dcgan import DCGANConfig
from engines.models.fastgan import FastGANConfig
from engines.models.gan import DCGANGANConfig, ProjectedGANConfig, StyleGAN2GANConfig
from engines.models.projected import ProjectedConfig
from engines.models.stylegan2 import StyleGAN2Config
from engines.models.unet import UNetConfig

TINY = {
    "ddpm": DDPMConfig(UNetConfig(16, model_channels=16, multipliers=(1, 2), attention=(8,), heads=2)),
    "stylegan2": StyleGAN2GANConfig(StyleGAN2Config(16, z_dim=8, w_dim=8, channel_base=128, channel_max=8)),
    "projected": ProjectedGANConfig(FastGANConfig(16, z_dim=8, widths=(8, 8, 4)), ProjectedConfig(mixed=4, width=4)),
    "dcgan": DCGANGANConfig(DCGANConfig(16, z_dim=8, width=4)),
}


def output(net: Any) -> Tensor:
    """What the network makes of something that is always the same."""
    return net(torch.ones(1, *net.shape), torch.tensor([5])) if isinstance(net, DDPM) else net.sample([0, 1])


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_comes_back_with_the_same_output(name: str, home: Path) -> None:
    torch.manual_seed(1)
    net = build(name, to_dict(TINY[name])).eval()
    for p in net.parameters():
        p.data += 0.02 * torch.randn_like(p)
    net.load_state_dict({k: v.half().float() if v.is_floating_point() else v for k, v in net.state_dict().items()})
    card = Card("copy", name, to_dict(TINY[name]))
    path = checkpoints.save(home / "new", card, net.state_dict(), [{"name": "KD-lite0"}], np.zeros((4, 4, 3), np.uint8))
    model = checkpoints.load(str(path))
    assert torch.equal(output(model.net), output(net))
    assert model.card == card
    assert checkpoints.read_scores(path) == [{"name": "KD-lite0"}]
    assert not model.net.training
    assert not any(p.requires_grad for p in model.net.parameters())
    assert {file.name for file in path.iterdir()} == {"card.json", "weights.safetensors", "scores.json", "samples.png"}


def test_two_models_stay_in_memory_and_a_changed_file_is_read_anew(home: Path) -> None:
    first = checkpoints.load("tiny")
    assert checkpoints.load("tiny") is first
    state = first.net.state_dict()
    for name in ("b", "c"):
        checkpoints.save(home / "own", Card(name, "ddpm", first.card.config), state, [], None)
        checkpoints.load(str(home / "own" / name))
    assert checkpoints.load("tiny") is not first
    old = checkpoints.load(str(home / "own" / "c"))
    state = {key: value * 0.5 for key, value in state.items()}
    checkpoints.save(home / "own", Card("c", "ddpm", first.card.config), state, [], None)
    assert checkpoints.load(str(home / "own" / "c")) is not old


def test_the_digest_names_the_weights_not_the_folder(home: Path) -> None:
    card, state = checkpoints.load("tiny").card, checkpoints.load("tiny").net.state_dict()
    copy = checkpoints.save(home / "own", Card("other", "ddpm", card.config), state, [], None)
    changed = {key: value + 0.5 for key, value in state.items()}
    other = checkpoints.save(home / "own", Card("third", "ddpm", card.config), changed, [], None)
    assert checkpoints.digest(str(copy)) == checkpoints.digest("tiny") != checkpoints.digest(str(other))


def test_an_unknown_name_lists_the_known(home: Path) -> None:
    with pytest.raises(LookupError, match=r"no checkpoint 'tiger'; there are: .*tiny"):
        checkpoints.load("tiger")


def test_damage_is_named(home: Path) -> None:
    card = checkpoints.load("tiny").card
    path = checkpoints.save(home / "own", Card("hurt", "ddpm", card.config), {"net.x": torch.zeros(1)}, [], None)
    with pytest.raises(ValueError, match="weights of hurt are damaged or of another model"):
        checkpoints.load(str(path))
    (path / "weights.safetensors").write_bytes(b"not weights")
    with pytest.raises(ValueError, match="weights of hurt are damaged"):
        checkpoints.load(str(path))
    (path / "weights.safetensors").unlink()
    with pytest.raises(ValueError, match=r"no weights\.safetensors"):
        checkpoints.load(str(path))


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"family": "transformer"}', '{"family": "ddpm", "config": 3}', '{"colour": 1}']
)
def test_a_card_that_cannot_be_read_is_refused_and_left_out_of_the_list(text: str, home: Path) -> None:
    (home / "own" / "odd").mkdir(parents=True)
    (home / "own" / "odd" / "card.json").write_text(text)
    with pytest.raises(ValueError, match="card of checkpoint odd cannot be used"):
        checkpoints.read_card(home / "own" / "odd")


def test_an_interrupted_save_leaves_the_old_checkpoint(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card, state = checkpoints.load("tiny").card, checkpoints.load("tiny").net.state_dict()
    path = checkpoints.save(home / "own", Card("kept", "ddpm", card.config), state, [], None)
    before = checkpoints.digest(str(path))
    monkeypatch.setattr(checkpoints, "save_file", lambda *_: (_ for _ in ()).throw(OSError("no room")))
    with pytest.raises(OSError, match="no room"):
        checkpoints.save(home / "own", Card("kept", "ddpm", card.config), state, [], None)
    assert checkpoints.digest(str(path)) == before
    assert [entry.name for entry in (home / "own").iterdir()] == ["kept"]


def test_the_shipped_checkpoints_are_whole() -> None:
    for folder in sorted((checkpoints.ROOT / "checkpoints").iterdir()):
        card = checkpoints.load(str(folder)).card
        assert card.licence
        assert card.trained_on
        assert card.images_seen > 0
        assert card.parameters == checkpoints.parameters(checkpoints.load(str(folder)).net)
        assert (folder / "weights.safetensors").stat().st_size <= 20 * 2**20
        assert (folder / "samples.png").is_file()
        scores = {score["name"]: score for score in json.loads((folder / "scores.json").read_text())}
        assert {"KD-lite0", "FD-lite0", "cat share"} <= set(scores)
        assert all({"n", "seed", "reference"} <= set(score) for score in scores.values())
