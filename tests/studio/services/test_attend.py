"""Attention as a service: read once from the cached chain, given as maps a page can show."""

from pathlib import Path

import numpy as np
import pytest

from engines import checkpoints
from engines.introspect.attention import attention
from studio.recipe import Recipe
from studio.services import attend, generate
from studio.services.attend import Look

RECIPE = Recipe("tiny", seed=3, steps=6, label="dog", guidance=2.0)


def made(recipe: Recipe) -> Look:
    *_, chain = generate.chain(recipe)
    *_, look = attend.look(recipe, chain)
    return look


@pytest.fixture
def look(home: Path) -> Look:
    return made(RECIPE)


def test_it_is_read_in_parts_and_then_known(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe("tiny", seed=11, steps=6)
    *_, chain = generate.chain(recipe)
    assert attend.LOOKS.known(recipe) is None
    steps = list(attend.look(recipe, chain))
    assert len(steps) == attend.LOOKS.parts(recipe) == 2
    assert steps[0] is None
    assert attend.LOOKS.known(recipe) is steps[1]
    monkeypatch.setattr(checkpoints, "load", None)  # nothing is asked of the network again
    assert list(attend.look(recipe, chain)) == [steps[1]]


def test_the_finished_picture_is_not_a_question(look: Look) -> None:
    assert look.chain.t[look.frames].tolist() == look.chain.t[:-1].tolist()
    assert len(look.attention) == 6


def test_a_class_is_read_as_the_chain_was_made(look: Look) -> None:
    net = checkpoints.load("tiny").net
    parts = list(attention(net, look.chain.x_t[:4], look.chain.t[:4], label=1))
    assert (look.attention.weights[0][:4] == parts[0].weights[0]).all()
    other = next(iter(attention(net, look.chain.x_t[:4], look.chain.t[:4])))
    assert (look.attention.weights[0][:4] != other.weights[0]).any()


def test_of_a_long_chain_some_frames_are_looked_at(home: Path) -> None:
    recipe = Recipe("tiny", steps=100)
    planned = attend.LOOKS.planned(recipe)
    assert len(planned) == 51
    assert (planned[0], planned[-1]) == (0, 99)
    *_, chain = generate.chain(recipe)
    assert chain.index[attend.LOOKS.frames(recipe, chain)].tolist() == planned


def test_maps_are_multiples_of_even_attention(look: Look) -> None:
    """The tiny model's layers have 8×8 cells on 16×16 pixels."""
    maps = attend.looked(look, 0, (5, 14))
    assert maps.shape == (6, 2, 8, 8)
    assert maps[2, 1].ravel() == pytest.approx(look.attention.weights[0][2, 1, 2 * 8 + 7].astype(float) * 64)
    assert maps.mean((2, 3)) == pytest.approx(1, abs=1e-3)
    assert attend.received(look, 0).mean((2, 3)) == pytest.approx(1, abs=1e-3)
    assert attend.head(maps, None) == pytest.approx((maps[:, 0] + maps[:, 1]) / 2)
    assert (attend.head(maps, 1) == maps[:, 1]).all()


def test_looking_from_all_pixels_is_being_looked_at(look: Look) -> None:
    everywhere = [attend.looked(look, 1, (row, column)) for row in range(0, 16, 2) for column in range(0, 16, 2)]
    assert np.mean(everywhere, axis=0) == pytest.approx(attend.received(look, 1), abs=1e-4)


def test_the_table_has_a_row_for_every_head(look: Look) -> None:
    layers = look.attention.layers
    table = attend.table(look, None, {(layers[1].name, 0): (0.5, 0.25)})
    assert table["layer"] == [layer.title for layer in layers for _ in range(2)]
    assert table["head"] == [1, 2] * len(layers)
    assert table["entropy"][3] == pytest.approx(look.measures[1].entropy[:, 1].mean())
    assert table["reach"][3] == pytest.approx(look.measures[1].reach[:, 1].mean())
    assert attend.table(look, 4, {})["peak"][0] == pytest.approx(look.measures[0].peak[4, 0])
    assert (table["damage"][2], table["distance"][2]) == (0.5, 0.25)
    assert np.isnan(table["damage"][3])


def test_thirds_of_the_steps(look: Look) -> None:
    assert [attend.span(look, part) for part in ("early", "middle", "late")] == [slice(0, 2), slice(2, 4), slice(4, 6)]
    assert attend.span(look, "whole chain") == slice(None)
    assert [attend.ends(look, part) for part in ("early", "middle", "late")] == [1, 3, 5]


def test_groups_cover_the_picture(look: Look) -> None:
    groups = attend.groups(look, slice(None), 3)
    assert groups.shape == (8, 8)
    counts = np.bincount(groups.ravel())
    assert len(counts) == 3
    assert (np.diff(counts) <= 0).all()


def test_without_class_tokens_the_reason_is_given(look: Look) -> None:
    with pytest.raises(ValueError, match="without cross-attention"):
        attend.token_maps(look, slice(None))
