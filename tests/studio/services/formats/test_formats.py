"""What goes into a film's file comes out again: frames, times, order, captions, recipe and photo."""

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from studio.recipe import Recipe, png_text
from studio.services import films, formats, photos
from studio.services.films import Cut, Film
from studio.services.formats import FORMATS, gif, html, inside
from studio.services.formats.reel import Reel
from studio.services.timing import Timing

STILLS = ("gif", "webp", "apng")  # what Pillow reads frame by frame
EXACT = ("webp", "apng")


def written(reel: Reel, kind: str) -> bytes:
    *_, data = films.write(reel, kind)
    return data


def shown(data: bytes) -> Iterator[tuple[np.ndarray, float]]:
    """Each frame of a file as a viewer composes it, uint8 `(H, W, 3)`, and how many ms it stands."""
    with Image.open(io.BytesIO(data)) as image:
        for i in range(image.n_frames):
            image.seek(i)
            image.load()
            yield np.array(image.convert("RGB")), image.info["duration"]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_recipe_and_its_view_come_back(reel: Reel, film: Film, kind: str) -> None:
    data = written(reel, kind)
    assert formats.kind(data) == kind
    assert formats.read(data) == (film.recipe, ())


@pytest.mark.parametrize("kind", FORMATS)
def test_the_photo_travels_inside(home: Path, film: Film, kind: str) -> None:
    out = io.BytesIO()
    draw = np.random.default_rng(0)
    Image.fromarray(draw.integers(0, 256, (300, 300, 3), np.uint8)).save(out, "PNG")
    recipe = replace(film.recipe, photo=photos.keep(out.getvalue(), 300))  # more than 64 KB of base64
    data = written(films.reel(replace(film, recipe=recipe), Cut()), kind)
    photos.path(recipe.photo).unlink()
    back, [text] = formats.read(data)
    assert len(text) > 2**17
    assert back == recipe
    assert photos.from_text(text) == recipe.photo


def test_a_still_png_is_read_too(film: Film) -> None:
    out = io.BytesIO()
    photo = base64.b64encode(b"photo").decode()
    Image.fromarray(film.frames[-1]).save(out, "PNG", pnginfo=png_text(film.recipe, photo))
    assert formats.read(out.getvalue()) == (film.recipe, (photo,))


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("fixture", ["reel", "captioned"])
def test_frames_come_back_bit_for_bit(request: pytest.FixtureRequest, kind: str, fixture: str) -> None:
    made = request.getfixturevalue(fixture)
    found = list(shown(written(made, kind)))
    assert len(found) == 8
    for i, (picture, _) in enumerate(found):
        assert np.array_equal(picture, made.shot(i))
    assert [ms for _, ms in found] == [100] * 7 + [1100]


def test_the_player_holds_the_frames_bit_for_bit_and_cannot_be_broken_out_of(captioned: Reel) -> None:
    page = written(captioned, "html").decode()
    assert page.count("</script>") == 3
    film = json.loads(re.search(r'id="film">(.*?)</script>', page, re.DOTALL)[1])
    for uri, frame in zip(film["frames"], captioned.frames, strict=True):
        data = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
        assert np.array_equal(np.array(Image.open(io.BytesIO(data))), frame)
    assert film["labels"] == list(captioned.labels)
    assert film["seconds"] == pytest.approx([0.1] * 7 + [1.1])
    assert "<b>" not in re.search(r"<title>(.*?)</title>", page)[1]
    assert "{{" not in page
    assert not re.search(r"https?://", page)


def test_the_player_leaves_out_frames_that_no_shot_shows(reel: Reel) -> None:
    page = written(reel.some(np.array([6, 2])), "html").decode()
    film = json.loads(re.search(r'id="film">(.*?)</script>', page, re.DOTALL)[1])
    assert (len(film["frames"]), film["index"], film["labels"]) == (2, [1, 0], [reel.labels[2], reel.labels[6]])


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("order", ["once", "loop", "ping-pong"])
def test_order_and_loops(film: Film, kind: str, order: str) -> None:
    data = written(films.reel(film, Cut(Timing(10, order, hold=0), 1)), kind)
    found = [picture.astype(int) for picture, _ in shown(data)]
    wanted = [*range(8), *range(6, 0, -1)] if order == "ping-pong" else list(range(8))
    assert [int(np.argmin([np.abs(p - f).mean() for f in film.frames])) for p in found] == wanted
    with Image.open(io.BytesIO(data)) as image:
        loops = image.info.get("loop")
    assert loops == (0 if order != "once" else {"gif": None, "webp": 1, "apng": 1}[kind])


