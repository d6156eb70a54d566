"""The list of checkpoints as pages see it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from engines import checkpoints as stored
from studio.services import library


def tiny() -> library.Entry:
    return next(entry for entry in library.checkpoints() if entry.name == "tiny")


def test_an_entry_says_what_the_card_says(home: Path) -> None:
    entry = tiny()
    assert (entry.family, entry.classes, entry.size, entry.timesteps) == ("ddpm", ("cat", "dog"), 16, 100)
    assert entry.samples is None
    assert entry.scores == ()


def test_only_what_can_do_it_is_listed(home: Path) -> None:
    assert "tiny" in [entry.name for entry in library.checkpoints("trajectory")]
    assert library.checkpoints("fly") == []


def test_the_gallery_opens_with_the_cats_that_score_best(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def entry(name: str, *scores: tuple[str, float]) -> library.Entry:
        return replace(tiny(), name=name, scores=tuple({"name": kind, "value": value} for kind, value in scores))

    there = [
        entry("a-cat", ("KD-lite0", 0.5), ("KD-lite1", 0.1)),
        entry("b-dog", ("KD-lite0", 0.01)),
        entry("c-cat", ("FD-lite0", 3)),
        entry("d-cat", ("FD-lite0", 90), ("KD-lite0", 0.2)),
    ]
    monkeypatch.setattr(library, "checkpoints", lambda can: there if can == "sample" else [])
    assert [each.name for each in library.gallery()] == ["d-cat", "a-cat", "c-cat", "b-dog"]


def test_a_checkpoint_with_a_broken_card_is_left_out(home: Path, tmp_path: Path) -> None:
    source = (home / "checkpoints").resolve()
    (home / "checkpoints").unlink()
    shutil.copytree(source, home / "checkpoints")
    shutil.copytree(source / "tiny", home / "checkpoints" / "broken")
    (home / "checkpoints" / "broken" / "card.json").write_text("{", encoding="utf-8")
    assert "broken" not in [entry.name for entry in library.checkpoints()]


def test_the_digest_is_that_of_the_weights(home: Path) -> None:
    assert library.digest("tiny") == stored.digest("tiny")
    with pytest.raises(LookupError, match="nobody"):
        library.digest("nobody")


def test_a_model_without_a_chain_has_a_size_and_one_step(gan_home: Path) -> None:
    entry = library.find("tiny-gan", can="styles")
    assert (entry.family, entry.size, entry.timesteps) == ("stylegan2", 16, 1)
    with pytest.raises(LookupError, match="There is no checkpoint 'tiny-gan' here"):
        library.find("tiny-gan", can="trajectory")
