"""Configs survive JSON and YAML, and wrong values are named."""

import json

import pytest

from engines.configs import from_dict, override, to_dict
from engines.diffusion.model import DDPMConfig
from engines.models.unet import UNetConfig
from engines.training.config import TrainConfig


def test_a_nested_config_survives_json() -> None:
    config = DDPMConfig(UNetConfig(image_size=32, multipliers=(1, 2), attention=(8,)), schedule="linear")
    assert from_dict(DDPMConfig, json.loads(json.dumps(to_dict(config)))) == config


def test_override_reaches_nested_settings_and_reads_yaml_numbers() -> None:
    config = override(DDPMConfig(), ["unet.dropout=1e-1", "unet.multipliers=[1, 2]", "schedule=linear"])
    assert (config.unet.dropout, config.unet.multipliers, config.schedule) == (0.1, (1, 2), "linear")


def test_override_leaves_the_config_it_was_given_alone() -> None:
    config = TrainConfig(model={"unet": {"norm": False}})
    assert override(config, ["model.unet.norm=true"]).model == {"unet": {"norm": True}}
    assert config.model == {"unet": {"norm": False}}


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("schedule", "not of the form key=value"),
        ("sched=linear", "no setting 'sched'"),
        ("net.dropout=1", "no group of settings 'net'"),
        ("unet.dropout=lots", "unet.dropout is 'lots'"),
        ("num_timesteps=true", "num_timesteps is True; int is needed"),
        ("prediction=noise", "allowed: eps, x0, v"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        override(DDPMConfig(), [setting])


def test_an_unknown_key_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no setting colour; allowed: unet, schedule"):
        from_dict(DDPMConfig, {"colour": 1})
