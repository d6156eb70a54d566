"""Key frames as words of an address, and the frames between them, by hand."""

import numpy as np
import pytest

from studio.recipe import Recipe
from studio.services import keyframes
from studio.services.keyframes import Key

ALL = ("seed", "label", "psi", "lam", "backbone", "levels")
KEYS = (
    Key(0, 1),
    Key(2.5, 7, label=1, psi=-0.5, lam=0.25, backbone=1.2, levels=((32, 0.5), (16, 0.0))),
    Key(4, 2**31 - 1, levels=((8, 2.0),)),
)
WORD = "0:s1,2.5:s7:c1:p-0.5:l0.25:b1.2:f32~0.5:f16~0,4:s2147483647:f8~2"


def test_key_frames_are_one_word_and_come_back() -> None:
    assert keyframes.write(KEYS, ALL) == WORD
    assert keyframes.read(WORD, ALL) == KEYS
    assert keyframes.read("", ALL) == ()


def test_the_word_fits_into_a_recipes_view() -> None:
    eight = [Key(7.25 * i, 2**31 - 1, 9, -0.95, 0.35, 1.25, ((64, 0.55), (32, 1.45), (16, 0.05))) for i in range(8)]
    view = "animate?walk=" + keyframes.write(eight, ALL)
    assert Recipe.read({"view": view})[1] == []


def test_only_columns_that_there_are_are_written_and_read() -> None:
    assert keyframes.write(KEYS, ("seed", "psi")) == "0:s1,2.5:s7:p-0.5,4:s2147483647"
    with pytest.raises(ValueError, match=r"after the time allowed: s \(seed\)"):
        keyframes.read("0:s1:p0.5", ("seed",))
    with pytest.raises(ValueError, match="f16~0"):
        keyframes.read("0:s1:f16~0", ("seed",))


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("0:s-1", "not within 0"),
        ("0:sx", "'x' is not a number"),
        ("cat", "'cat' is not a number"),
        ("nan:s1", "nan s; allowed"),
        ("61:s1", "61 s; allowed: 0 to 60"),
        ("0:s1:p2", "2 is not within -1 to 1.5"),
        ("0:s1:pnan", "nan is not within"),
        ("0:s1:f16~3", "3 is not within 0 to 2"),
        ("0:s1,0.1:s2", "0.25 s apart"),
        ("0:s1,", "not a number"),
        (",".join(f"{i}:s1" for i in range(9)), "9 key frames; at most 8"),
    ],
)
def test_what_cannot_be_is_said(word: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        keyframes.read(word, ALL)


def test_key_frames_are_put_in_order() -> None:
    assert [key.seed for key in keyframes.read("4:s3,0:s1,2:s2", ALL)] == [1, 2, 3]


def test_frames_between_by_hand() -> None:
    keys = (Key(1), Key(2), Key(4))  # 1 s, then 2 s
    places = keyframes.frames(keys, 4, "even")
    assert places == pytest.approx([0, 0.25, 0.5, 0.75, *np.arange(1, 2.01, 0.125)])
    smooth = keyframes.frames(keys, 4, "smooth")
    assert smooth[[0, 1, 2, 4, 8, 12]] == pytest.approx([0, 0.15625, 0.5, 1, 1.5, 2])  # 3/16 − 2/64 at ¼
    assert keyframes.nearest(places, 3) == [0, 4, 12]


def test_a_closed_film_leads_back_and_shows_the_first_frame_once() -> None:
    keys = (Key(0, 1), Key(1, 2), Key(3, 3))
    there = keyframes.around(keys)
    assert [(key.at, key.seed) for key in there] == [(0, 1), (1, 2), (3, 3), (4.5, 1)]
    places = keyframes.frames(keys, 2, "even", closed=True)
    assert places == pytest.approx([0, 0.5, 1, 1.25, 1.5, 1.75, 2, 2 + 1 / 3, 2 + 2 / 3])


def test_one_key_frame_is_one_frame() -> None:
    for closed in (False, True):
        assert keyframes.frames((Key(3, 7),), 12, "even", closed).tolist() == [0]
    assert keyframes.frames((), 12, "even").tolist() == []


def test_columns_are_mixed_straight() -> None:
    keys = (Key(0, psi=-1), Key(1, psi=1), Key(2, psi=0))
    assert keyframes.mixed(keys, np.array([0, 0.25, 1, 1.5]), "psi") == pytest.approx([-1, -0.5, 1, 0.5])


def test_too_many_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="361 frames; at most 240"):
        keyframes.frames((Key(0), Key(30)), 12, "even")
    for wrong in ({"fps": 0, "easing": "even"}, {"fps": 31, "easing": "even"}, {"fps": 12, "easing": "wild"}):
        with pytest.raises(ValueError, match="allowed"):
            keyframes.frames((Key(0), Key(1)), **wrong)
