"""Fusion by a mask against an exact denoiser, for which every chain has a closed form."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engines import checkpoints
from engines.diffusion.schedules import schedule, timesteps
from engines.families import FAMILIES
from engines.fusion import ways
from engines.fusion.masked import METHODS, by_halves, entries, grid_of, mixed_noise, path
from engines.fusion.masked_film import GROUP, film, passes
from engines.fusion.regions import Pair, pair
from engines.fusion.ways import Parent, Settings
from engines.images import to_uint8
from engines.noise import noise

STD = 0.5  # of the data that the exact denoiser knows
SETTINGS = Settings(steps=10, seed=3)


class Gaussian:
    """A net for data N(0, ½²), pixel by pixel: its prediction is the exact posterior mean."""

    shape = (3, 16, 16)
    device = torch.device("cpu")

    def __init__(self, zero: bool = False) -> None:
        self.schedule = schedule("cosine", 1000, zero)

    def denoiser(self, labels: Sequence[int] | None = None, clip: bool = True) -> Any:
        denoise = lambda x_t, t: self.share(t) * x_t  # noqa: E731
        return type("Exact", (), {"schedule": self.schedule, "__call__": lambda self, x_t, t: denoise(x_t, t)})()

    def share(self, t: int) -> float:
        a = float(self.schedule.at(t))
        return a**0.5 * STD**2 / (a * STD**2 + 1 - a)

    def factor(self, grid: Sequence[int]) -> float:
        """What DDIM multiplies a state by on its way down `grid`."""
        product = 1.0
        for t, s in pairwise(grid):
            a_t, a_s = float(self.schedule.at(t)), float(self.schedule.at(s))
            k = self.share(t)
            product *= a_s**0.5 * k + (1 - a_s) ** 0.5 * (1 - a_t**0.5 * k) / (1 - a_t) ** 0.5
        return product


def parents(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return tuple(rng.integers(70, 190, (16, 16, 3)).astype(np.uint8) for _ in range(2))


def halves(soft: bool = False) -> np.ndarray:
    mask = np.zeros((16, 16), np.float32)
    mask[:, 8:] = 1
    if soft:
        mask[:, 7], mask[:, 8] = 0.25, 0.75
    return mask


def made(net: Any, name: str, two: Pair, starts: Sequence[float], settings: Settings = SETTINGS) -> tuple:
    """The film's pictures and noise, with the promises that every step has to keep."""
    method, codes = METHODS[name], []
    for x in (two.a, two.b) if method.codes else ():
        *_, last = path(net, Parent(to_uint8(x[None])[0]), starts, settings)
        codes.append(last.code)
    steps = list(film(net, method, two, codes, starts, settings))
    assert [step.done for step in steps] == list(range(1, steps[-1].total + 1))
    assert steps[-1].total == passes(net, method, starts, settings)
    done = [step for step in steps if step.ready]
    order = np.concatenate([step.at for step in done]).argsort()
    assert len(order) == len(starts)
    return tuple(np.concatenate([getattr(step, name) for step in done])[order] for name in ("pictures", "noise"))


def test_a_chain_in_noise_is_the_closed_form() -> None:
    net, two = Gaussian(), pair(Gaussian(), *parents(), halves(soft=True))
    pictures, _ = made(net, "noise", two, [0, 0.3, 1])
    grid, eps = timesteps(1000, 10), noise([3], (3, 16, 16))
    assert np.array_equal(pictures[0], to_uint8(two.collage[None])[0])
    for picture, entry in zip(pictures[1:], (7, 0), strict=True):
        x_t = net.schedule.q_sample(two.collage[None], grid[entry], eps)
        wanted = to_uint8(net.factor(grid[entry:]) * x_t)[0]
        assert np.abs(picture.astype(int) - wanted).max() <= 1


def test_what_is_held_stays_its_owner_and_only_the_seam_is_drawn() -> None:
    net, two = Gaussian(), pair(Gaussian(), *parents(), halves(soft=True))
    pictures, _ = made(net, "held", two, [0])
    seam = two.seam.numpy()
    assert np.array_equal(pictures[0][~seam], to_uint8(two.cut[None])[0][~seam])
    drawn = to_uint8(net.factor(timesteps(1000, 10)) * noise([3], (3, 16, 16)))[0]
    assert np.abs(pictures[0][seam].astype(int) - drawn[seam]).max() <= 1


def test_let_go_half_way_what_was_held_runs_on_as_any_noised_picture() -> None:
    net, two = Gaussian(), pair(Gaussian(), *parents(), halves())
    pictures, _ = made(net, "held", two, [0.5])
    grid, eps, seam = timesteps(1000, 10), noise([3], (3, 16, 16)), two.seam.numpy()
    side = to_uint8(net.factor(grid[5:]) * net.schedule.q_sample(two.cut[None], grid[5], eps))[0]
    middle = to_uint8(net.factor(grid) * eps)[0]
    assert np.abs(pictures[0][~seam].astype(int) - side[~seam]).max() <= 1
    assert np.abs(pictures[0][seam].astype(int) - middle[seam]).max() <= 1


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("owner", [0, 1])
def test_inverted_noises_of_one_owner_give_that_parent_back(owner: int, zero: bool) -> None:
    """Also where the last step of the chain shows nothing of a picture, which has no way back."""
    net, both = Gaussian(zero), parents()
    two = pair(net, *both, np.full((16, 16), float(owner), np.float32))
    pictures, left = made(net, "sphere", two, [0, 0.2, 0.6, 1])
    assert np.abs(pictures.astype(int) - both[owner]).max() <= 2
    assert np.isnan(left).all()  # there is no seam at which to measure


