"""Heads switched off and up: what a factor means, and that factor 1 means nothing."""

import numpy as np
import pytest
import torch

from engines.diffusion.model import DDPM, DDPMConfig
from engines.introspect.knockout import damage, distance, edited
from engines.introspect.trajectory import trajectory
from engines.models.unet import UNetConfig

LAYER, CROSS = "net.down.2.attention", "net.down.2.cross"


@pytest.fixture
def model() -> DDPM:
    torch.manual_seed(0)
    unet = UNetConfig(
        8, model_channels=8, multipliers=(1, 1), attention=(4,), heads=2, classes=2, conditioning="cross-attention"
    )
    model = DDPM(DDPMConfig(unet, num_timesteps=50))
    for p in model.parameters():
        if not p.any():
            torch.nn.init.normal_(p, std=0.1)
    return model.eval().requires_grad_(False)


def picture(frames: object) -> np.ndarray:
    *_, last = frames
    return last.x_t


def test_factor_one_changes_no_bit(model: DDPM) -> None:
    plain = list(trajectory(model, seeds=[7], steps=4, sampler="ddpm"))
    same = list(edited(model, [{(LAYER, 0): 1.0, (CROSS, 1): 1.0}], 7, steps=4, sampler="ddpm"))
    assert [frame.t for frame in plain] == [frame.t for frame in same]
    assert all((a.x_t == b.x_t).all() and (a.x0 == b.x0).all() for a, b in zip(plain, same, strict=True))


@pytest.mark.parametrize("name", [LAYER, CROSS])
@pytest.mark.parametrize("factor", [0.0, 0.5, 2.0])
def test_a_factor_scales_what_the_head_says(model: DDPM, name: str, factor: float) -> None:
    """Scaling the head's columns in the layer's last weights is the same network by other means."""
    changed = picture(edited(model, [{(name, 1): factor}], 7, steps=4, label=1, guidance=2.0))
    plain = picture(trajectory(model, seeds=[7], steps=4, label=1, guidance=2.0))
    weight = model.get_submodule(f"{name}.out").weight
    weight[:, weight.shape[1] // 2 :] *= factor
    assert changed == pytest.approx(picture(trajectory(model, seeds=[7], steps=4, label=1, guidance=2.0)), abs=1e-5)
    assert np.abs(changed - plain).max() > 1e-3


def test_each_chain_of_a_batch_has_its_own_change(model: DDPM) -> None:
    changes = [{}, {(LAYER, 0): 0.0}, {(LAYER, 0): 2.0, (CROSS, 1): 0.0}]
    together = picture(edited(model, changes, 7, steps=4))
    for one, change in zip(together, changes, strict=True):
        assert one == pytest.approx(picture(edited(model, [change], 7, steps=4))[0], abs=1e-5)
    assert np.abs(together[1] - together[0]).max() > 1e-3


def test_between_two_frames_nothing_is_changed(model: DDPM) -> None:
    chain = edited(model, [{(LAYER, 0): 0.0}], 7, steps=4)
    next(chain)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    other = picture(trajectory(model, seeds=[7], steps=4))
    chain.close()
    assert (other == picture(trajectory(model, seeds=[7], steps=4))).all()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({(LAYER, 2): 0.0}, LookupError, "no head 2"),
        ({("nose", 0): 0.0}, LookupError, "layers: net.down"),
        ({(LAYER, 0): 2.5}, ValueError, "2.5 times; allowed: 0 to 2"),
        ({(LAYER, 0): float("nan")}, ValueError, "allowed: 0 to 2"),
    ],
)
def test_mistakes_are_named_at_the_call(model: DDPM, change: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        edited(model, [change], 0)


def test_the_distance_of_features_is_zero_for_the_same_picture_and_grows_with_the_change() -> None:
    rng = np.random.default_rng(0)
    reference = rng.uniform(-1, 1, (16, 16, 3)).astype(np.float32)
    near, far = reference + 0.1 * rng.standard_normal((2, 16, 16, 3), np.float32) * [[[[1]]], [[[5]]]]
    same, a, b = distance(np.stack([reference, near, far]).astype(np.float32), reference)
    assert same == pytest.approx(0, abs=1e-6)
    assert 1e-4 < a < b < 1


def test_damage_is_the_rms_difference() -> None:
    reference = np.zeros((2, 2, 3), np.float32)
    one = reference.copy()
    one[0, 0] = 2
    assert damage(np.stack([reference, one, reference + 0.5]), reference) == pytest.approx([0, 1, 0.5])
