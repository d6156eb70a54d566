"""Which pictures are paired: by hand, by number and by the rule."""

import numpy as np
import pytest

from engines.data.sources import Pictures
from engines.fusion.choosing import DARK, brightness, choose


def source(values: list[int], splits: list[str] | None = None) -> Pictures:
    """A picture of each even brightness."""
    images = np.stack([np.full((8, 8, 3), value, np.uint8) for value in values])
    names = tuple(f"{i:03}.png" for i in range(len(values)))
    parts = np.array(splits or ["train"] * len(values))
    return Pictures(images, np.zeros(len(values), np.int64), ("cat",), names, parts, (), "source")


def test_brightness_is_the_median_of_the_middle() -> None:
    picture = np.full((1, 8, 8, 3), 255, np.uint8)
    picture[0, 2:6, 2:6] = 10
    picture[0, 2:6, 2] = 200  # a quarter of the middle half: the median does not mind
    assert brightness(picture) == pytest.approx([10])
    red = np.zeros((1, 8, 8, 3), np.uint8)
    red[..., 0] = 100
    assert brightness(red) == pytest.approx([29.9])


def test_the_first_pairs_stay_whatever_their_number() -> None:
    pictures = source(list(range(100, 140)))
    assert choose(pictures, 5) == choose(pictures, 19)[:5]
    assert choose(pictures, 5, choice=1) != choose(pictures, 5)
    assert [pair.index for pair in choose(pictures, 5)] == list(range(5))


def test_no_picture_twice_while_there_are_others_and_no_pair_ever() -> None:
    pictures = source(list(range(100, 109)))
    pairs = choose(pictures, 36)
    first = [place for pair in pairs[:4] for place in (pair.a, pair.b)]
    assert len(set(first)) == 8
    assert len({frozenset((pair.a, pair.b)) for pair in pairs}) == 36  # 9 · 8 / 2
    with pytest.raises(ValueError, match="makes 36 different pairs by the rule any, 37 are wanted"):
        choose(pictures, 37)


def test_what_the_results_are_compared_with_is_held_back_and_the_test_part_comes_first() -> None:
    parts = ["train", "test", "val", "test", "train", "val"]
    pairs = choose(source([100] * 6, parts), 2)
    assert {pairs[0].a, pairs[0].b} == {1, 3}
    assert {pairs[1].a, pairs[1].b} == {0, 4}


def test_two_dark_cats_are_never_paired_by_the_rule() -> None:
    values = [DARK - 10] * 6 + [DARK] * 6
    pictures = source(values)
    pairs = choose(pictures, 6, rule="not-both-dark")
    assert all(max(pair.brightness_a, pair.brightness_b) >= DARK for pair in pairs)
    assert any(min(pair.brightness_a, pair.brightness_b) < DARK for pair in pairs)
    assert any(max(pair.brightness_a, pair.brightness_b) < DARK for pair in choose(pictures, 66))
    with pytest.raises(ValueError, match="makes 0 different pairs by the rule not-both-dark"):
        choose(source([0, 0, 0]), 1, rule="not-both-dark")


@pytest.mark.parametrize(
    ("number", "rule", "says"), [(0, "any", "at least 1"), (1, "black", "allowed: any, not-both-dark")]
)
def test_wrong_input_is_refused_in_words(number: int, rule: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        choose(source([100, 100]), number, rule=rule)
