"""Films: how pictures stand side by side, how large a file will be, and what is refused."""

import numpy as np
import pytest

from studio.recipe import Recipe
from studio.services import films
from studio.services.films import Cut, Film
from studio.services.formats import FORMATS
from studio.services.timing import Timing


def film(frames: int = 40, size: int = 32, noise: float = 1.0) -> Film:
    """A smooth picture that moves, in more noise at first than at last."""
    draw = np.random.default_rng(0)
    x = np.linspace(0, 6, size)
    pictures = []
    for i in range(frames):
        wave = 127 + 100 * np.sin(x[:, None] + 0.1 * i) * np.cos(x[None] - 0.05 * i)
        grain = draw.normal(0, 60 * noise * (1 - i / frames), (size, size, 3))
        pictures.append(np.clip(wave[..., None] * [1, 0.8, 0.6] + grain, 0, 255))
    return Film(np.array(pictures, np.uint8), tuple(map(str, range(frames))), Recipe("tiny"), "Waves")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_size_is_known_before_all_is_written(kind: str, noise: float) -> None:
    reel = films.reel(film(noise=noise), Cut(scale=2))
    *_, data = films.write(reel, kind)
    within = 2 if kind == "mp4" else 1.2  # what H.264 spends on a frame depends on many before and after it
    assert len(data) / within < films.estimate(reel, kind) < len(data) * within


@pytest.mark.parametrize("kind", FORMATS)
def test_the_size_of_a_short_film_is_known_exactly(kind: str) -> None:
    reel = films.reel(film(5), Cut(scale=2))
    *steps, data = films.write(reel, kind)
    assert steps == [b""] * 5  # one for each shot, so that a bar can tell how far it is
    assert films.estimate(reel, kind) == len(data)


def test_pictures_stand_side_by_side_at_one_height() -> None:
    large, small, odd = (np.full((3, n, n, 3), n, np.uint8) for n in (8, 4, 5))
    joined, places = films.beside([large, small, odd])
    assert joined.shape == (3, 8, 8 + 2 + 8 + 2 + 5, 3)
    assert places == [(0, 8), (10, 8), (20, 5)]
    assert (joined[:, :, :8] == 8).all()
    assert (joined[:, :, 8:10] == 128).all()
    assert (joined[:, :, 10:18] == 4).all()  # twice enlarged
    assert (joined[:, 1:6, 20:] == 5).all()  # as it is, in the middle
    assert (joined[:, [0, 6, 7], 20:] == 128).all()
    with pytest.raises(ValueError, match="as many"):
        films.beside([large, small[:2]])


def test_a_film_is_enlarged_by_whole_numbers_that_fit() -> None:
    assert films.scales(film(1, 64)) == list(films.SCALES)
    assert films.scales(film(1, 700)) == [1, 2]
    assert films.scales(film(1, 3000)) == [1]
    for scale in (0, 5, 6):
        with pytest.raises(ValueError, match="allowed: 1, 2, 3, 4"):
            films.reel(film(1, 500), Cut(scale=scale))


def test_what_is_no_film_is_refused() -> None:
    frames = film(2).frames
    for wrong in (frames.astype(float), frames[..., :1], frames[0], frames[:0]):
        with pytest.raises(ValueError, match="takes uint8"):
            Film(wrong, ("",) * len(wrong), Recipe(), "no film")
    with pytest.raises(ValueError, match="2 frames came with 1 captions"):
        Film(frames, ("",), Recipe(), "no film")
    with pytest.raises(ValueError, match="500 at most"):
        Film(frames[:1].repeat(501, 0), ("",) * 501, Recipe(), "long")
    with pytest.raises(LookupError, match="gif, mp4"):
        films.write(films.reel(film(2), Cut()), "avi")


def test_a_film_is_told_from_others_by_pictures_and_captions() -> None:
    one = film(2)
    assert one.digest == film(2).digest
    other = one.frames.copy()
    other[1, 0, 0, 0] ^= 1
    assert Film(other, one.labels, one.recipe, one.name).digest != one.digest
    assert Film(one.frames, ("a", "b"), one.recipe, one.name).digest != one.digest


def test_timing_reaches_the_reel() -> None:
    reel = films.reel(film(4), Cut(Timing(5, "ping-pong", hold=0), 3))
    assert reel.index.tolist() == [0, 1, 2, 3, 2, 1]
    assert (reel.fps, reel.loops, reel.size) == (5, True, (96, 96))
    assert np.array_equal(reel.shot(4), reel.frames[2].repeat(3, 0).repeat(3, 1))
