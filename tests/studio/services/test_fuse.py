"""Films between cats: made once, the same however they are asked for, and open to families that come later."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engines import checkpoints, families
from engines.checkpoints import Card
from engines.families import Family
from engines.fusion.blend import PIXELS
from studio.recipe import Recipe
from studio.services import fuse, generate, photos, store
from studio.services.cats import Cat, picture
from studio.services.fuse import POINTS, Ask, Film, Row


def ask(*texts: str, loop: bool = False, **changes: object) -> Ask:
    recipe = generate.complete(replace(Recipe("tiny", 0, "ddpm", 4, start=0.5), **changes))
    return Ask(recipe, tuple(map(Cat.read, texts or ("seed:1", "seed:2"))), loop, 3)


def row(name: str) -> Row:
    return {each.name: each for each in fuse.rows("tiny")}[name]


def whole(question: Ask, name: str, lams: np.ndarray | None = None) -> Film:
    *_, film = fuse.film(question, row(name), lams)
    assert film.done
    return film


def test_a_blend_goes_from_one_cat_to_the_other(home: Path) -> None:
    film = whole(ask(), "blend")
    a, b = fuse.parents(ask())
    assert film.pictures.shape == (POINTS + 1, 16, 16, 3)
    np.testing.assert_array_equal(film.pictures[[0, -1]], [a, b])
    middle = (a.astype(float) + b) / 2
    assert np.abs(film.pictures[POINTS // 2] - middle).max() <= 0.51
    assert np.isnan(film.noise).all()


@pytest.mark.parametrize("way", ["two-noises", "slerp"])
def test_frames_come_every_second_first_and_the_nearest_stands_in(way: str, home: Path) -> None:
    steps = list(fuse.film(ask(), row(f"tiny:{way}"), draft=True))
    first = next(step for step in steps if step is not None)
    assert first.here.tolist() == [i % 2 == 0 for i in range(POINTS + 1)]
    np.testing.assert_array_equal(first.pictures[1], first.pictures[0])
    film = whole(ask(), f"tiny:{way}")
    np.testing.assert_array_equal(film.pictures[::2], first.pictures[::2])
    assert len(np.unique(film.pictures.reshape(len(film.pictures), -1), axis=0)) == POINTS + 1


def test_what_was_made_is_known_and_drawn_no_more(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question, line = ask(), row("tiny:slerp")
    assert fuse.known(question, line) is None
    film = whole(question, "tiny:slerp")
    monkeypatch.setattr("engines.fusion.ways.walk", None)
    monkeypatch.setattr("engines.fusion.ways.encoded", None)
    np.testing.assert_array_equal(fuse.known(question, line).pictures, film.pictures)
    again = list(fuse.film(question, line))
    assert len(again) == 1
    np.testing.assert_array_equal(again[0].noise, film.noise)


def test_ways_with_one_code_encode_a_cat_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole(ask(), "tiny:lerp")
    monkeypatch.setattr("engines.fusion.ways.encoded", None)
    assert whole(ask(), "tiny:slerp").done


@pytest.mark.parametrize(
    ("name", "change", "same"),
    [("tiny:slerp", {"start": 0.75}, True), ("tiny:shared", {"start": 0.75}, False),
     ("tiny:slerp", {"steps": 5}, False),
     ("tiny:slerp", {"seed": 9}, True), ("tiny:shared", {"seed": 9}, False), ("blend", {"steps": 5}, True)],
)  # fmt: skip
def test_only_settings_that_count_make_another_film(name: str, change: dict, same: bool, home: Path) -> None:
    film = whole(ask(), name)
    there = fuse.known(ask(**change), row(name))
    assert (there is not None) == same
    if not same:
        assert not np.array_equal(whole(ask(**change), name).pictures, film.pictures)


def test_a_damaged_file_is_made_anew(home: Path) -> None:
    film = whole(ask(), "tiny:shared")
    for path in (home / "cache" / fuse.FOLDER).glob("*.npz"):
        path.write_bytes(path.read_bytes()[:50])
    np.testing.assert_array_equal(whole(ask(), "tiny:shared").pictures, film.pictures)


def test_single_places_have_the_bits_of_the_film(home: Path) -> None:
    film = whole(ask(), "tiny:shared")
    *_, (pictures, ready) = fuse.several(ask(), row("tiny:shared"), np.array([0.5, 7 / POINTS]))
    assert ready
    np.testing.assert_array_equal(pictures, film.pictures[[POINTS // 2, 7]])


def test_more_cats_are_stations_of_one_path(home: Path) -> None:
    question = ask("seed:1", "seed:2", "seed:3", loop=True)
    film = whole(question, "blend")
    assert len(question.legs) == 3
    assert question.places[[0, POINTS, -1]].tolist() == [0, 1, 3]
    stations = fuse.parents(question)
    np.testing.assert_array_equal(film.pictures[::POINTS], [*stations, stations[0]])


def test_a_photo_and_a_seed_of_another_checkpoint(home: Path) -> None:
    digest = photos.store(np.full((40, 40, 3), 90, np.uint8))
    question = ask(f"photo:{digest}", "seed:dcgan-cat-64:5")
    film = whole(question, "blend")
    assert (film.pictures[0] == 90).all()
    np.testing.assert_array_equal(film.pictures[-1], picture(question.cats[1], 16, "tiny"))


def test_a_draft_may_be_cancelled_at_any_step(home: Path) -> None:
    growing = fuse.film(ask(), row("tiny:slerp"))
    for _ in range(3):
        next(growing)
    growing.close()
    assert whole(ask(), "tiny:slerp").done


def test_what_cannot_be_had_is_said_in_words(home: Path) -> None:
    with pytest.raises(ValueError, match="2 to 5"):
        ask("seed:1")
    with pytest.raises(LookupError, match="not on this machine"):
        whole(ask("seed:1", "photo:0123456789abcdef"), "blend")
    with pytest.raises(LookupError, match="no checkpoint"):
        whole(ask("seed:1", "seed:nobody:4"), "blend")


@dataclass(frozen=True)
class EchoConfig:
    """Nothing to set."""


class Echo(nn.Module):
    """A model that only needs to be there."""

    classes, shape, device = 0, (3, 8, 8), torch.device("cpu")

    def __init__(self, config: object) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))


def test_a_new_family_has_its_row_without_any_change(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way = replace(PIXELS, title="Echo")
    kind = Family(EchoConfig, Echo, None, frozenset({"interpolate"}), {"echo": way})
    monkeypatch.setitem(families.FAMILIES, "echo", kind)
    monkeypatch.setenv("WHISKER_HOME", str(home / "own"))
    checkpoints.save(home / "own" / "checkpoints", Card("new", "echo", {}), Echo(None).state_dict(), [], None)
    question = Ask(generate.complete(Recipe("ddpm-drawn-32", steps=4)), (Cat(seed=1), Cat(seed=2)))
    new = {each.name: each for each in fuse.rows("ddpm-drawn-32")}["new:echo"]
    assert new.title == "Echo, new"
    *_, film = fuse.film(question, new)
    assert film.pictures.shape == (POINTS + 1, 8, 8, 3)


def test_the_cache_keeps_within_its_limit(home: Path) -> None:
    for i in range(4):
        store.write("some", str(i), {"x": np.zeros(1000)}, 20_000)
    assert len(list((home / "cache" / "some").glob("*.npz"))) == 2
    assert store.read("some", "3")["x"].shape == (1000,)
    assert store.read("some", "0") is None
