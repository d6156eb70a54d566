"""Adaptive augmentation: exact moves, frequencies, colours by hand, gradients, and the direction in which p goes."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from engines.noise import generator
from engines.training import transformations
from engines.training.ada import FACES, TRANSFORMATIONS, Adaptive, augment
from engines.training.transformations import colours, geometry
from engines.training.warps import recolour, warp


def pictures(n: int = 4, size: int = 16) -> Tensor:
    return torch.rand(n, 3, size, size, generator=generator(0)) * 2 - 1


def inverse(*rows: tuple[float, float, float]) -> Tensor:
    return torch.tensor([[*rows, (0.0, 0.0, 1.0)]])


def test_nothing_happens_at_p_zero() -> None:
    x = pictures()
    assert augment(x, 0.0, generator(1), TRANSFORMATIONS) is x


def test_a_picture_that_is_spared_stays_as_it_is_bit_for_bit() -> None:
    x = pictures(64)
    y = augment(x, 0.05, generator(1), ("flip", "rotate", "scale"))
    same = (x == y).flatten(1).all(1)
    assert 40 < same.sum() < 64


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_each_transformation_changes_pictures_keeps_their_shape_and_passes_gradients(name: str) -> None:
    x = pictures(8).requires_grad_()
    y = augment(x, 1.0, generator(3), [name])
    assert y.shape == x.shape
    assert y.dtype == torch.float32
    assert not torch.equal(x, y)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert torch.isfinite(gradient).all()
    assert gradient.flatten(1).any(1).all()


def test_the_gradient_is_right() -> None:
    """Against finite differences: augmentation is affine in the picture, so they are exact."""
    x, step = pictures(4), torch.randn(4, 3, 16, 16, generator=generator(2))
    direction = torch.randn(4, 3, 16, 16, generator=generator(3))
    x.requires_grad_()
    (gradient,) = torch.autograd.grad((augment(x, 0.7, generator(1)) * direction).sum(), x)
    moved = augment((x + step).detach(), 0.7, generator(1)) - augment(x.detach(), 0.7, generator(1))
    assert (gradient * step).sum().item() == pytest.approx((moved * direction).sum().item(), rel=1e-3)


def test_autocast_around_it_changes_nothing() -> None:
    x = pictures(8)
    with torch.autocast("cpu", torch.bfloat16):
        inside = augment(x, 0.9, generator(4), TRANSFORMATIONS)
        half = augment(x.bfloat16(), 0.9, generator(4), TRANSFORMATIONS)
    torch.testing.assert_close(inside, augment(x, 0.9, generator(4), TRANSFORMATIONS), rtol=0, atol=0)
    assert half.dtype == torch.float32


def test_a_flip_is_exact() -> None:
    x = pictures(1)
    torch.testing.assert_close(warp(x, inverse((-1, 0, 0), (0, 1, 0))), x.flip(3), atol=1e-5, rtol=0)


def test_a_quarter_turn_is_exact() -> None:
    """New pixels come from where a clockwise quarter turn leads, so the picture turns counterclockwise."""
    x = pictures(1)
    torch.testing.assert_close(warp(x, inverse((0, -1, 0), (1, 0, 0))), x.rot90(1, (2, 3)), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, -2), (5, 4)])
def test_a_whole_pixel_move_is_exact_and_mirrors_what_comes_in(right: int, down: int) -> None:
    x = pictures(1)
    y = warp(x, inverse((1, 0, -2 * right / 16), (0, 1, -2 * down / 16)))
    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (8, 8), (8, 8)), mode="symmetric")
    expected = padded[:, :, 8 - down : 24 - down, 8 - right : 24 - right]
    np.testing.assert_allclose(y.numpy(), expected, atol=1e-5)


def test_shrinking_to_half_averages_instead_of_skipping() -> None:
    """A checkerboard of single pixels holds nothing that half the resolution could show: grey."""
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    x = (1.0 - 2 * ((rows + columns) % 2)).expand(1, 3, -1, -1)
    y = warp(x, inverse((2, 0, 0), (0, 2, 0)))
    assert y.abs().max() < 0.3
    point = torch.nn.functional.grid_sample(
        x,
        torch.nn.functional.affine_grid(
            inverse((2, 0, 1 / 32), (0, 2, 1 / 32))[:, :2], [1, 3, 32, 32], align_corners=False
        ),
        mode="bicubic",
        padding_mode="reflection",
        align_corners=False,
    )
    assert point.abs().max() > 0.9  # what a single sample per pixel sees


def test_a_flat_picture_stays_flat_whatever_the_move() -> None:
    x = torch.full((16, 3, 16, 16), 0.3)
    names = ("flip", "quarter turn", "shift", "scale", "rotate", "stretch", "slide")
    torch.testing.assert_close(augment(x, 1.0, generator(0), names), x, atol=1e-5, rtol=0)


def turned(names: tuple[str, ...], p: float, n: int = 20_000) -> float:
    """The share of pictures that a geometric change reaches."""
    return (geometry(n, 16, p, generator(5), names) != torch.eye(3)).flatten(1).any(1).float().mean().item()


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("flip", 0.3 / 2),  # a mirror is drawn from two
        ("quarter turn", 0.3 * 3 / 4),
        ("shift", 0.3 * (1 - (1 / 4) ** 2)),  # up to 2 px of 16; a quarter of those round to none
        ("scale", 0.3),
        ("rotate", 0.3),
        ("stretch", 0.3),
        ("slide", 0.3),
    ],
)
def test_geometry_happens_as_often_as_it_should(name: str, share: float) -> None:
    assert turned((name,), 0.3) == pytest.approx(share, abs=0.012)


@pytest.mark.parametrize(
    ("name", "share"), [("brightness", 0.3), ("contrast", 0.3), ("negative", 0.15), ("hue", 0.3), ("saturation", 0.3)]
)
def test_colours_change_as_often_as_they_should(name: str, share: float) -> None:
    changed = (colours(20_000, 0.3, generator(5), [name]) - torch.eye(4)).abs().flatten(1).amax(1) > 1e-6
    assert changed.float().mean().item() == pytest.approx(share, abs=0.012)


def test_changes_are_independent_of_each_other() -> None:
    assert turned(("scale", "slide"), 0.3) == pytest.approx(1 - 0.7**2, abs=0.012)


def test_more_of_the_same_draw_only_adds_changes() -> None:
    few, many = (geometry(500, 16, p, generator(5), ["scale"]) for p in (0.2, 0.6))
    done = (few != torch.eye(3)).flatten(1).any(1)
    torch.testing.assert_close(few[done], many[done], rtol=0, atol=0)


def test_strengths() -> None:
    """Scale and contrast are log-normal in base 2 with σ 0.2 and 0.5; brightness has σ 0.2, a slide an eighth."""
    scale = geometry(20_000, 16, 1.0, generator(1), ["scale"])[:, 0, 0].log2()
    stretch = geometry(20_000, 16, 1.0, generator(1), ["stretch"])
    slide = geometry(20_000, 16, 1.0, generator(1), ["slide"])[:, :2, 2] / 2
    contrast = colours(20_000, 1.0, generator(1), ["contrast"])[:, 0, 0].log2()
    brightness = colours(20_000, 1.0, generator(1), ["brightness"])[:, 0, 3]
    for values, sigma in ((scale, 0.2), (slide, 0.125), (contrast, 0.5), (brightness, 0.2)):
        assert values.std().item() == pytest.approx(sigma, rel=0.03)
        assert abs(values.mean().item()) < 0.02
    torch.testing.assert_close(stretch[:, 0, 0] * stretch[:, 1, 1], torch.ones(20_000))  # keeps the area
    shift = geometry(2000, 16, 1.0, generator(1), ["shift"])[:, :2, 2] * 8
    assert set(shift.round(decimals=4).flatten().tolist()) == {-2, -1, 0, 1, 2}


def test_colours_by_hand() -> None:
    one, half_turn = torch.ones(1), torch.full((1,), math.pi)
    orange = torch.tensor([0.9, 0.3, 0.0]).view(1, 3, 1, 1)

    def after(along: Tensor, angle: Tensor, across: Tensor) -> list[float]:
        return recolour(orange, transformations._about_grey(along, angle, across)).flatten().tolist()

    assert after(one, 0 * one, 0 * one) == pytest.approx([0.4, 0.4, 0.4])  # no saturation: the mean
    assert after(one, 0 * one, 2 * one) == pytest.approx([1.4, 0.2, -0.4])  # twice the distance from it
    assert after(one, half_turn, one) == pytest.approx([-0.1, 0.5, 0.8], abs=1e-6)  # the complementary colour
    assert after(one, 2 * half_turn / 3, one) == pytest.approx([0.0, 0.9, 0.3], abs=1e-6)  # red becomes green
    assert after(-one, 0 * one, one) == pytest.approx([0.1, -0.5, -0.8], abs=1e-6)  # grey's sign alone


def test_noise_and_cutout() -> None:
    x = torch.ones(2000, 3, 16, 16)
    holes = augment(x, 0.5, generator(1), ["cutout"]) == 0
    assert holes.flatten(1).any(1).float().mean().item() == pytest.approx(0.5, abs=0.04)
    assert holes.sum((2, 3)).max() == 64  # a quarter of the area when none of it falls outside
    noisy = augment(torch.zeros(2000, 3, 16, 16), 1.0, generator(1), ["noise"])
    assert noisy.square().mean().sqrt().item() == pytest.approx(0.1, rel=0.06)


def test_faces_keep_upright_and_of_cats_colours() -> None:
    assert set(TRANSFORMATIONS) - set(FACES) == {"quarter turn", "negative", "hue", "noise", "cutout"}


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ValueError, match=r"p is 1\.5; a probability"):
        augment(pictures(), 1.5, generator(0))
    with pytest.raises(ValueError, match="Unknown transformations: blur; there are flip"):
        augment(pictures(), 0.5, generator(0), ["blur"])
    with pytest.raises(ValueError, match="at least 1"):
        Adaptive(images=0)


def test_p_rises_while_the_discriminator_is_too_sure_and_falls_when_it_is_not() -> None:
    ada = Adaptive(target=0.6, images=1000, every=4, cap=0.8)
    sure, unsure = torch.full((10,), 3.0), torch.tensor([1.0, -1.0] * 5)
    assert [ada.observe(sure) for _ in range(4)] == pytest.approx([0, 0, 0, 0.04])
    assert ada.r == 1
    for _ in range(4):
        ada.observe(sure)
    assert ada.p == pytest.approx(0.08)
    for _ in range(4):
        ada.observe(unsure)
    assert ada.r == 0
    assert ada.p == pytest.approx(0.04)


def test_r_is_the_mean_sign_over_all_batches_since_the_last_move() -> None:
    ada = Adaptive(images=1000, every=2)
    ada.observe(torch.tensor([5.0, 5.0, 5.0, -1.0]))
    ada.observe(torch.tensor([0.1, -9.0]))
    assert ada.r == pytest.approx((3 - 1 + 1 - 1) / 6)


def test_p_stays_between_zero_and_the_cap() -> None:
    ada = Adaptive(images=100, every=1, cap=0.5)
    for _ in range(100):
        assert 0 <= ada.observe(torch.ones(10)) <= 0.5
    assert ada.p == 0.5
    for _ in range(100):
        assert 0 <= ada.observe(-torch.ones(10)) <= 0.5
    assert ada.p == 0


def test_it_goes_on_where_it_was() -> None:
    one, other = Adaptive(images=1000, every=3), Adaptive(images=1000, every=3)
    for _ in range(4):
        one.observe(torch.ones(8))
    other.load_state_dict(one.state_dict())
    for _ in range(5):
        assert one.observe(torch.ones(8)) == other.observe(torch.ones(8))
    assert one.state_dict() == other.state_dict()
