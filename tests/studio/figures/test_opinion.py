"""Histogram, gallery and overlay of a discriminator's opinion, by hand."""

import numpy as np

from studio.figures.opinion import BINS, MARK, MARKS, edges, gallery, histogram_figure, looked


def test_shares_of_each_group_add_up_to_one_in_the_same_bins() -> None:
    scores, groups = np.array([-1.0, 0.0, 1.0, 1.0]), np.array(["a", "a", "b", "b"])
    figure = histogram_figure(scores, groups, ["a", "b"], "logit")
    a, b = figure.data
    assert np.array_equal(a.x, b.x)
    assert (sum(a.y), sum(b.y)) == (1, 1)
    assert b.y[-1] == 1
    assert a.marker.pattern.shape != b.marker.pattern.shape


def test_equal_scores_still_have_bins() -> None:
    at = edges(np.full(3, 2.0))
    assert len(at) == BINS + 1
    assert (np.diff(at) > 0).all()


def test_each_picture_of_the_gallery_stands_on_its_groups_colour() -> None:
    pictures = np.full((2, 8, 8, 3), 7, np.uint8)
    out = gallery(pictures, np.array(["b", "a"]), ["a", "b"])
    assert out.shape == (2, 8 + MARK, 8, 3)
    assert (out[:, :8] == 7).all()
    assert (out[0, 8:] == MARKS[1]).all()
    assert (out[1, 8:] == MARKS[0]).all()


def test_where_nothing_is_looked_at_the_picture_stays_grey() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3), np.uint8)
    saliency = np.zeros((1, 4, 4))
    saliency[0, 1, 1] = 5
    out = looked(pictures, saliency)
    grey = pictures.mean(3).astype(np.uint8)
    assert np.array_equal(out[0, 0, 0], [grey[0, 0, 0]] * 3)
    assert out[0, 1, 1, 0] > out[0, 1, 1, 2]  # the yellow end of viridis
