"""Cats: their text is what an address holds, and their picture is what the checkpoint or the photo shows."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines import checkpoints
from engines.images import quantise, to_uint8
from engines.introspect.trajectory import trajectory
from studio.recipe import LARGEST_SEED
from studio.services import cats, photos
from studio.services.cats import Cat

DIGEST = "0123456789abcdef"


@pytest.fixture
def both(home: Path, tiny_gan_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a model that walks a chain and one of a single pass."""
    folder = tmp_path / "both" / "checkpoints"
    folder.mkdir(parents=True)
    for place, name in ((home, "tiny"), (tiny_gan_home, "tiny-gan")):
        (folder / name).symlink_to(place / "checkpoints" / name)
    monkeypatch.setenv("WHISKER_HOME", str(folder.parent))
    cats._passed.clear()
    return folder.parent


@pytest.mark.parametrize(
    ("text", "cat"),
    [
        ("seed:0", Cat()),
        ("seed:12", Cat(seed=12)),
        ("seed:projected-cat-64:12", Cat("projected-cat-64", 12)),
        (f"seed:{LARGEST_SEED}", Cat(seed=LARGEST_SEED)),
        (f"photo:{DIGEST}", Cat(photo=DIGEST)),
    ],
)
def test_the_text_of_an_address_and_the_cat_are_one(text: str, cat: Cat) -> None:
    assert Cat.read(text) == cat
    assert str(cat) == text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "seed:12"),
        ("12", "no cat"),
        ("seed:", "no cat"),
        ("seed:-1", "no cat"),
        ("seed:twelve", "no cat"),
        ("seed::12", "no cat"),
        (f"seed:{LARGEST_SEED + 1}", "allowed: 0 to"),
        ("seed:../../etc:1", "no name of a checkpoint"),
        ("photo:", "names no photo"),
        ("photo:../../etc/passwd", "16 hexadecimal digits"),
    ],
)
def test_what_is_no_cat_is_refused_in_words(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Cat.read(text)


def test_a_cat_is_no_seed_and_photo_at_once() -> None:
    with pytest.raises(ValueError, match="not both"):
        Cat(seed=1, photo=DIGEST)


def test_lines_say_what_a_person_wants_to_know() -> None:
    assert Cat(seed=3).line() == "seed 3"
    assert Cat("tiny", 3).line() == "seed 3 of tiny"
    assert Cat(photo=DIGEST).line() == "photo 012345"


def test_a_seed_of_a_chain_is_drawn_by_twenty_steps_of_dpmpp(both: Path) -> None:
    *_, last = trajectory(checkpoints.load("tiny").net, seeds=[5], sampler="dpmpp", steps=20)
    assert np.array_equal(cats.picture(Cat(seed=5), 16, "tiny"), quantise(last.x_t)[0])


def test_a_seed_of_one_pass_is_drawn_by_its_own_checkpoint_whatever_the_page_has(both: Path) -> None:
    drawn = to_uint8(checkpoints.load("tiny-gan").net.sample([5]))[0]
    for _ in range(2):  # the second time it is remembered
        assert np.array_equal(cats.picture(Cat("tiny-gan", 5), 16, "tiny"), drawn)


def test_a_picture_grows_step_by_step_and_comes_at_once_when_it_is_known(both: Path) -> None:
    steps = list(cats.drawing(Cat(seed=6), 32, "tiny"))
    assert [step.done for step in steps] == list(range(21))
    assert {step.pictures.shape for step in steps} == {(1, 32, 32, 3)}
    assert [step.finished for step in steps] == [False] * 20 + [True]
    (known,) = cats.drawing(Cat(seed=6), 32, "tiny")
    assert np.array_equal(known.pictures, steps[-1].pictures)


def test_a_photo_is_shown_as_it_was_kept(both: Path) -> None:
    out = io.BytesIO()
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(picture).save(out, "PNG")
    cat = Cat(photo=photos.keep(out.getvalue(), 16))
    assert np.array_equal(cats.picture(cat, 16, "tiny"), picture)
    with pytest.raises(ValueError, match="no recipe"):
        cats.recipe(cat, "tiny")


def test_what_is_not_here_is_named(both: Path) -> None:
    with pytest.raises(LookupError, match="no checkpoint 'lion'"):
        cats.picture(Cat("lion", 1), 16, "tiny")
    with pytest.raises(LookupError, match="not on this machine"):
        cats.picture(Cat(photo=DIGEST), 16, "tiny")
