import pytest
import torch
from torch import Tensor

from engines.data.augment import Augmentation, augment, rotate

NOTHING = Augmentation(flip=False)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _pictures(n: int = 6, h: int = 16, w: int = 16) -> Tensor:
    return torch.rand(n, 3, h, w, generator=_generator(7)) * 2 - 1


def test_nothing_is_the_identity() -> None:
    x = _pictures()
    assert torch.equal(augment(x, NOTHING, _generator()), x)


def test_a_flip_is_exact_and_happens_half_of_the_time() -> None:
    x = _pictures(400, 4, 4)
    y = augment(x, Augmentation(flip=True), _generator())
    flipped = torch.tensor([torch.equal(b, a.flip(2)) for a, b in zip(x, y, strict=True)])
    same = torch.tensor([torch.equal(b, a) for a, b in zip(x, y, strict=True)])
    assert (flipped ^ same).all()
    assert 160 < flipped.sum() < 240


@pytest.mark.parametrize("value", [-1.0, 0.3, 1.0])
def test_rotation_leaves_no_corner(value: float) -> None:
    x = torch.full((8, 3, 20, 20), value)
    y = augment(x, Augmentation(flip=False, rotate=45), _generator())
    torch.testing.assert_close(y, x)


def test_rotation_goes_counter_clockwise_by_its_angle() -> None:
    x = _pictures(4)
    y = rotate(x, torch.tensor([0.0, 90.0, 180.0, -90.0]))
    for i, turns in enumerate((0, 1, 2, -1)):
        torch.testing.assert_close(y[i], torch.rot90(x[i], turns, (1, 2)), atol=1e-4, rtol=0)


def test_rotation_moves_a_point_where_trigonometry_says() -> None:
    x = torch.zeros(1, 1, 65, 65)
    x[0, 0, 32, 52] = 1  # 20 pixels to the right of the middle
    y = rotate(x, torch.tensor([30.0]))[0, 0]
    rows, columns = torch.meshgrid(torch.arange(65.0), torch.arange(65.0), indexing="ij")
    assert (y * rows).sum() / y.sum() == pytest.approx(32 - 10, abs=0.1)  # 20 · sin 30° up
    assert (y * columns).sum() / y.sum() == pytest.approx(32 + 17.32, abs=0.1)  # 20 · cos 30°


def test_rotation_keeps_shapes_on_wide_pictures() -> None:
    x = torch.zeros(1, 1, 33, 65)
    x[0, 0, 16, 42] = 1  # 10 pixels to the right of the middle
    y = rotate(x, torch.tensor([90.0]))[0, 0]
    assert divmod(int(y.argmax()), 65) == (6, 32)


def test_angles_stay_within_the_limit() -> None:
    x = torch.zeros(200, 1, 65, 65)
    x[:, :, 32, 52] = 1
    y = augment(x, Augmentation(flip=False, rotate=10), _generator())[:, 0]
    rise = 32 - (y * torch.arange(65.0)[:, None]).sum((1, 2)) / y.sum((1, 2))
    degrees = torch.rad2deg(torch.asin(rise / 20))
    assert degrees.abs().max() < 10.5
    assert degrees.min() < -8
    assert degrees.max() > 8


def test_brightness_scales_the_light() -> None:
    x = torch.full((300, 3, 2, 2), -0.2)  # a light of 0.8 on a scale from 0 to 2
    light = augment(x, Augmentation(flip=False, brightness=0.25), _generator()) + 1
    assert light.min() == pytest.approx(0.6, abs=0.01)
    assert light.max() == pytest.approx(1.0, abs=0.01)


def test_contrast_scales_around_the_mean() -> None:
    x = torch.tensor([-0.4, 0.2]).repeat(300, 3, 1, 1)
    y = augment(x, Augmentation(flip=False, contrast=0.5), _generator())
    torch.testing.assert_close(y.mean((1, 2, 3)), x.mean((1, 2, 3)))
    spread = (y[..., 1] - y[..., 0]).mean((1, 2)) / 0.6
    assert spread.min() == pytest.approx(0.5, abs=0.02)
    assert spread.max() == pytest.approx(1.5, abs=0.02)


def test_everything_stays_in_range_and_follows_the_generator() -> None:
    config = Augmentation(rotate=10, brightness=0.4, contrast=0.4)
    x = _pictures()
    y = augment(x, config, _generator(3))
    assert y.abs().max() <= 1
    assert torch.equal(y, augment(x, config, _generator(3)))
    assert not torch.equal(y, augment(x, config, _generator(4)))


@pytest.mark.parametrize("wrong", [{"rotate": -1}, {"rotate": 181}, {"brightness": 1.0}, {"contrast": -0.1}])
def test_values_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="allowed"):
        Augmentation(**wrong)
