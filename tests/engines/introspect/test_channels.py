"""Channels: their strongest pictures, their gain, their effect inside a box."""

import numpy as np
import pytest
import torch

from engines.diffusion.model import DDPM, DDPMConfig
from engines.images import to_tensor
from engines.introspect.capture import record
from engines.introspect.channels import effects, gained, join, responses
from engines.introspect.trajectory import trajectory
from engines.models.unet import UNetConfig
from engines.noise import noise


@pytest.fixture
def model() -> DDPM:
    torch.manual_seed(0)
    unet = UNetConfig(16, model_channels=16, multipliers=(1, 2), attention=(8,), heads=2)
    made = DDPM(DDPMConfig(unet, num_timesteps=100))
    for p in made.parameters():
        if not p.any():
            torch.nn.init.normal_(p, std=0.1)
    return made.eval().requires_grad_(False)


def pictures(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 16, 16, 3), np.uint8)


def test_a_channel_that_passes_red_on_is_excited_by_the_reddest_pixel(model: DDPM) -> None:
    stem = model.net.stem
    stem.weight.zero_(), stem.bias.zero_()
    stem.weight[0, 0, 1, 1] = 1
    given = np.full((20, 16, 16, 3), 20, np.uint8)
    given[17, 3, 5, 0] = 255
    found = join(list(responses(model, given, 0)))
    assert (len(found), found.names[0]) == (20, "net.stem")
    assert found.peak[0][:, 0].argmax() == 17
    assert found.place[0][17, 0] == 3 * 16 + 5


def test_responses_are_the_largest_activations_of_each_noised_picture(model: DDPM) -> None:
    given = pictures(3)
    found = join(list(responses(model, given, 40)))
    x_t = model.schedule.q_sample(to_tensor(given), 40, noise(range(3), (3, 16, 16)))
    with record(model, ["net.up.0"]) as heard:
        model(x_t, torch.full((3,), 40))
    truth = heard["net.up.0"][0].flatten(2)
    k = found.names.index("net.up.0")
    np.testing.assert_allclose(found.peak[k], truth.max(2).values.numpy(), rtol=2e-3, atol=2e-3)
    assert np.array_equal(found.place[k], truth.argmax(2).numpy())


def test_a_gain_of_one_changes_no_bit_and_silence_is_a_cut_weight(model: DDPM) -> None:
    settings = {"seed": 0, "steps": 3}
    plain = [frame.x_t for frame in trajectory(model, seeds=[0], steps=3)]
    even = [frame.x_t for frame in gained(model, "net.stem", {2: 1.0}, **settings)]
    assert all(np.array_equal(a, b) for a, b in zip(plain, even, strict=True))
    silent = [frame.x_t for frame in gained(model, "net.stem", {2: 0.0}, **settings)]
    model.net.stem.weight[2], model.net.stem.bias[2] = 0, 0
    without = [frame.x_t for frame in trajectory(model, seeds=[0], steps=3)]
    np.testing.assert_allclose(silent, without, atol=1e-6)
    assert np.abs(silent[-1] - plain[-1]).max() > 1e-3


def test_the_effect_of_a_channel_in_a_box_is_what_the_prediction_loses_there(model: DDPM) -> None:
    x_t = noise([4], (3, 16, 16))
    *_, found = effects(model, x_t[0].permute(1, 2, 0).numpy(), 50, "net.up.4", (2, 3, 8, 9))
    denoise = model.denoiser()
    whole = denoise(x_t, 50)

    def silence(module: torch.nn.Module, args: tuple, output: torch.Tensor) -> torch.Tensor:
        output = output.clone()
        output[:, 11] = 0
        return output

    handle = model.net.up[4].register_forward_hook(silence)
    change = (denoise(x_t, 50) - whole).square().mean(1)[0].numpy()
    handle.remove()
    inside = change[2:8, 3:9]
    assert len(found.inside) == len(found.outside) == 16
    assert found.inside[11] == pytest.approx(inside.mean() ** 0.5, rel=1e-3)
    assert found.outside[11] == pytest.approx(((change.sum() - inside.sum()) / (256 - 36)) ** 0.5, rel=1e-3)


def test_the_whole_picture_as_a_box_has_no_outside(model: DDPM) -> None:
    *_, found = effects(model, np.zeros((16, 16, 3), np.float32), 50, "net.stem", (0, 0, 16, 16))
    assert not found.outside.any()
    assert found.inside.any()


def test_looking_leaves_no_trace(model: DDPM) -> None:
    before = {name: p.clone() for name, p in model.named_parameters()}
    for work in (
        responses(model, pictures(20), 5),
        gained(model, "net.up.0", {0: 0.0}, seed=0, steps=3),
        effects(model, np.zeros((16, 16, 3), np.float32), 50, "net.up.0", (0, 0, 4, 4)),
    ):
        next(work)
        assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
        work.close()
    assert all(torch.equal(p, before[name]) and p.grad is None for name, p in model.named_parameters())


def test_what_does_not_fit_is_refused_at_the_call(model: DDPM) -> None:
    state = np.zeros((16, 16, 3), np.float32)
    with pytest.raises(ValueError, match="needed: top < bottom ≤ 16"):
        effects(model, state, 50, "net.stem", (4, 0, 4, 4))
    with pytest.raises(LookupError, match="no block 'nose'"):
        effects(model, state, 50, "nose", (0, 0, 4, 4))
    with pytest.raises(LookupError, match="stem has no channel 16; allowed: 0 to 15"):
        gained(model, "net.stem", {16: 0.0}, seed=0)
    with pytest.raises(ValueError, match="channel 0 is 4; allowed: 0 to 3"):
        gained(model, "net.stem", {0: 4.0}, seed=0)
    with pytest.raises(ValueError, match="allowed: 0 to 99"):
        responses(model, pictures(2), 100)
