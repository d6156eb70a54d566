"""Augmentation of what a discriminator sees: differentiable, and what it says it is."""

import torch

from engines.noise import generator
from engines.training.diffaug import diffaug, translate


def test_a_translation_moves_whole_pixels_and_fills_with_grey() -> None:
    x = torch.arange(1, 65.0).view(1, 1, 8, 8).repeat(64, 3, 1, 1)
    moved = translate(x, 0.25, generator(0))
    shifts = set()
    for picture in moved:
        row, column = divmod(int(picture[0, 4, 4]) - 1, 8)  # where the middle came from
        shifts.add((4 - row, 4 - column))
        wanted = torch.zeros(8, 8)
        down, right = 4 - row, 4 - column
        rows, columns = range(max(down, 0), 8 + min(down, 0)), range(max(right, 0), 8 + min(right, 0))
        for i in rows:
            for j in columns:
                wanted[i, j] = x[0, 0, i - down, j - right]
        assert torch.equal(picture, wanted.expand(3, 8, 8))
    assert {abs(n) for shift in shifts for n in shift} == {0, 1, 2}  # a quarter of 8 px at most


def test_colours_change_but_a_grey_picture_stays_grey() -> None:
    x = torch.full((16, 3, 8, 8), 0.25)
    out = diffaug(x, generator(1))
    assert torch.equal(out[:, 0], out[:, 1])
    middle = out[:, 0, 4, 4]
    assert middle.min() >= -0.25 - 1e-6
    assert middle.max() <= 0.75 + 1e-6
    assert middle.std() > 0.1


def test_gradients_flow_and_the_same_numbers_give_the_same_pictures() -> None:
    x = torch.rand(4, 3, 8, 8, requires_grad=True)
    out = diffaug(x, generator(2))
    assert torch.equal(out, diffaug(x, generator(2)))
    assert torch.autograd.grad(out.square().sum(), x)[0].abs().sum() > 0
