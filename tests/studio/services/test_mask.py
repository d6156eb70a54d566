"""Masked fusion as a service: a draft gives way to full quality, what was made is known, numbers are the engine's."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engines import checkpoints
from engines.diffusion.schedules import timesteps
from engines.fusion import masked, masked_film, seams
from engines.fusion.regions import pair
from engines.fusion.ways import Settings
from studio.recipe import Recipe
from studio.services import cats, mask, mask_film, mask_layers
from studio.services.cats import Cat
from studio.services.mask import Ask
from studio.services.painted import HALF, Painted

TWO = (Cat(seed=1), Cat(seed=2))
ASK = Ask(Recipe("tiny", seed=3, steps=6, label="dog"), TWO, HALF)


@pytest.fixture(autouse=True)
def afresh(home: Path) -> None:
    mask._memory.clear()


def test_starts_are_whole_steps() -> None:
    assert ASK.starts.tolist() == pytest.approx([i / 6 for i in range(7)])
    many = replace(ASK, recipe=Recipe("tiny", steps=20))
    assert many.starts.tolist() == pytest.approx([i / 10 for i in range(11)])
    odd = replace(ASK, recipe=Recipe("tiny", steps=25)).starts * 25
    assert odd.tolist() == pytest.approx(odd.round().tolist())


def test_a_draft_comes_first_and_full_quality_is_what_the_engine_draws() -> None:
    films = list(mask_film.film(ASK))
    assert abs(len(films) - mask_film.steps(ASK)) <= 40  # a way back to noise takes as many rounds as it takes
    drafts = [film for film in films if not any(each.any() for each in film.ready.values())]
    assert all(np.isnan(film.noise["noise"]).all() for film in drafts)
    assert not np.array_equal(drafts[-1].pictures["noise"], films[-1].pictures["noise"])
    assert [film.taken for film in films] == sorted(film.taken for film in films)
    last = films[-1]
    assert last.done
    a, b = (cats.picture(cat, 16, "tiny") for cat in TWO)
    two, settings = pair(ASK.net, a, b, HALF.mask(16)), Settings(steps=6, seed=3, label=1)
    steps = masked_film.film(ASK.net, masked.METHODS["held"], two, [], ASK.starts.tolist(), settings)
    for step in steps:
        if step.ready:
            assert np.array_equal(last.pictures["held"][step.at], step.pictures)
            assert np.array_equal(last.noise["held"][step.at], step.noise, equal_nan=True)
    assert np.array_equal(last.cut[:, :8], a[:, :8])
    assert np.array_equal(last.cut[:, 8:], b[:, 8:])
    assert last.t.tolist() == timesteps(100, 6)[::-1]
    assert np.isnan(last.halves).all()  # at 16 px this edge is hard: nobody owns a pixel by halves


def test_the_draft_stands_for_frames_that_are_not_there_yet() -> None:
    ask = replace(ASK, recipe=replace(ASK.recipe, steps=20))
    making = mask_film._Making(ask)
    grey = np.arange(6, dtype=np.uint8)[:, None, None, None] * np.ones((16, 16, 3), np.uint8)
    making.take("noise", np.arange(6) / 5, grey, None)
    assert making.film().pictures["noise"][:, 0, 0, 0].tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    making.take("noise", np.array([0.5]), grey[:1] + 99, np.array([0.9]))
    film = making.film()
    assert film.pictures["noise"][5, 0, 0, 0] == 99
    assert film.noise["noise"][5] == 0.9
    assert film.ready["noise"].sum() == 1


def test_what_was_made_is_known_and_what_was_stopped_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mask.known(ASK) is None
    growing = mask_film.film(ASK)
    for film in growing:
        if film.taken == 2:
            break
    growing.close()
    assert mask.known(ASK) is None
    assert mask.partial(ASK).taken == 2
    *_, last = mask_film.film(ASK)
    monkeypatch.setattr(checkpoints, "load", None)  # nothing is asked of the network again
    (again,) = mask_film.film(ASK)
    assert again is mask.known(ASK) is last
    assert mask.known(replace(ASK, painted=Painted((0,) * 32))) is None


def test_numbers_are_the_engines_and_are_measured_once() -> None:
    *_, film = mask_film.film(ASK)
    steps = list(mask.measured(ASK, film))
    assert [list(found) for found in steps] == [["cut", *list(film.pictures)[:n]] for n in range(4)]
    a, b = mask.pictures(ASK)
    wanted = seams.measure(film.pictures["sphere"], a, b, HALF.mask(16))
    np.testing.assert_array_equal(steps[-1]["sphere"].seam, wanted.seam)
    np.testing.assert_array_equal(steps[-1]["sphere"].to_b, wanted.to_b)
    assert steps[-1]["cut"].to_a[0] == 0
    assert mask.known_numbers(ASK) is steps[-1]
    (again,) = mask.measured(ASK, film)
    assert again is steps[-1]


def test_all_that_changes_the_picture_is_in_its_name() -> None:
    others = [
        replace(ASK, painted=Painted(HALF.rows, 2)),
        replace(ASK, cats=TWO[::-1]),
        *(replace(ASK, recipe=replace(ASK.recipe, **{name: value})) for name, value in CHANGES.items()),
    ]
    assert len({ASK.name, *(other.name for other in others)}) == len(others) + 1
    assert replace(ASK, recipe=replace(ASK.recipe, start=0.3)).name == ASK.name  # the film has all of them


CHANGES = {"seed": 4, "steps": 7, "label": "cat"}


def test_a_class_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no class 'lion'"):
        list(mask_film.film(replace(ASK, recipe=replace(ASK.recipe, label="lion"))))


@pytest.fixture
def both(home: Path, tiny_gan_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with a model that walks a chain and a generator with styles."""
    folder = tmp_path / "both" / "checkpoints"
    folder.mkdir(parents=True)
    for place, name in ((home, "tiny"), (tiny_gan_home, "tiny-gan")):
        (folder / name).symlink_to(place / "checkpoints" / name)
    monkeypatch.setenv("WHISKER_HOME", str(folder.parent))


def test_layers_of_two_cats(both: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_layers, "SEARCH", 3)
    assert "tiny-gan" in mask_layers.generators()
    assert "tiny" not in mask_layers.generators()
    two = (Cat("tiny-gan", 5), Cat(seed=2))  # one of the generator's own, and one to look for
    assert mask_layers.known("tiny-gan", two, "tiny") is None
    states = list(mask_layers.film("tiny-gan", two, "tiny"))
    assert len(states) == mask_layers.steps("tiny-gan", two, "tiny") == 1 + 4 + 1
    last = states[-1]
    assert last.done
    assert not states[-2].done
    assert np.array_equal(last.wanted[0], cats.picture(two[0], 16, "tiny"))
    assert np.abs(last.found[0].astype(int) - last.wanted[0]).max() <= 1
    assert len(last.mixes) == len(last.layers) + 1
    assert np.abs(last.mixes[-1].astype(int) - last.found[0]).max() <= 1
    assert np.abs(last.mixes[0].astype(int) - last.found[1]).max() <= 1
    (again,) = mask_layers.film("tiny-gan", two, "tiny")
    assert again is last
