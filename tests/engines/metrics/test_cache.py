import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engines.metrics import cache
from engines.metrics.features import Features, join

PICTURES = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), np.uint8)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """A home of its own, and a network that notes how many pictures it was shown."""
    seen: list[int] = []

    def extract(pictures: np.ndarray, network: str) -> Iterator[Features]:
        for picture in pictures:
            seen.append(1)
            yield Features(np.full((1, 2), picture.mean(), np.float32), np.zeros((1, 3), np.float32), network)

    monkeypatch.setenv("WHISKER_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "extract", extract)
    monkeypatch.setattr(
        cache, "classify", lambda pool, network: Features(pool, np.zeros((len(pool), 3), np.float32), network)
    )
    return seen


def files(home: Path) -> list[Path]:
    return sorted((home / "cache" / "features").iterdir())


def test_a_reference_is_looked_at_once(looked: list[int], tmp_path: Path) -> None:
    first, second = (join(list(cache.remembered(PICTURES))) for _ in range(2))
    assert len(looked) == 5
    assert np.array_equal(first.pool, second.pool)
    assert [f.suffix for f in files(tmp_path)] == [".npz"]


def test_what_one_network_saw_is_not_taken_for_what_another_did(looked: list[int], tmp_path: Path) -> None:
    assert join(list(cache.remembered(PICTURES, "lite0"))).network == "lite0"
    assert join(list(cache.remembered(PICTURES, "lite1"))).network == "lite1"
    assert len(looked) == 2 * 5
    assert len(files(tmp_path)) == 2
    assert join(list(cache.remembered(PICTURES, "lite1"))).network == "lite1"
    assert len(looked) == 2 * 5


def test_other_pictures_other_shape_or_order_are_other_references(looked: list[int]) -> None:
    changed = PICTURES.copy()
    changed[3, 0, 0, 0] ^= 1
    variants = [PICTURES, changed, PICTURES[::-1], PICTURES.reshape(5, 16, 4, 3)]
    assert len({cache.digest(v) for v in variants}) == 4


def test_a_damaged_file_is_made_anew(looked: list[int], tmp_path: Path) -> None:
    list(cache.remembered(PICTURES))
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    for damaged in (b"", b"not a zip", whole[: len(whole) // 2]):
        file.write_bytes(damaged)
        assert len(join(list(cache.remembered(PICTURES)))) == 5
    assert len(looked) == 4 * 5


def test_stopping_half_way_leaves_nothing_behind(looked: list[int], tmp_path: Path) -> None:
    steps = cache.remembered(PICTURES)
    next(steps)
    steps.close()
    assert not (tmp_path / "cache").exists()


def test_the_ones_not_used_for_longest_go_first(
    looked: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(cache.remembered(PICTURES))
    (old,) = files(tmp_path)
    monkeypatch.setattr(cache, "LIMIT", int(2.5 * old.stat().st_size))
    list(cache.remembered(PICTURES[::-1]))
    (between,) = set(files(tmp_path)) - {old}
    os.utime(old, (1, 1))
    os.utime(between, (2, 2))
    list(cache.remembered(PICTURES))  # a use makes it the newest
    list(cache.remembered(255 - PICTURES))
    assert old.exists()
    assert not between.exists()
