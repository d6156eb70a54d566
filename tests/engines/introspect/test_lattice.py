"""The plane between seeds: seeds at its nodes, blends by hand, and any place as the plane shows it."""

import numpy as np
import pytest
import torch

from engines.introspect.lattice import between, order, pad, path, seed_at, single
from engines.introspect.styles import Style, pictures
from engines.models.fastgan import FastGANConfig, FastGANGenerator
from engines.models.gan import GAN, StyleGAN


@pytest.fixture(scope="module")
def light() -> GAN:
    """The light generator, with no discriminator to load."""
    torch.manual_seed(0)
    generator = FastGANGenerator(FastGANConfig(16, 3, 16, (16, 16, 8)))
    return GAN(None, generator, torch.nn.Identity()).eval().requires_grad_(False)


@pytest.mark.parametrize(
    ("seed", "column", "row", "there"),
    [(0, 0, 0, 0), (5, 2, 1, 107), (0, -1, 0, 99_999), (0, 0, -2, 99_800), (2**31 - 1, 1, 0, 0)],
)
def test_seeds_of_the_lattice(seed: int, column: int, row: int, there: int) -> None:
    assert seed_at(seed, column, row) == there


def test_styles_are_blended_bilinearly() -> None:
    nodes = torch.arange(4.0).reshape(2, 2, 1, 1)  # 0 1 / 2 3: at (x, y) it is x + 2y
    x, y = torch.tensor([0.0, 0.25, 1.0]), torch.tensor([0.0, 0.5, 1.0])
    assert between(nodes, x, y).flatten().tolist() == pytest.approx([0, 1.25, 3])


def test_a_blend_of_latents_is_as_long_as_they_are() -> None:
    nodes = torch.tensor([[[3.0, 0, 0, 0], [0, 3, 0, 0]], [[0, 0, 3, 0], [0, 0, 0, 3]]])  # orthogonal, length 3
    [middle] = between(nodes, torch.tensor([0.5]), torch.tensor([0.5]))
    assert middle.tolist() == pytest.approx([1.5] * 4)  # a plain mean would be 0.75 each, half as long
    [edge] = between(nodes, torch.tensor([0.5]), torch.tensor([0.0]))
    assert edge.norm().item() == pytest.approx(3)


def test_every_place_of_a_pad_comes_once_and_seeds_come_first() -> None:
    places = order(17, 4)
    assert sorted(places) == list(range(17 * 17))
    assert {(p % 17 % 4, p // 17 % 4) for p in places[:25]} == {(0, 0)}
    assert {(p % 17 % 2, p // 17 % 2) for p in places[:81]} == {(0, 0)}
    assert places[0] == 8 * 17 + 8


@pytest.mark.parametrize("kind", ["styles", "z"])
def test_a_pad_shows_seeds_at_its_nodes_and_any_place_is_what_the_pad_shows(
    kind: str, tiny_gan: StyleGAN, light: GAN
) -> None:
    net = tiny_gan if kind == "styles" else light
    tiles = list(pad(net, 7, 1, 2, Style()))
    at, drawn = np.concatenate([t.at for t in tiles]), np.concatenate([t.pictures for t in tiles])
    shown = dict(zip(at.tolist(), drawn.astype(int), strict=True))
    assert len(shown) == 25
    for column, row in ((-1, -1), (0, 0), (1, 0), (1, 1)):
        [own] = pictures(net, [seed_at(7, column, row)], Style())
        assert np.abs(shown[(row + 1) * 10 + (column + 1) * 2] - own).max() <= 1  # of 255: rounding
    for x, y in ((-0.5, 0.5), (1.0, 1.0), (0.5, -1.0)):
        exact = single(net, 7, x, y, Style())
        assert np.abs(shown[round((y + 1) * 2) * 5 + round((x + 1) * 2)] - exact).max() <= 1


def test_a_path_shows_what_stands_at_its_places(tiny_gan: StyleGAN) -> None:
    places = np.array([(0, 0), (-1, 1), (0.5, -0.75), (1, 1)] * 3, float)
    found = np.concatenate(list(path(tiny_gan, 7, 1, places, Style())))
    assert len(found) == 12
    for (x, y), picture in zip(places, found, strict=True):
        assert np.abs(picture.astype(int) - single(tiny_gan, 7, x, y, Style())).max() <= 1


def test_a_pad_can_go_on_where_it_was_stopped(tiny_gan: StyleGAN) -> None:
    whole = np.concatenate([t.at for t in pad(tiny_gan, 7, 1, 2, Style())])
    rest = np.concatenate([t.at for t in pad(tiny_gan, 7, 1, 2, Style(), done=9)])
    assert np.array_equal(whole[9:], rest)
