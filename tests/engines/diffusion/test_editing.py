"""Fusion keeps the noise it should; inversion comes back to where it started."""

import math

import pytest
import torch
from torch import Tensor

from engines.diffusion.editing import fuse_noised, invert
from engines.diffusion.samplers import ddim
from engines.diffusion.schedules import schedule, timesteps
from engines.noise import NoiseSource, noise

S = schedule("cosine")


class GaussianDenoiser:
    """The exact posterior mean for data N(0, 0.5²)."""

    schedule = S

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        self.calls += 1
        a = S.at(t, x_t)
        return a.sqrt() * 0.25 / (a * 0.25 + 1 - a) * x_t


@pytest.mark.parametrize(("kind", "std"), [("shared", 1.0), ("rescaled", 1.0), ("independent", 0.5**0.5)])
def test_the_noise_left_in_the_middle_is_the_known_one(kind: str, std: float) -> None:
    black, half = torch.zeros(1, 3, 128, 128), torch.full((1, 1, 1, 1), 0.5)
    eps_a, eps_b = (noise([0], (3, 128, 128), stream) for stream in (0, 2))
    mixed = fuse_noised(S, black, black, half, 600, eps_a, eps_b, kind)
    assert mixed.std().item() == pytest.approx(std * float((1 - S.at(600)).sqrt()), rel=0.02)


@pytest.mark.parametrize("lam", [0.0, 1.0])
def test_the_ends_are_the_parents_noised(lam: float) -> None:
    a, b = torch.full((1, 3, 4, 4), 0.5), torch.full((1, 3, 4, 4), -0.5)
    eps = noise([3], (3, 4, 4))
    mixed = fuse_noised(S, a, b, torch.full((1, 1, 1, 1), lam), 300, eps, -eps, "shared")
    torch.testing.assert_close(mixed, S.q_sample(b if lam else a, 300, eps))


def test_a_mask_mixes_pixel_by_pixel() -> None:
    a, b, mask = torch.full((1, 3, 4, 4), 0.5), torch.full((1, 3, 4, 4), -0.5), torch.zeros(1, 1, 4, 4)
    mask[..., 2:] = 1
    mixed = fuse_noised(S, a, b, mask, 300, torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4), "shared")
    root = float(S.at(300).sqrt())
    assert mixed[0, 0, 0].tolist() == pytest.approx([0.5 * root, 0.5 * root, -0.5 * root, -0.5 * root])


def test_a_wrong_mix_says_what_is_allowed() -> None:
    x, lam = torch.zeros(1, 3, 4, 4), torch.full((1, 1, 1, 1), 1.5)
    with pytest.raises(ValueError, match="0 \\(all a\\) to 1"):
        fuse_noised(S, x, x, lam, 10, x, x, "shared")
    with pytest.raises(ValueError, match="shared, independent, rescaled"):
        fuse_noised(S, x, x, lam, 10, x, x, "none")


@pytest.mark.parametrize("steps", [10, 20, 50])
def test_ddim_gives_an_inverted_picture_back(steps: int) -> None:
    times = timesteps(1000, steps)
    x0 = 0.5 * torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    *_, top = invert(GaussianDenoiser(), x0, times, settled=1e-6, rounds=50)
    assert top.t == 999
    *_, last = ddim(GaussianDenoiser(), top.x_t, times, 0.0, NoiseSource([0, 1]))
    torch.testing.assert_close(last.x_t, x0, rtol=1e-3, atol=1e-3)


def test_a_step_of_the_inversion_is_the_closed_form_of_the_gaussian() -> None:
    """DDIM multiplies a Gaussian's x_t by a number; up is one over that number."""
    x_s, (s, t) = torch.tensor([[[[1.0]]]]), (299, 499)
    a_s, a_t = float(S.at(s)), float(S.at(t))
    share = math.sqrt(a_t) * 0.25 / (a_t * 0.25 + 1 - a_t)
    factor = math.sqrt(a_s) * share + math.sqrt(1 - a_s) * (1 - math.sqrt(a_t) * share) / math.sqrt(1 - a_t)
    *_, up = invert(GaussianDenoiser(), x_s, [t, s], settled=1e-7, rounds=100)
    assert float(up.x_t) == pytest.approx(1 / factor, rel=1e-5)


def test_rounds_end_where_nothing_changes_any_more() -> None:
    calm, strict = GaussianDenoiser(), GaussianDenoiser()
    x0 = 0.5 * torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    assert len(list(invert(calm, x0, timesteps(1000, 20), settled=1e9))) == calm.calls == 20
    assert len(list(invert(strict, x0, timesteps(1000, 20), settled=0, rounds=3))) == strict.calls == 60
