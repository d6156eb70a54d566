"""Feature maps by replay, and their measures against numbers made by hand and against scikit-learn."""

import threading

import numpy as np
import pytest
import torch

from engines.diffusion.model import DDPM, DDPMConfig
from engines.introspect.capture import record
from engines.introspect.features import activations, decibel, join, overall, principal, statistics
from engines.introspect.trajectory import trajectory
from engines.models.unet import UNetConfig


@pytest.fixture(scope="module")
def model() -> DDPM:
    torch.manual_seed(0)
    unet = UNetConfig(
        16, model_channels=16, multipliers=(1, 2), attention=(8,), heads=2, classes=2, conditioning="embedding"
    )
    made = DDPM(DDPMConfig(unet, num_timesteps=100))
    for p in made.parameters():
        if not p.any():
            torch.nn.init.normal_(p, std=0.1)
    return made.eval().requires_grad_(False)


def states(model: DDPM, label: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    frames = list(trajectory(model, seeds=[3], steps=6, label=label))[:-1]
    return np.concatenate([frame.x_t for frame in frames]), np.array([frame.t for frame in frames])


@pytest.mark.parametrize("label", [None, 1])
def test_what_is_replayed_is_what_passed_when_the_chain_was_made(model: DDPM, label: int | None) -> None:
    x_t, t = states(model, label)
    seen = join(list(activations(model, x_t, t, label)))
    with record(model, ["net.up.1", "net.head"]) as heard:
        list(trajectory(model, seeds=[3], steps=6, label=label))
    assert len(seen) == 6
    for name, values in heard.items():
        np.testing.assert_allclose(seen.of(name), torch.cat(values).numpy(), rtol=2e-3, atol=2e-3)


def test_the_head_holds_what_the_model_says(model: DDPM) -> None:
    x_t, t = states(model)
    seen = join(list(activations(model, x_t, t)))
    said = model(torch.from_numpy(x_t.transpose(0, 3, 1, 2).copy()), torch.from_numpy(t))
    np.testing.assert_allclose(seen.of("net.head"), said.numpy(), rtol=2e-3, atol=2e-3)
    assert all(values.dtype == np.float16 for values in seen.values)


def test_looking_leaves_no_trace(model: DDPM) -> None:
    before = {name: p.clone() for name, p in model.named_parameters()}
    x_t, t = states(model)
    looking = activations(model, x_t, t)
    next(looking)  # half-way
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    list(looking)
    again, _ = states(model)
    assert np.array_equal(again, x_t)
    assert not model.training
    for name, p in model.named_parameters():
        assert torch.equal(p, before[name])
        assert p.grad is None


def test_two_people_look_at_once_and_see_their_own(model: DDPM) -> None:
    x_t, t = states(model)
    alone = join(list(activations(model, x_t, t)))
    far = join(list(activations(model, -x_t, t)))
    seen = {}

    def look(name: str, x: np.ndarray) -> None:
        seen[name] = [join(list(activations(model, x, t))) for _ in range(5)]

    people = [threading.Thread(target=look, args=pair) for pair in (("a", x_t), ("b", -x_t))]
    for person in people:
        person.start()
    for person in people:
        person.join()
    for name, truth in (("a", alone), ("b", far)):
        for one in seen[name]:
            np.testing.assert_allclose(one.of("net.up.0"), truth.of("net.up.0"), atol=1e-2)


@pytest.mark.parametrize(("t", "says"), [([100], "allowed: 0 to 99"), ([-1], "allowed: 0 to 99"), ([1, 2], "needed")])
def test_states_that_do_not_fit_are_refused_at_the_call(model: DDPM, t: list[int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        activations(model, np.zeros((1, 16, 16, 3), np.float32), np.array(t))


def test_statistics_by_hand() -> None:
    """Channel a is 3, −1, 0, 2: mean 1, variance (4 + 4 + 1 + 1)/4; channel b is 0 throughout."""
    values = np.array([[[[3, -1], [0, 2]], [[0, 0], [0, 0]]]], np.float16)
    found = statistics(values)
    assert found.mean.tolist() == [[1, 0]]
    assert found.std[0] == pytest.approx([2.5**0.5, 0])
    assert found.max.tolist() == [[3, 0]]
    assert found.dead.tolist() == [[0.25, 1]]
    together = overall(values)
    assert (together.mean.item(), together.max.item(), together.dead.item()) == (0.5, 3, 5 / 8)
    assert together.std.item() == pytest.approx((14 / 8 - 0.25) ** 0.5)


def test_dead_is_measured_against_the_layer_not_the_channel() -> None:
    values = np.stack([np.full((4, 4), 100.0), np.full((4, 4), 0.5), np.full((4, 4), 1.0)])[None]
    assert statistics(values).dead.tolist() == [[0, 1, 0]]  # a hundredth of the RMS is 0.577


def test_decibels_by_hand() -> None:
    """1, −10, 0.1 and 0 with the RMS √(101.01/4)."""
    rms = 10 * np.log10(101.01 / 4)
    found = decibel(np.array([1, -10, 0.1, 0]).reshape(1, 1, 2, 2))
    assert found.ravel() == pytest.approx([-rms, 20 - rms, -20 - rms, -60])
    assert decibel(np.zeros((1, 1, 2, 2))).max() == -60


def test_the_components_are_scikit_learn_s_and_their_signs_are_fixed() -> None:
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(4, 64, 3)) * (5, 2, 1) @ rng.normal(size=(3, 6)) + 7
    values = mixed.reshape(4, 8, 8, 6).transpose(0, 3, 1, 2)
    found = principal(values)
    even = mixed - mixed.mean(1, keepdims=True)
    even /= np.sqrt(np.square(even).mean((1, 2), keepdims=True))
    fitted = PCA(3).fit(even.reshape(-1, 6))
    assert found.explained == pytest.approx(fitted.explained_variance_ratio_, rel=1e-3)
    signs = np.sign(np.take_along_axis(fitted.components_, np.abs(fitted.components_).argmax(1)[:, None], 1))
    score = fitted.transform(even.reshape(-1, 6)).reshape(4, 64, 3) * signs.T
    share = 0.5 + score / (2 * np.quantile(np.abs(score), 0.99, axis=1, keepdims=True))
    assert np.abs(found.rgb.reshape(4, 64, 3) - (255 * share).clip(0, 255)).max() <= 1
    turned = principal(values[::-1].copy())  # the same points in another order
    assert np.abs(turned.rgb[::-1].astype(int) - found.rgb).max() <= 1


def test_one_basis_serves_all_frames_and_a_faint_frame_shows_as_well() -> None:
    """Channel 0 falls from left to right in the first frame, rises faintly in the second: red does the same."""
    ramp = np.array([3.0, 1.0, -1.0, -3.0])
    values = np.zeros((2, 5, 1, 4))
    values[0, 0, 0], values[1, 0, 0] = ramp + 50, -0.01 * ramp
    found = principal(values)
    red = found.rgb[:, 0, :, 0].astype(int)
    assert (np.diff(red[0]) < 0).all()
    assert np.abs(red[1] - red[0, ::-1]).max() <= 1
    assert (found.rgb[..., 1:] == 128).all()
    assert found.explained == pytest.approx([1, 0, 0])


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_flat_layer_is_grey(channels: int) -> None:
    found = principal(np.ones((2, channels, 3, 3)))
    assert (found.rgb == 128).all()
    assert found.explained.tolist() == [0, 0, 0]
