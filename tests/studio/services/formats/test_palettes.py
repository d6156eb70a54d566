"""Palettes against truths: colours that are few, pixels that weigh, and no colour for nobody."""

import numpy as np
import pytest

from studio.services.formats import palettes


def apart(pixels: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """The squared distance of each pixel from the nearest colour."""
    return ((pixels[:, None].astype(float) - colours[None].astype(float)) ** 2).sum(-1).min(1)


def test_few_colours_are_found_exactly() -> None:
    colours = np.array([[0, 0, 0], [255, 255, 255], [200, 30, 60], [20, 180, 90]], np.uint8)
    pixels = colours[np.random.default_rng(0).integers(0, 4, 2000)]
    found = palettes.learned(pixels, np.ones(2000), 4)
    assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, colours.tolist()))


def test_one_colour_is_the_weighted_mean() -> None:
    pixels = np.array([[0, 0, 0], [100, 200, 40]], np.uint8).repeat(500, 0)
    weights = np.repeat([1.0, 3.0], 500)
    assert palettes.learned(pixels, weights, 1).tolist() == [[75, 150, 30]]


def test_what_weighs_more_is_nearer() -> None:
    draw = np.random.default_rng(0)
    wide, narrow = draw.integers(0, 256, (4000, 3)), draw.integers(90, 150, (4000, 3))
    pixels = np.concatenate([wide, narrow]).astype(np.uint8)
    errors = []
    for weight in (0.01, 1.0, 100.0):
        found = palettes.learned(pixels, np.repeat([1.0, weight], 4000), 64)
        errors.append(apart(pixels[4000:], found).mean())
    assert errors == sorted(errors, reverse=True)


def test_every_colour_is_some_pixels_nearest() -> None:
    pixels = np.random.default_rng(0).normal(128, 6, (20_000, 3)).astype(np.uint8)  # fewer octree cells than colours
    found = palettes.learned(pixels, np.ones(len(pixels)), 200)
    nearest = ((pixels[:3000, None].astype(float) - found[None].astype(float)) ** 2).sum(-1).argmin(1)
    assert len(set(nearest.tolist())) > 150


def test_edges_are_not_smooth() -> None:
    picture = np.zeros((1, 4, 4, 3), np.uint8)
    picture[:, :, 2:] = palettes.MASKED
    smooth = palettes.smoothness(picture).reshape(4, 4)
    assert smooth[:, 1] == pytest.approx(0.5)
    assert (smooth[:, [0, 2, 3]] == 1).all()
