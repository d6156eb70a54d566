"""Skips: the split is exact, a fader at 1 changes no bit, and silence equals weights that were taken out."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engines.diffusion.model import DDPM, DDPMConfig
from engines.introspect.blocks import blocks, joints
from engines.introspect.capture import record, record_inputs
from engines.introspect.features import activations, join
from engines.introspect.skips import Faders, edits, faded, harm, shares, split
from engines.introspect.trajectory import trajectory
from engines.models.unet import UNetConfig


def build(**changes: object) -> DDPM:
    torch.manual_seed(0)
    unet = UNetConfig(16, model_channels=16, multipliers=(1, 2), attention=(8,), heads=2, **changes)
    made = DDPM(DDPMConfig(unet, num_timesteps=100))
    for p in made.parameters():
        if not p.any():
            torch.nn.init.normal_(p, std=0.1)
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def model() -> DDPM:
    return build()


def chain(model: DDPM, seeds: tuple[int, ...] = (0,)) -> tuple[np.ndarray, np.ndarray]:
    frames = list(trajectory(model, seeds=seeds, steps=4))[:-1]
    return np.stack([frame.x_t for frame in frames]), np.array([frame.t for frame in frames])


def test_the_two_parts_and_the_bias_make_the_convolution_s_output(model: DDPM) -> None:
    names = [joint.name for joint in joints(blocks(model))]
    with record(model, [f"{name}.block.conv1" for name in names]) as out, record_inputs(model, names) as into:
        model(torch.randn(2, 3, 16, 16), torch.tensor([5, 90]))
    for joint in joints(blocks(model)):
        h = into[joint.name][0]
        b, s = split(model, joint, h[:, : joint.backbone], h[:, joint.backbone :])
        bias = model.get_submodule(joint.name).block.conv1.bias[:, None, None]
        torch.testing.assert_close(b + s + bias, out[f"{joint.name}.block.conv1"][0], rtol=1e-4, atol=1e-5)


def test_shares_by_hand(model: DDPM) -> None:
    """Convolutions that pass one backbone channel on as it is, and one skip channel three times as loud: share ¾."""
    made = build()
    joint = joints(blocks(made))[0]
    inner = made.get_submodule(joint.name).block
    inner.norm1 = torch.nn.Identity()
    inner.conv1.weight.zero_()
    inner.conv1.weight[0, 0, 1, 1], inner.conv1.weight[1, joint.backbone, 1, 1] = 1, 3
    x, t = chain(made)
    seen = join(list(activations(made, x[:, 0], t)))
    names = [block.name for block in seen.blocks]
    ones = [np.ones_like(values) for values in seen.values]
    assert shares(made, replace(seen, values=tuple(ones)))[:, 0] == pytest.approx(0.75)
    ones[names.index(joint.skip)][:] = 0  # silu(0) is 0
    assert shares(made, replace(seen, values=tuple(ones)))[:, 0].tolist() == [0] * 4


def test_there_is_a_share_for_every_frame_and_joint(model: DDPM) -> None:
    x, t = chain(model)
    found = shares(model, join(list(activations(model, x[:, 0], t))))
    assert found.shape == (4, 4)
    assert ((found > 0) & (found < 1)).all()
    bare = build(skips=False)
    assert shares(bare, join(list(activations(bare, x[:, 0], t)))).shape == (4, 0)


def test_faders_at_one_change_no_bit(model: DDPM) -> None:
    names = [joint.name for joint in joints(blocks(model))]
    assert edits(model, Faders(1.0, dict.fromkeys(names, 1.0))) == {}
    plain = [frame.x_t for frame in trajectory(model, seeds=[0], steps=4)]
    even = Faders(shuffled=frozenset(names))
    twins = [frame.x_t for frame in faded(model, even, seeds=[0, 0], steps=4)]  # each gets the skip of its twin
    pair = [frame.x_t for frame in trajectory(model, seeds=[0, 0], steps=4)]
    assert all(np.array_equal(a, b) for a, b in zip(twins, pair, strict=True))
    back = [frame.x_t for frame in faded(model, Faders(), seeds=[0], steps=4)]
    assert all(np.array_equal(a, b) for a, b in zip(back, plain, strict=True))


def test_a_fader_multiplies_its_part_alone(model: DDPM) -> None:
    joint = joints(blocks(model))[1]
    x, t = torch.randn(2, 3, 16, 16), torch.tensor([5, 5])

    def entering(faders: Faders) -> torch.Tensor:
        hooks = edits(model, faders)
        with record_inputs(model, [joint.name]) as into:
            model(x, t)
        return hooks[joint.name](into[joint.name][0]), into[joint.name][0]

    at = joint.backbone
    after, before = entering(Faders(0.5, {joint.name: 2.0}))
    assert torch.equal(after[:, :at], before[:, :at] / 2)
    assert torch.equal(after[:, at:], before[:, at:] * 2)
    after, before = entering(Faders(shuffled=frozenset({joint.name})))
    assert torch.equal(after[:, :at], before[:, :at])
    assert torch.equal(after[:, at:], before[:, at:].flip(0))  # of two, each gets the other's


def test_silence_equals_weights_that_were_taken_out() -> None:
    """Without normalisation a skip of zeros is the same as a convolution that has no weights for it."""
    made, cut = build(norm=False), build(norm=False)
    joint = joints(blocks(made))[2]
    inner = cut.get_submodule(joint.name).block
    for conv in (inner.conv1, inner.shortcut):
        conv.weight[:, joint.backbone :] = 0
    settings = {"seeds": [0], "steps": 3}
    silent = [frame.x_t for frame in faded(made, Faders(skips={joint.name: 0.0}), **settings)]
    without = [frame.x_t for frame in trajectory(cut, **settings)]
    plain = [frame.x_t for frame in trajectory(made, **settings)]
    np.testing.assert_allclose(silent, without, rtol=1e-4, atol=1e-5)
    assert np.abs(np.array(silent) - plain).max() > 1e-3


@pytest.mark.parametrize("mode", ["zero", "shuffle"])
def test_harm_is_the_relative_change_of_the_prediction(model: DDPM, mode: str) -> None:
    x, t = chain(model, seeds=(0, 1))
    *_, found = harm(model, x, t, mode)
    assert found.noise.shape == found.x0.shape == (4, 4)
    joint = joints(blocks(model))[3]
    assert found.names[3] == joint.name
    state = torch.from_numpy(x[2].transpose(0, 3, 1, 2).copy())
    denoise = model.denoiser()
    whole = denoise(state, int(t[2]))
    at = joint.backbone

    def lose(module: torch.nn.Module, args: tuple) -> tuple:
        lost = args[0].clone()
        lost[:, at:] = 0 if mode == "zero" else lost[:, at:].flip(0)
        return (lost, *args[1:])

    handle = model.get_submodule(joint.name).register_forward_pre_hook(lose)
    changed = denoise(state, int(t[2]))
    handle.remove()
    assert found.x0[2, 3] == pytest.approx(float((changed - whole).norm() / whole.norm()), rel=1e-5)
    eps, eps_changed = (denoise.schedule.predict_eps(state, int(t[2]), x0) for x0 in (whole, changed))
    assert found.noise[2, 3] == pytest.approx(float((eps_changed - eps).norm() / eps.norm()), rel=1e-5)


def test_shuffling_twins_harms_nothing(model: DDPM) -> None:
    x, t = chain(model, seeds=(5, 5))
    *_, found = harm(model, x, t, "shuffle")
    assert not found.noise.any()


def test_no_hook_is_there_between_two_frames(model: DDPM) -> None:
    frames = faded(model, Faders(0.5), seeds=[0], steps=4)
    next(frames)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    frames.close()


@pytest.mark.parametrize(
    ("faders", "error", "says"),
    [
        (Faders(2.5), ValueError, "at 2.5; allowed: 0 to 2"),
        (Faders(skips={"net.up.0": float("nan")}), ValueError, "at nan"),
        (Faders(skips={"net.down.0": 1.0}), LookupError, "No skip enters 'net.down.0'; skips enter: net.up.0"),
        (Faders(shuffled=frozenset({"net.up.0"})), ValueError, "1 seed"),
    ],
)
def test_faders_that_cannot_be_are_refused_at_the_call(
    model: DDPM, faders: Faders, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        faded(model, faders, seeds=[0], steps=4)


def test_harm_says_what_it_needs(model: DDPM) -> None:
    x, t = chain(model)
    with pytest.raises(ValueError, match="allowed: zero, shuffle"):
        harm(model, x, t, "burn")
    with pytest.raises(ValueError, match="2 to shuffle"):
        harm(model, x, t, "shuffle")
