"""The list of checkpoints as pages see it."""

import shutil
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
