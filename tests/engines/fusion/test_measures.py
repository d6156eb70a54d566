"""A path's numbers held against paths whose numbers are known."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from engines.data.sources import load
from engines.fusion import measures
from engines.fusion.measures import Measures, measure, retimed


def stripes(period: int) -> np.ndarray:
    """Vertical stripes, a sine of 100 around grey."""
    row = 128 + 100 * np.sin(2 * np.pi * np.arange(64) / period)
    return np.broadcast_to(row[None, :, None], (64, 64, 3)).round().astype(np.uint8)


def test_detail_is_the_laplacian_of_a_sine() -> None:
    """Of A sin(ωx) it is A/√2 · 2(1 − cos ω)."""
    for period in (4, 8, 16):
        omega = 2 * np.pi / period
        expected = 100 / np.sqrt(2) * 2 * (1 - np.cos(omega))
        assert measures.detail(stripes(period)[None])[0] == pytest.approx(expected, rel=0.03)


def test_a_blur_has_less_detail_and_a_shift_has_not() -> None:
    picture = load("drawn", 64, limit=1).images[0]
    soft = np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(2)))
    sharp, blurred = measures.detail(np.stack([picture, soft]))
    assert blurred < 0.5 * sharp
    assert measures.detail(np.roll(picture, 1, 1)[None])[0] == pytest.approx(sharp, rel=0.1)


def test_distance_is_one_minus_the_cosine() -> None:
    rows = np.array([[1.0, 0], [0, 2], [-3, 0], [1, 1]])
    np.testing.assert_allclose(measures.distance(rows, np.array([2.0, 0])), [0, 1, 2, 1 - np.sqrt(0.5)])


def test_psnr_by_hand() -> None:
    x = np.zeros((4, 4, 3), np.uint8)
    assert measures.psnr(x, x) == 99
    assert measures.psnr(x, x + 255) == pytest.approx(0)
    assert measures.psnr(x, x + 51) == pytest.approx(20 * np.log10(5))


def test_cats_are_seven_classes_of_a_thousand() -> None:
    logits = np.zeros((2, 1000))
    logits[1, 283] = 20
    assert measures.cats(logits).tolist() == pytest.approx([0.007, 1.0], abs=1e-4)


def test_a_path_that_stands_and_then_jumps_has_one_jump() -> None:
    a, b = load("drawn", 64, limit=2).images
    path = np.stack([a, a, a, a, b])
    found = measure(np.linspace(0, 1, 5), path, a, b)
    assert found.speed[:3].tolist() == [0, 0, 0]
    assert found.jumps.tolist() == [3]
    assert found.to_a[:4] == pytest.approx(0, abs=1e-6)
    assert found.to_b[4] == pytest.approx(0, abs=1e-6)
    assert found.to_b[0] == pytest.approx(found.apart)
    assert found.balance == pytest.approx(found.apart, abs=1e-6)  # a parent is never in the balance
    assert found.detail[[0, 4]].tolist() == pytest.approx([1, 1])
    assert (found.psnr_a, found.psnr_b) == (99, 99)
    assert found.verdict(0) == "still A"
    assert found.verdict(4) == "already B"


def test_a_blend_of_two_is_blurred_by_the_numbers() -> None:
    a = load("drawn", 64, limit=1).images[0]
    soft = np.asarray(Image.fromarray(a).filter(ImageFilter.GaussianBlur(2)))
    found = measure([0, 0.5, 1], np.stack([a, soft, a]), a, a)
    assert found.verdict(1) == "blurred or faded"


def numbers(detail: float, to_a: float, to_b: float, cat: float) -> Measures:
    one = np.ones(1)
    return Measures(one, one, one, to_a * one, to_b * one, 1.0, one, detail * one, cat * one, 30, 30)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ((0.6, 0.5, 0.5, 0.9), "blurred or faded"),
        ((0.9, 0.2, 0.9, 0.9), "still A"),
        ((0.9, 0.9, 0.2, 0.9), "already B"),
        ((0.9, 0.5, 0.5, 0.9), "a cat of its own"),
        ((0.9, 0.5, 0.5, 0.1), "not clearly a cat"),
    ],
)
def test_the_verdict_in_words(values: tuple, says: str) -> None:
    assert numbers(*values).verdict(0) == says


def test_constant_speed_spends_the_steps_where_most_happens() -> None:
    """A path at speed 1 for the first half and 3 for the second is half-way at λ = ½ + ⅙."""
    lam = retimed([0, 0.5, 1], [1, 3], 5)
    np.testing.assert_allclose(lam, [0, 0.5, 0.5 + 1 / 6, 0.5 + 1 / 3, 1])
    np.testing.assert_allclose(retimed([0, 0.5, 1], [2, 2], 3), [0, 0.5, 1])
    np.testing.assert_allclose(retimed([0, 1], [0], 3), [0, 0.5, 1])


def test_wrong_paths_are_refused() -> None:
    a = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(ValueError, match="each at a greater λ"):
        measure([0, 0], np.stack([a, a]), a, a)
    with pytest.raises(ValueError, match="at least 2"):
        retimed([0, 1], [1], 1)
