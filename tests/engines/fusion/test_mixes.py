"""Mixes held against the geometry that they are named after."""

import math

import pytest
import torch

from engines.fusion.mixes import lerp, renormalised, slerp
from engines.noise import noise

LAMS = [0.0, 0.25, 0.5, 1.0]


@pytest.mark.parametrize("mix", [lerp, renormalised, slerp])
def test_the_ends_are_the_codes_themselves(mix: object) -> None:
    a, b = noise([0, 1], (3, 8, 8))
    first, *_, last = mix(a, b, LAMS)
    torch.testing.assert_close(first, a)
    torch.testing.assert_close(last, b)


def test_between_two_noises_a_straight_line_is_too_short_and_the_sphere_is_not() -> None:
    a, b = noise([0, 1], (3, 64, 64))
    assert float(lerp(a, b, [0.5]).std()) == pytest.approx(math.sqrt(0.5), rel=0.02)
    assert float(renormalised(a, b, [0.5]).std()) == pytest.approx(1, rel=0.02)
    assert float(slerp(a, b, [0.5]).std()) == pytest.approx(1, rel=0.02)


def test_a_quarter_of_a_right_angle() -> None:
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    expected = torch.tensor([[2 * math.cos(math.pi / 8), 2 * math.sin(math.pi / 8)]])
    torch.testing.assert_close(slerp(a, b, [0.25]), expected)
    torch.testing.assert_close(renormalised(a, b, [0.5]), torch.tensor([[math.sqrt(2), math.sqrt(2)]]))


def test_nearly_parallel_codes_are_mixed_straight() -> None:
    a = noise([0], (8,))[0]
    mixed = slerp(a, 3 * a, [0.5])
    torch.testing.assert_close(mixed, 2 * a[None])
    torch.testing.assert_close(slerp(a, -a, [0.5]), torch.zeros(1, 8))  # there are many circles between opposites
