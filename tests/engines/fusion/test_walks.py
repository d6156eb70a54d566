"""Walks: at a key frame stands its seed's picture, between two what the formula says, and nothing is left behind."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from engines import checkpoints
from engines.diffusion.denoiser import Between
from engines.diffusion.model import DDPM
from engines.diffusion.samplers import ddim
from engines.diffusion.schedules import timesteps
from engines.fusion.mixes import slerp
from engines.fusion.walks import BATCH, Key, Walked, chains, latents
from engines.images import quantise, to_uint8
from engines.introspect.blocks import blocks, joints
from engines.introspect.skips import Faders, faded
from engines.introspect.styles import Style, pictures
from engines.introspect.trajectory import trajectory
from engines.models.dcgan import DCGANConfig
from engines.models.gan import DCGANGANConfig, StyleGAN, StyleGAN2GANConfig, dcgan, stylegan2
from engines.models.stylegan2 import StyleGAN2Config
from engines.noise import NoiseSource, noise


@pytest.fixture(scope="module")
def model(tiny_home: Any) -> Iterator[DDPM]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISKER_HOME", str(tiny_home))
        yield checkpoints.load("tiny").net


def film(walk: Iterator[Walked], frames: int) -> np.ndarray:
    """The finished pictures in their order; each step counted once."""
    steps = list(walk)
    assert [step.done for step in steps] == list(range(1, steps[-1].total + 1))
    done = [step for step in steps if step.ready]
    assert np.concatenate([step.at for step in done]).tolist() == list(range(frames))
    return np.concatenate([step.pictures for step in done])


def last(model: DDPM, seed: int, **settings: Any) -> np.ndarray:
    *_, frame = trajectory(model, seeds=[seed], **settings)
    return quantise(frame.x_t)[0]


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """The same but for what another batch size rounds."""
    return int(np.abs(a.astype(int) - b).max()) <= 1


@pytest.mark.parametrize(("sampler", "eta"), [("dpmpp", 0.0), ("ddim", 1.0), ("ddpm", 0.0), ("heun", 0.0)])
def test_key_frames_are_the_chains_of_their_seeds(model: DDPM, sampler: str, eta: float) -> None:
    """Also with fresh noise, which is that of the first seed: so a stochastic chain is its own only there."""
    settings = {"sampler": sampler, "steps": 5, "eta": eta}
    found = film(chains(model, [Key(3), Key(8), Key(5)], [0, 0.5, 1, 1.5, 2], **settings), 5)
    assert close(found[0], last(model, 3, **settings))
    if sampler in ("dpmpp", "heun"):
        assert close(found[2], last(model, 8, **settings))
        assert close(found[4], last(model, 5, **settings))
    apart = np.abs(np.diff(found.astype(int), axis=0)).mean((1, 2, 3))
    assert (apart > 0.5).all()


def test_between_two_key_frames_noise_lies_on_the_sphere(model: DDPM) -> None:
    found = film(chains(model, [Key(3), Key(8)], [0.25], sampler="ddim", steps=4), 1)
    a, b = noise([3], model.shape)[0], noise([8], model.shape)[0]
    x, times = slerp(a, b, [0.25]), timesteps(model.schedule.steps, 4)
    assert x.norm() == pytest.approx(a.norm().item(), rel=0.05)
    *_, step = ddim(model.denoiser(), x, times, 0.0, NoiseSource([3]))
    assert close(found[0], to_uint8(step.x_t)[0])


def test_classes_are_followed_at_key_frames_and_mixed_between(model: DDPM) -> None:
    keys = [Key(3, label=0), Key(3, label=1), Key(3)]
    found = film(chains(model, keys, [0, 0.5, 1, 2], steps=4, guidance=2.0), 4)
    for i, settings in ((0, {"label": 0}), (2, {"label": 1})):
        assert close(found[i], last(model, 3, steps=4, guidance=2.0, **settings))
    assert close(found[3], last(model, 3, steps=4))
    assert not close(found[0], found[2])
    ends = np.abs(found[0].astype(int) - found[2]).mean()
    assert np.abs(found[1].astype(int) - found[0]).mean() < ends
    assert np.abs(found[1].astype(int) - found[2]).mean() < ends


def test_a_mixed_prediction_by_hand(model: DDPM) -> None:
    x, share = noise([1, 2], model.shape), torch.tensor([0.25, 1.0]).view(-1, 1, 1, 1)
    a, b = model.denoiser([0, 0]), model.denoiser([1, 1])
    mixed = Between(a, b, share)(x, 60)
    torch.testing.assert_close(mixed[0], 0.75 * a(x, 60)[0] + 0.25 * b(x, 60)[0])
    torch.testing.assert_close(mixed[1], b(x, 60)[1])


def test_faders_are_each_pictures_own_and_leave_no_trace(model: DDPM) -> None:
    name = joints(blocks(model))[0].name
    keys = [Key(3), Key(3, backbone=1.5, skips={name: 0.0})]
    before = last(model, 3, steps=4)
    found = film(chains(model, keys, [0, 0.5, 1], steps=4), 3)
    assert close(found[0], before)
    for i, (backbone, skip) in ((1, (1.25, 0.5)), (2, (1.5, 0.0))):
        *_, frame = faded(model, Faders(backbone, {name: skip}), seeds=[3], steps=4)
        assert close(found[i], quantise(frame.x_t)[0])
    assert np.array_equal(last(model, 3, steps=4), before)


def test_a_long_walk_is_cut_where_key_frames_are(model: DDPM) -> None:
    places = np.linspace(0, 2, 2 * BATCH + 5)
    steps = list(chains(model, [Key(1), Key(2), Key(3)], places, steps=2))
    batches = [step.at for step in steps if step.ready]
    assert max(map(len, batches)) == BATCH
    for at in batches:
        assert len({min(int(place), 1) for place in places[at]}) == 1
    alone = film(chains(model, [Key(1), Key(2), Key(3)], [places[7]], steps=2), 1)
    assert close(alone[0], np.concatenate([s.pictures for s in steps if s.ready])[7])


@pytest.mark.parametrize("keys", [[], [Key(1, label=7)], [Key(1, skips={"nose": 0.5})], [Key(1, backbone=3)]])
def test_what_cannot_be_is_said_at_the_call(model: DDPM, keys: Sequence[Key]) -> None:
    with pytest.raises((ValueError, LookupError)):
        chains(model, keys, [0])


def test_places_beyond_the_ends_are_refused(model: DDPM, tiny_gan: StyleGAN) -> None:
    for places in ([-0.1], [1.1], [float("nan")]):
        with pytest.raises(ValueError, match="allow 0 to 1"):
            chains(model, [Key(1), Key(2)], places)
        with pytest.raises(ValueError, match="allow 0 to 1"):
            latents(tiny_gan, [Key(1), Key(2)], places, Style())
    with pytest.raises(ValueError, match="Unknown sampler"):
        chains(model, [Key(1)], [0], sampler="euler")


def test_styles_are_mixed_straight_and_psi_with_them(tiny_gan: StyleGAN) -> None:
    keys = [Key(3, psi=1.0), Key(8, psi=0.5)]
    found = film(latents(tiny_gan, keys, [0, 0.5, 1], Style()), 3)
    assert close(found[0], pictures(tiny_gan, [3], Style())[0])
    assert close(found[2], pictures(tiny_gan, [8], Style(0.5))[0])
    mapping = tiny_gan.generator.mapping
    with torch.no_grad():
        w = mapping.w_avg + 0.75 * (tiny_gan.w([3, 8]).mean(0, keepdim=True) - mapping.w_avg)
        middle = to_uint8(tiny_gan.generator.synthesis(w, "fixed"))[0]
    assert close(found[1], middle)


def test_one_seed_at_two_psi_is_the_truncation_film(tiny_gan: StyleGAN) -> None:
    found = film(latents(tiny_gan, [Key(4, psi=-1.0), Key(4, psi=1.5)], np.linspace(0, 1, 11), Style()), 11)
    assert close(found[4], pictures(tiny_gan, [9], Style(0.0))[0])  # ψ = 0 is the mean, whoever's it is
    assert close(found[8], pictures(tiny_gan, [4], Style(1.0))[0])


def test_cutoff_and_noise_are_the_styles(tiny_gan: StyleGAN) -> None:
    style = Style(cutoff=2, noise="none")
    found = film(latents(tiny_gan, [Key(4, psi=0.2)], [0], style), 1)
    assert close(found[0], pictures(tiny_gan, [4], Style(0.2, 2, "none"))[0])


def test_latents_without_styles_walk_on_the_sphere() -> None:
    torch.manual_seed(0)
    net = dcgan(DCGANGANConfig(DCGANConfig(16, z_dim=32, width=8))).eval().requires_grad_(False)
    found = film(latents(net, [Key(3), Key(8)], [0, 0.3, 1], Style()), 3)
    assert close(found[0], pictures(net, [3], Style())[0])
    assert close(found[2], pictures(net, [8], Style())[0])
    z = slerp(*net.z([3, 8]), [0.3])
    assert close(found[1], to_uint8(net.generator(z))[0])


def test_a_conditional_generator_walks_from_class_to_class() -> None:
    torch.manual_seed(0)
    config = StyleGAN2Config(16, z_dim=16, w_dim=16, channel_base=256, channel_max=32, classes=2)
    net = stylegan2(StyleGAN2GANConfig(config)).eval().requires_grad_(False)
    found = film(latents(net, [Key(3, 0), Key(3, 1)], [0, 1], Style()), 2)
    for picture, label in zip(found, (0, 1), strict=True):
        w = net.generator.mapping(net.z([3]), torch.tensor([label]))
        assert close(picture, to_uint8(net.generator.synthesis(w, "fixed"))[0])
    assert not close(found[0], found[1])
