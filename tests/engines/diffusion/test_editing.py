"""Fusion keeps the noise it should; inversion comes back to where it started."""

import pytest
import torch
from torch import Tensor

from engines.diffusion.editing import fuse, fuse_noised, invert
from engines.diffusion.samplers import ddim
from engines.diffusion.schedules import schedule, timesteps
from engines.noise import NoiseSource

S = schedule("cosine")


class GaussianDenoiser:
    """The exact posterior mean for data N(0, 0.5²)."""

    schedule = S

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        a = S.at(t, x_t)
        return a.sqrt() * 0.25 / (a * 0.25 + 1 - a) * x_t


@pytest.mark.parametrize(("noise", "std"), [("shared", 1.0), ("rescaled", 1.0), ("independent", 0.5**0.5)])
def test_the_noise_left_in_the_middle_is_the_known_one(noise: str, std: float) -> None:
    black = torch.zeros(1, 3, 128, 128)
    mixed = fuse_noised(GaussianDenoiser(), black, black, 0.5, 600, NoiseSource([0]), noise)
    assert mixed.std().item() == pytest.approx(std * float((1 - S.at(600)).sqrt()), rel=0.02)


@pytest.mark.parametrize("lam", [0.0, 1.0])
def test_the_ends_are_the_parents_noised(lam: float) -> None:
    a, b = torch.full((1, 3, 4, 4), 0.5), torch.full((1, 3, 4, 4), -0.5)
    mixed = fuse_noised(GaussianDenoiser(), a, b, lam, 300, NoiseSource([3]))
    torch.testing.assert_close(mixed, S.q_sample(b if lam else a, 300, NoiseSource([3])(a)))


def test_fusion_ends_in_a_picture() -> None:
    a, b = torch.full((2, 3, 4, 4), 0.5), torch.full((2, 3, 4, 4), -0.5)
    *_, last = fuse(GaussianDenoiser(), a, b, 0.5, timesteps(1000, 20)[10:], NoiseSource([0, 1]))
    assert last.t == -1
    assert torch.isfinite(last.x_t).all()


def test_a_wrong_mix_says_what_is_allowed() -> None:
    x = torch.zeros(1, 3, 4, 4)
    with pytest.raises(ValueError, match="0 \\(all a\\) to 1"):
        fuse_noised(GaussianDenoiser(), x, x, 1.5, 10, NoiseSource([0]))
    with pytest.raises(ValueError, match="shared, independent, rescaled"):
        fuse_noised(GaussianDenoiser(), x, x, 0.5, 10, NoiseSource([0]), "none")


def test_ddim_gives_an_inverted_picture_back() -> None:
    times = timesteps(1000, 50)
    x0 = 0.5 * torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    *_, top = invert(GaussianDenoiser(), x0, times)
    assert top.t == 999
    *_, last = ddim(GaussianDenoiser(), top.x_t, times, 0.0, NoiseSource([0, 1]))
    torch.testing.assert_close(last.x_t, x0, rtol=0.02, atol=0.02)
