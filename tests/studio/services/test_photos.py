"""Photos: kept once under what they show, back as they were, and refused in words when they cannot be used."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.services import photos


def file(picture: np.ndarray, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, kind)
    return out.getvalue()


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)


def test_a_photo_of_the_right_size_is_kept_as_it_is(home: Path, picture: np.ndarray) -> None:
    assert np.array_equal(photos.load(photos.keep(file(picture), 16), 16), picture)


def test_the_centre_square_is_kept_at_the_size_of_the_model(home: Path) -> None:
    wide = np.zeros((32, 96, 3), np.uint8)
    wide[:, 32:64] = 200
    kept = photos.load(photos.keep(file(wide), 16), 16)
    assert kept.shape == (16, 16, 3)
    assert np.abs(kept[:, 3:-3].astype(int) - 200).max() <= 1  # Lanczos rings a little at the black sides


def test_the_same_picture_in_another_file_has_the_same_digest(home: Path, picture: np.ndarray) -> None:
    assert photos.keep(file(picture), 16) == photos.keep(file(picture, "BMP"), 16)
    assert len(list((home / "photos").iterdir())) == 1


def test_another_model_gets_the_photo_in_its_own_size(home: Path, picture: np.ndarray) -> None:
    assert photos.load(photos.keep(file(picture), 16), 8).shape == (8, 8, 3)


def test_a_photo_travels_as_text_to_another_machine(
    home: Path, picture: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = photos.keep(file(picture), 16)
    text = photos.to_text(digest)
    monkeypatch.setenv("WHISKER_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(LookupError, match="not on this machine"):
        photos.load(digest, 16)
    assert photos.from_text(text) == digest
    assert np.array_equal(photos.load(digest, 16), picture)


@pytest.mark.parametrize("text", ["", "?", "aGVsbG8=", "iVBORw0KGgo="])
def test_a_damaged_travelling_photo_is_refused(home: Path, text: str) -> None:
    with pytest.raises(ValueError, match="damaged"):
        photos.from_text(text)


@pytest.mark.parametrize("data", [b"", b"GIF89a", file(np.zeros((64, 64, 3), np.uint8))[:60]])
def test_a_file_that_is_no_picture_is_refused_in_words(home: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"cannot be used: .+ Save it as"):
        photos.keep(data, 16)


def test_a_file_above_ten_megabytes_is_refused_unread(home: Path) -> None:
    with pytest.raises(ValueError, match="11 MB; allowed are 10 MB"):
        photos.keep(bytes(11 * 2**20), 16)


@pytest.mark.parametrize("digest", ["../../etc/passwd", "0" * 15, "g" * 16, "/etc/passwd"])
def test_a_digest_never_leads_out_of_the_folder(home: Path, digest: str) -> None:
    with pytest.raises(LookupError):
        photos.load(digest, 16)
