import hashlib
from dataclasses import asdict, fields

import numpy as np
import pytest

from engines.data.drawing.factors import EARS, GAZES, PATTERNS, SCENES, SPECIES
from engines.data.drawing.palette import BACKDROPS, EYES, FURS
from engines.data.drawing.portrait import paint
from engines.data.drawn import Factors, draw, factors, table
from engines.data.sources import load


def test_a_seed_is_one_animal_at_every_size() -> None:
    small, of = draw(5, 32)
    large, same = draw(5, 128)
    assert of == same
    assert (small.shape, small.dtype) == ((32, 32, 3), np.uint8)
    reduced = large.reshape(32, 4, 32, 4, 3).mean((1, 3))
    assert np.abs(reduced - small).mean() < 6
    assert np.abs(reduced - draw(6, 32)[0]).mean() > 25


def test_a_seed_is_the_same_whenever_it_is_drawn() -> None:
    first = draw(11, 64)[0].copy()
    draw(12, 64)
    np.testing.assert_array_equal(draw(11, 64)[0], first)


def test_seeds_differ() -> None:
    assert len({hashlib.sha256(draw(seed, 16)[0].tobytes()).digest() for seed in range(200)}) == 200


def test_the_table_has_the_factors_in_rows() -> None:
    columns = table(range(300))
    assert list(columns) == [field.name for field in fields(Factors)]
    assert {name: columns[name][7].item() for name in columns} == asdict(factors(7))
    assert set(columns["species"]) == set(SPECIES)
    assert set(columns["fur"]) == set(FURS)
    assert set(columns["eyes"]) == set(EYES)
    assert set(columns["gaze"]) == set(GAZES)
    assert set(columns["scene"]) == set(SCENES)
    assert set(columns["backdrop"]) == set(BACKDROPS)
    for species in SPECIES:
        rows = columns["species"] == species
        assert set(columns["ears"][rows]) == set(EARS[species])
        assert set(columns["pattern"][rows]) == set(PATTERNS[species])
    assert np.abs(columns["tilt"]).max() <= 14
    assert columns["turn"].dtype == np.float64


def test_factors_are_independent() -> None:
    columns = table(range(3000))
    numbers = np.stack([columns[name] for name in ("shade", "turn", "tilt", "zoom")] + [columns["species"] == "cat"])
    correlations = np.corrcoef(numbers) - np.eye(5)
    assert np.abs(correlations).max() < 0.08  # 4 standard errors of 3000 independent pairs


@pytest.mark.parametrize("name", [field.name for field in fields(Factors) if field.name not in ("seed", "species")])
def test_every_factor_shows(name: str) -> None:
    """Change one factor and nothing else: the picture must change, or the factor would be no truth to look for."""
    other = {
        "fur": "ginger", "shade": 0.9, "pattern": "tabby", "ears": "wide", "eyes": "blue", "gaze": "wide", "turn": 0.9,
        "tilt": 12.0, "zoom": 1.08, "backdrop": "mint", "scene": "dots",
    }  # fmt: skip
    base = Factors(0, "cat", "grey", 0.0, "solid", "pointed", "green", "open", 0.0, 0.0, 1.0, "sky", "plain")
    changed = Factors(**{**asdict(base), name: other[name]})
    assert np.abs(paint(base, 64).astype(int) - paint(changed, 64)).max() > 15


def test_cat_and_dog_differ_where_the_ears_are() -> None:
    base = asdict(Factors(0, "cat", "grey", 0.0, "solid", "pointed", "green", "open", 0.0, 0.0, 1.0, "sky", "plain"))
    cat = paint(Factors(**base), 64)
    dog = paint(Factors(**{**base, "species": "dog", "ears": "floppy"}), 64)
    sky = np.array(BACKDROPS["sky"])
    ear = np.s_[10:16, 14:19]  # beside the top of the skull
    assert np.abs(cat[ear].astype(int) - sky).max(-1).mean() > 40
    assert np.abs(dog[ear].astype(int) - sky).max() <= 2


@pytest.mark.parametrize("size", [8, 16, 50, 96, 256])
def test_any_size_can_be_drawn(size: int) -> None:
    assert draw(1, size)[0].shape == (size, size, 3)


def test_drawn_is_a_source() -> None:
    pictures = load("drawn", 16, split="val", limit=30)
    assert (len(pictures), pictures.classes) == (30, ("cat", "dog"))
    for i, name in enumerate(pictures.names):
        image, of = draw(int(name.removeprefix("seed-")), 16)
        np.testing.assert_array_equal(pictures.images[i], image)
        assert pictures.classes[pictures.labels[i]] == of.species
    dogs = load("drawn:dog", 16, limit=20)
    assert (dogs.classes, dogs.labels.tolist()) == (("dog",), [0] * 20)
