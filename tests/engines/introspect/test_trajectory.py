"""Chains as arrays: seeds, photos, forks, and what is refused."""

import numpy as np
import pytest
import torch

from engines.diffusion.model import DDPM, DDPMConfig
from engines.images import quantise, to_tensor
from engines.introspect.trajectory import Frame, Resume, entry, noised, trajectory
from engines.models.unet import UNetConfig


@pytest.fixture(scope="module")
def model() -> DDPM:
    torch.manual_seed(0)
    unet = UNetConfig(
        image_size=16,
        model_channels=16,
        multipliers=(1, 2),
        attention=(8,),
        heads=2,
        classes=2,
        conditioning="embedding",
    )
    made = DDPM(DDPMConfig(unet, num_timesteps=100))
    for p in made.parameters():
        if not p.any():
            torch.nn.init.normal_(p, std=0.05)
    return made.eval().requires_grad_(False)


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)


def frames(model: DDPM, **options: object) -> list[Frame]:
    return list(trajectory(model, **{"seeds": [0], "steps": 8, **options}))


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpmpp", "heun"])
def test_the_same_seed_is_the_same_picture_alone_and_in_a_batch(model: DDPM, sampler: str) -> None:
    alone = frames(model, seeds=[7], sampler=sampler, eta=0.5)[-1]
    among = frames(model, seeds=[5, 6, 7, 8], sampler=sampler, eta=0.5)[-1]
    assert np.abs(quantise(alone.x_t[0]).astype(int) - quantise(among.x_t[2])).max() <= 1


def test_frames_count_up_and_end_at_the_picture(model: DDPM) -> None:
    chain = frames(model)
    assert [frame.index for frame in chain] == list(range(9))
    assert {frame.total for frame in chain} == {8}
    assert (chain[0].t, chain[-1].t, chain[-1].alpha_bar) == (99, -1, 1.0)
    assert np.array_equal(chain[-1].x_t, chain[-1].x0)
    assert not chain[-1].eps.any()


@pytest.mark.parametrize("sampler", ["ddim", "heun"])
def test_entering_a_one_step_method_in_the_middle_changes_nothing(model: DDPM, sampler: str) -> None:
    whole = frames(model, sampler=sampler)
    rest = frames(model, sampler=sampler, resume=Resume(3, whole[3].x_t))
    assert [frame.index for frame in rest] == list(range(3, 9))
    np.testing.assert_allclose(rest[-1].x_t, whole[-1].x_t, atol=1e-5)


def test_children_of_one_state_differ_when_the_sampler_draws_fresh_noise(model: DDPM) -> None:
    parent = frames(model, sampler="ddpm")[4]
    resume = Resume(4, parent.x_t.repeat(3, axis=0))
    *_, last = frames(model, sampler="ddpm", seeds=[10, 11, 12], resume=resume)
    assert last.x_t.std(axis=0).max() > 0.01


def test_a_photo_starts_noised_to_the_chosen_step(model: DDPM, photo: np.ndarray) -> None:
    chain = frames(model, photo=photo, start=0.5)
    assert chain[0].index == entry(8, 0.5) == 4
    a = chain[0].alpha_bar
    eps = (chain[0].x_t[0] - a**0.5 * to_tensor(photo[None])[0].permute(1, 2, 0).numpy()) / (1 - a) ** 0.5
    assert abs(eps.mean()) < 0.15
    assert abs(eps.std() - 1) < 0.1


def test_the_forward_process_ends_where_the_reverse_begins(model: DDPM, photo: np.ndarray) -> None:
    chain = frames(model, photo=photo, start=0.5, seeds=[4])
    path = noised(model, photo, 4, [-1, 20, chain[0].t])
    assert np.array_equal(quantise(path[0]), photo)
    np.testing.assert_allclose(path[-1], chain[0].x_t[0], atol=1e-6)


def test_classes_and_guidance_change_the_picture(model: DDPM) -> None:
    pictures = [frames(model, **o)[-1].x_t for o in ({}, {"label": 0}, {"label": 1}, {"label": 1, "guidance": 3.0})]
    for i, a in enumerate(pictures):
        assert all(np.abs(a - b).max() > 1e-3 for b in pictures[:i])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sampler": "euler"}, "allowed: dpmpp, ddim, ddpm, heun"),
        ({"steps": 101}, "1 to 100"),
        ({"eta": 2.0}, "0 \\(no fresh noise\\) to 1"),
        ({"label": 2}, "2 classes"),
        ({"guidance": 2.0}, "needs a class"),
        ({"photo": np.zeros((8, 8, 3), np.uint8)}, "takes 16×16"),
        ({"photo": np.zeros((16, 16, 3), np.uint8), "start": 0.0}, "above 0"),
        ({"resume": Resume(9, np.zeros((1, 16, 16, 3)))}, "frames 0 to 7"),
        ({"resume": Resume(2, np.zeros((1, 8, 8, 3)))}, "needed"),
    ],
)
def test_what_is_out_of_range_is_refused_at_the_call(model: DDPM, options: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        trajectory(model, **{"seeds": [0], "steps": 8, **options})


def test_looking_leaves_no_trace(model: DDPM) -> None:
    before = {k: v.clone() for k, v in model.state_dict().items()}
    frames(model)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert not model.training
    assert all(p.grad is None for p in model.parameters())
    assert torch.is_grad_enabled()