@pytest.mark.parametrize("kind", STILLS)
def test_still_frames_are_not_lost(film: Film, kind: str) -> None:
    still = np.full((5, 8, 8, 3), 90, np.uint8)
    still[2:, 3, 5] = 200
    reel = films.reel(Film(still, ("",) * 5, film.recipe, "still"), Cut(Timing(10, hold=0), 3))
    found = list(shown(written(reel, kind)))
    assert sum(ms for _, ms in found) == 500
    assert np.abs(found[-1][0].astype(int) - reel.shot(4)).max() <= 1
    assert np.abs(found[0][0].astype(int) - reel.shot(0)).max() <= 1


# GIF


def test_one_palette_serves_all_frames_and_the_one_shown_longest_best(reel: Reel) -> None:
    data = written(reel, "gif")
    with Image.open(io.BytesIO(data)) as image:
        first = image.global_palette.palette
    assert data.count(bytes(first)) == 1
    apart = errors(reel, data)
    assert apart[-1] < 3
    assert apart.max() < 14
    colours = gif.palette(reel, np.arange(8))
    held = replace(reel, seconds=np.r_[np.full(7, 0.001), 100.0])
    assert distance(gif.palette(held, np.arange(8)), reel.frames[-1]) < distance(colours, reel.frames[-1])


def errors(reel: Reel, data: bytes) -> np.ndarray:
    """How far each frame of a file is from the film's, mean over its pixels."""
    pairs = zip(shown(data), reel.frames, strict=True)
    return np.array([np.abs(picture[::2, ::2].astype(int) - frame).mean() for (picture, _), frame in pairs])


def distance(colours: np.ndarray, picture: np.ndarray) -> float:
    apart = picture.reshape(-1, 1, 3).astype(float) - colours[None].astype(float)
    return float((apart**2).sum(-1).min(1).mean())


def test_lloyds_rounds_find_colours_that_are_few_exactly() -> None:
    colours = np.stack(np.meshgrid(*[np.arange(3, 256, 63)] * 3), -1).reshape(-1, 3).astype(np.uint8)  # 5³ of them
    frames = colours[np.random.default_rng(1).integers(0, 125, (3, 32, 32))]
    reel = films.reel(Film(frames, ("",) * 3, Recipe("x"), "few"), Cut())
    assert distance(gif.palette(reel, np.arange(3)), frames[0]) == 0


def test_a_palette_for_each_frame_is_nearer(reel: Reel) -> None:
    one, each = (errors(reel, written(replace(reel, palettes=palettes), "gif")) for palettes in ("one", "each"))
    assert (each < one).all()


def test_dithering_is_off_until_asked_for(reel: Reel) -> None:
    ramp = np.linspace(0, 255, 64 * 64).reshape(1, 64, 64, 1).repeat(3, -1).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
    film = Film(np.concatenate([noise, ramp]), ("", ""), Recipe("x"), "ramp")
    plain, mixed = (films.reel(film, Cut(scale=1, dither=dither)) for dither in (False, True))
    flat, grained = (next(p for i, (p, _) in enumerate(shown(written(r, "gif"))) if i == 1) for r in (plain, mixed))
    runs = lambda p: int((np.diff(p[..., 1].astype(int), axis=1) != 0).sum())  # noqa: E731
    assert runs(flat) < runs(grained)
    blur = lambda p: p.reshape(8, 8, 8, 8, 3).astype(float).mean((1, 3))  # noqa: E731
    assert np.abs(blur(grained) - blur(ramp[0])).mean() < np.abs(blur(flat) - blur(ramp[0])).mean()


def test_a_gif_keeps_pixels_square_and_captions_legible(captioned: Reel) -> None:
    for i, (picture, _) in enumerate(shown(written(captioned, "gif"))):
        above, under = picture[:64], picture[64:].astype(int)
        assert np.array_equal(above, above[::2, ::2].repeat(2, 0).repeat(2, 1))
        assert np.abs(under[3:] - captioned.print.of(i)[3:]).max() <= 3
        assert np.abs(under[:3] - 90).max() <= 4  # titles and colour bars count too


# MP4


