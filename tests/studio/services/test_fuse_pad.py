"""The plane of λ × t: a draft for every place first, then the full chains in its place."""

from pathlib import Path

import numpy as np

from studio.recipe import Recipe
from studio.services import fuse, fuse_pad, generate
from studio.services.cats import Cat
from studio.services.fuse import Ask
from studio.services.fuse_pad import CELLS, LAMS, STARTS


def ask() -> Ask:
    return Ask(generate.complete(Recipe("tiny", 0, "ddpm", 8)), (Cat(seed=1), Cat(seed=2)))


def test_the_ways_that_have_a_noise_level(home: Path) -> None:
    assert [row.way for row in fuse_pad.ways(ask())] == ["two-noises", "shared", "rescaled"]


def test_a_draft_stands_everywhere_before_anything_is_drawn_in_full(home: Path) -> None:
    row = fuse_pad.ways(ask())[1]
    assert fuse_pad.known(ask(), row) is None
    steps = list(fuse_pad.plane(ask(), row))
    draft = next(step for step in steps if len(step.at) == CELLS)
    assert draft.full == 0
    assert [step.full for step in steps if len(step.at) < CELLS] == [0] * (len([s for s in steps if len(s.at) < CELLS]))
    last = steps[-1]
    assert last.done
    assert last.at.tolist() == list(range(CELLS))
    assert not np.array_equal(last.pictures, draft.pictures)
    known = fuse_pad.known(ask(), row)
    np.testing.assert_array_equal(known.pictures, last.pictures)
    assert known.done


def test_a_place_of_the_plane_is_the_picture_drawn_for_itself(home: Path) -> None:
    row = fuse_pad.ways(ask())[1]
    *_, plane = fuse_pad.plane(ask(), row)
    there = fuse.moved(ask(), start=float(STARTS[1]))
    *_, (alone, _) = fuse.several(there, row, LAMS[3:4])
    np.testing.assert_array_equal(plane.pictures[len(LAMS) + 3], alone[0])