def test_a_way_back_is_picture_and_noise_at_each_start() -> None:
    net = Gaussian()
    picture = parents()[0]
    *_, last = path(net, Parent(picture), [0, 0.5, 1], SETTINGS)
    assert last.done == last.total
    assert np.array_equal(to_uint8(last.code[:1, 0])[0], picture)
    assert not last.code[0, 1].any()
    grid = timesteps(1000, 10)
    for (x0, eps), entry in zip(last.code[1:], (5, 0), strict=True):
        a = float(net.schedule.at(grid[entry]))
        x_t = a**0.5 * x0 + (1 - a) ** 0.5 * eps
        wanted = last.code[0, 0] / net.factor(grid[entry:])
        torch.testing.assert_close(x_t, wanted, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("m", [0.0, 0.1, 0.5, 0.8, 1.0])
def test_mixed_noise_keeps_its_strength_which_straight_mixing_does_not(m: float) -> None:
    a, b = noise([0, 1], (3, 128, 128))
    mask = torch.full((1, 128, 128), m)
    assert mixed_noise(a, b, mask).std().item() == pytest.approx(1, abs=0.01)
    assert ((1 - m) * a + m * b).std().item() == pytest.approx((m**2 + (1 - m) ** 2) ** 0.5, abs=0.01)
    torch.testing.assert_close(mixed_noise(a, a, mask), a)  # √m + √(1 − m) times too strong without ρ
    half = (a + b) / 2**0.5  # correlated with a by 0.71
    assert mixed_noise(a, half, mask).std().item() == pytest.approx(1, abs=0.01)


def test_noise_where_both_own_a_pixel() -> None:
    codes = torch.zeros(2, 1, 2, 3, 128, 128)
    codes[:, 0, 1] = noise([0, 1], (3, 128, 128))
    mask = torch.zeros(1, 128, 128)
    mask[:, :, 64:] = 1
    hard = Pair(codes[0, 0, 0], codes[1, 0, 0], mask)
    assert np.isnan(by_halves(hard, *codes)).all()
    mask[:, 30:98, 30:98] = 0.5
    ((full, straight),) = by_halves(Pair(codes[0, 0, 0], codes[1, 0, 0], mask), *codes)
    assert (full, straight) == (pytest.approx(1, abs=0.02), pytest.approx(0.5**0.5, abs=0.02))


@pytest.fixture(scope="module")
def net(tiny_home: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISKER_HOME", str(tiny_home))
        yield checkpoints.load("tiny").net


@pytest.mark.parametrize("name", METHODS)
def test_a_picture_is_the_same_in_any_company(name: str, net: Any) -> None:
    two = pair(net, *parents(), halves(soft=True))
    starts = np.linspace(0, 1, 11).tolist()
    many, left = made(net, name, two, starts)
    assert len(starts) > GROUP
    for i in (0, 4, 10):
        one, alone = made(net, name, two, starts[i : i + 1])
        assert np.array_equal(one[0], many[i])
        assert np.array_equal(alone[0], left[i], equal_nan=True)
    assert np.isfinite(left[1:]).all()
    assert np.isnan(left[0])


def test_an_even_mask_is_the_way_of_shared_noise(net: Any) -> None:
    """λ all over the picture: what `engines.fusion.noised` draws by the sampler of its own."""
    a, b = parents()
    two, settings = pair(net, a, b, np.full((16, 16), 0.3, np.float32)), Settings(10, 0.6, "ddim", 5, 1)
    ours, _ = made(net, "noise", two, [0.6], settings)
    *_, theirs = ways.walk(FAMILIES["ddpm"].ways["shared"], net, two.a, two.b, [0.3], settings)
    assert np.abs(ours[0].astype(int) - theirs.pictures[0]).max() <= 1
    other, _ = made(net, "noise", two, [0.6], Settings(10, 0.6, "ddim", 5, 0))
    assert not np.array_equal(ours, other)  # the class counts


def test_weights_and_gradients_are_left_alone(net: Any) -> None:
    before = {name: p.clone() for name, p in net.named_parameters()}
    for name in METHODS:
        made(net, name, pair(net, *parents(), halves()), [0.5], Settings(steps=4))
    assert all(torch.equal(p, before[name]) and p.grad is None for name, p in net.named_parameters())
    assert torch.is_grad_enabled()


def test_where_a_chain_enters_and_what_is_refused() -> None:
    net, grid = Gaussian(), timesteps(1000, 10)
    assert entries(grid, [0, 0.01, 0.5, 1], SETTINGS) == [10, 9, 5, 0]
    dark = Gaussian(zero=True)
    short = grid_of(dark, METHODS["sphere"], SETTINGS)
    assert len(short) == len(grid) - 1
    assert entries(short, [0, 0.1, 0.9, 1], SETTINGS) == [9, 8, 0, 0]
    two = pair(net, *parents(), halves())
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="0 \\(the collage\\) to 1"):
            film(net, METHODS["noise"], two, [], [wrong], SETTINGS)


def test_the_strength_of_noise_is_read_at_the_seam_where_the_chain_is_let_go() -> None:
    """The exact denoiser takes of x_t the share that it must; so the noise it sees is known."""
    net, two = Gaussian(), pair(Gaussian(), *parents(), halves(soft=True))
    _, left = made(net, "noise", two, [0.5])
    t = timesteps(1000, 10)[5]
    x_t = net.schedule.q_sample(two.collage[None], t, noise([3], (3, 16, 16)))
    a = float(net.schedule.at(t))
    eps: Tensor = (x_t - a**0.5 * net.share(t) * x_t) / (1 - a) ** 0.5
    assert left[0] == pytest.approx(float(eps[0][:, two.seam].std()), rel=1e-4)
