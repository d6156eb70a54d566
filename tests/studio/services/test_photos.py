"""Photos: kept once under what they show, back as they were, and refused in words when they cannot be used."""

import io
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engines.data.sources import load_photo
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


def test_a_photo_kept_whole_is_uncropped_upright_and_has_its_centre_square(home: Path) -> None:
    wide = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    Image.fromarray(np.rot90(wide)).save(out, "PNG", exif=exif)
    digest = photos.keep_whole(out.getvalue())
    assert np.array_equal(photos.whole(digest), wide)
    assert np.array_equal(photos.load(digest, 20), wide[:, 5:25])


def test_a_large_photo_is_kept_at_1024_px_of_its_longer_side(home: Path) -> None:
    assert photos.whole(photos.keep_whole(file(np.zeros((600, 2048, 3), np.uint8)))).shape == (300, 1024, 3)


def test_a_whole_photo_travels_too(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = photos.keep_whole(file(np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)))
    text = photos.to_text(digest)
    monkeypatch.setenv("WHISKER_HOME", str(tmp_path / "elsewhere"))
    assert photos.from_text(text) == digest


@pytest.mark.parametrize("size", [16, 64, 100])
def test_a_command_reads_the_very_pixels_that_a_page_shows(home: Path, size: int) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (90, 140, 3), np.uint8)
    for digest in (photos.keep(file(noise), 64), photos.keep_whole(file(noise, "JPEG"))):
        assert np.array_equal(load_photo(photos.path(digest), size), photos.load(digest, size))


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
    for keep in (partial(photos.keep, size=16), photos.keep_whole):
        with pytest.raises(ValueError, match=r"cannot be used: .+ Save it as"):
            keep(data)


def test_a_file_above_ten_megabytes_is_refused_unread(home: Path) -> None:
    for keep in (partial(photos.keep, size=16), photos.keep_whole):
        with pytest.raises(ValueError, match="11 MB; allowed are 10 MB"):
            keep(bytes(11 * 2**20))


@pytest.mark.parametrize("digest", ["../../etc/passwd", "0" * 15, "g" * 16, "/etc/passwd"])
def test_a_digest_never_leads_out_of_the_folder(home: Path, digest: str) -> None:
    with pytest.raises(LookupError):
        photos.load(digest, 16)
