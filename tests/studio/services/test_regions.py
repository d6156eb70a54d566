"""Regions of a cat: what a name may say, and the attention behind it."""

from pathlib import Path

import numpy as np
import pytest

from engines import checkpoints
from engines.introspect import attention, heads
from engines.introspect.trajectory import noised
from studio.services import cats, photos, regions
from studio.services.cats import Cat


@pytest.fixture(autouse=True)
def afresh(home: Path) -> None:
    regions._looks.clear()


def test_names_say_what_the_numbers_bear() -> None:
    labels = np.zeros((16, 16), int)
    labels[4:12, 4:12] = 1
    labels[13:, :3] = 2
    behind, middle, corner = regions.named(labels)
    edge = 60 - 5  # cells of the outermost ring, less those of the corner
    assert behind.name == f"group 1, 71%, {edge / 60:.0%} of the edge (background? approximate)"
    assert middle.name == "group 2, 25%, middle"
    assert corner.name == "group 3, 4%, bottom left"
    assert (behind.edge, middle.edge) == (pytest.approx(edge / 60), 0)
    assert middle.cells.sum() == 256
    assert middle.cells[8:24, 8:24].all()
    assert sum(each.share for each in (behind, middle, corner)) == pytest.approx(1)


PLACES = ("top left", "top right", "bottom left", "bottom right")


def test_where_nobody_holds_the_edge_nobody_is_called_background() -> None:
    labels = np.repeat(np.repeat(np.arange(4).reshape(2, 2), 2, 0), 2, 1)
    names = [region.name for region in regions.named(labels)]
    assert names == [f"group {i + 1}, 25%, {place}" for i, place in enumerate(PLACES)]


def test_a_photo_is_looked_at_as_it_is_with_a_little_noise() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    cat = Cat(photo=photos.store(picture))
    assert not regions.known(cat, "tiny")
    assert len(list(regions.look(cat, "tiny"))) == 2  # the picture, and one pass of four levels
    assert regions.known(cat, "tiny")
    assert list(regions.look(cat, "tiny")) == []
    net = checkpoints.load("tiny").net
    t = np.array([10, 20, 30, 40])
    (seen,) = attention.attention(net, noised(net, picture, 0, t.tolist()), t)
    wanted = heads.clusters(seen, slice(None), 4)
    found = regions.found(cat, "tiny", 4)
    at = (np.arange(32) * 8 + 4) // 32
    for i, region in enumerate(found):
        assert np.array_equal(region.cells, (wanted == i)[at[:, None], at])


def test_a_seed_is_drawn_first_and_looked_at_like_a_photo_of_itself() -> None:
    list(regions.look(Cat(seed=4), "tiny"))
    twin = Cat(photo=photos.store(cats.picture(Cat(seed=4), 16, "tiny")))
    list(regions.look(twin, "tiny"))
    for one, other in zip(regions.found(Cat(seed=4), "tiny"), regions.found(twin, "tiny"), strict=True):
        assert one.name == other.name
        assert np.array_equal(one.cells, other.cells)


def test_a_model_without_attention_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="attention"):
        list(regions.look(Cat(seed=1), "dcgan-cat-64"))