@pytest.mark.parametrize(("size", "scale"), [(32, 2), (17, 3), (16, 4)])
def test_an_mp4_plays_everywhere_and_ends_at_the_picture(film: Film, size: int, scale: int) -> None:
    small = replace(film, frames=film.frames[:, :size, :size])
    data = written(films.reel(small, Cut(Timing(12), scale)), "mp4")
    read = iio.imread(data, extension=".mp4", plugin="FFMPEG")
    meta = iio.immeta(data, extension=".mp4", plugin="FFMPEG")
    assert meta["codec"] == "h264"
    assert meta["pix_fmt"].startswith("yuv420p")
    assert meta["fps"] == 12
    even = size * scale + size * scale % 2
    assert read.shape == (8 + 18, even, even, 3)
    at = slice(scale // 2, size * scale, scale)
    assert np.abs(read[-1, at, at].astype(int) - small.frames[-1]).mean() < 4


def test_easing_makes_an_mp4_no_longer_and_drops_no_frame(film: Film) -> None:
    data = written(films.reel(film, Cut(Timing(8, easing="smooth", hold=0), 2)), "mp4")
    read = iio.imread(data, extension=".mp4", plugin="FFMPEG")
    assert len(read) == 30  # one second at 30 frames a second
    small = read[:, 1::2, 1::2].astype(int)
    nearest = [int(np.argmin([np.abs(p - f).mean() for f in film.frames])) for p in small]
    assert sorted(set(nearest)) == list(range(8))
    times = np.bincount(nearest)
    assert times[0] > times[3]
    assert times[7] > times[4]


def test_whoever_stops_asking_ends_the_encoder(reel: Reel) -> None:
    steps = films.write(reel, "mp4")
    next(steps)
    encoder = steps.gi_frame.f_locals["encoder"]
    assert encoder.poll() is None
    steps.close()
    assert encoder.poll() is not None


# Anything may be dropped


@pytest.mark.parametrize("kind", FORMATS)
def test_a_film_without_a_recipe_is_named(reel: Reel, kind: str) -> None:
    empty = written(replace(reel, text=""), kind) if kind != "html" else b"<!doctype html><p>cat</p>"
    with pytest.raises(ValueError, match=r"holds no recipe|not a Whisker recipe"):
        formats.read(empty)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_file_is_a_value_error_and_nothing_else(reel: Reel, kind: str) -> None:
    data = written(reel, kind)
    draw = np.random.default_rng(0)
    for _ in range(60):
        broken = bytearray(data)
        for at in draw.integers(0, len(data), 40):
            broken[at] = draw.integers(256)
        for part in (bytes(broken), data[: draw.integers(len(data))]):
            try:
                formats.read(part)
            except ValueError:
                continue


def test_other_files_are_refused() -> None:
    for data in (b"", b"cat", b"%PDF-1.7", b"\x00" * 64):
        with pytest.raises(ValueError, match="none that Whisker writes"):
            formats.read(data)


def test_a_recipe_with_a_photo_is_still_a_recipe(film: Film) -> None:
    text = inside.pack(film.recipe, ["cGhvdG8="])
    assert Recipe.from_json(text) == film.recipe
    assert inside.unpack(text) == (film.recipe, ("cGhvdG8=",))
    assert inside.joined("no json", ["cGhvdG8="]) == "no json"
    for odd in ("text", [1, None], {"a": 1}):
        assert inside.unpack(json.dumps(json.loads(text) | {inside.PHOTO: odd})) == (film.recipe, ())


def test_photos_that_a_view_names_travel_too(home: Path, film: Film) -> None:
    digests = []
    for shade in (60, 200):
        out = io.BytesIO()
        Image.fromarray(np.full((16, 16, 3), shade, np.uint8)).save(out, "PNG")
        digests.append(photos.keep(out.getvalue(), 16))
    view = f"animate?kind=Fusion&a=photo%3A{digests[0]}&b=photo:{digests[1]}"
    data = written(films.reel(replace(film, recipe=replace(film.recipe, view=view)), Cut()), "gif")
    for digest in digests:
        photos.path(digest).unlink()
    assert [photos.from_text(text) for text in formats.read(data)[1]] == digests


def test_text_of_a_player_survives_its_escapes(film: Film) -> None:
    odd = replace(film, recipe=replace(film.recipe, label="</script><script>alert(1)"))
    data = written(films.reel(odd, Cut()), "html")
    assert b"<script>alert" not in data
    assert formats.read(data)[0] == odd.recipe
    assert html.read(data) is not None
