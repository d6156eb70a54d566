"""Chains as files: PNG, GIF, MP4 and raw arrays, each with the recipe inside."""

import io
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from engines.images import quantise
from studio.recipe import Recipe, png_text
from studio.services import photos
from studio.services.chains import Chain

FPS = 12
HOLD = 1.5  # seconds that the last frame stands
SCALE = 4


def png(recipe: Recipe, picture: np.ndarray) -> bytes:
    """A picture, uint8 `(H, W, 3)`, as PNG with its recipe and, if it began from a photo, the photo."""
    out = io.BytesIO()
    photo = photos.to_text(recipe.photo) if recipe.photo else ""
    Image.fromarray(picture).save(out, "PNG", pnginfo=png_text(recipe, photo))
    return out.getvalue()


def gif(recipe: Recipe, frames: np.ndarray) -> bytes:
    """Frames, uint8 `(S, H, W, 3)`, four times enlarged, each with the best 256 colours of its own, not dithered.

    A palette for each frame costs 768 bytes a frame and keeps the last one, the picture, within a shade or two.
    """
    images = [
        Image.fromarray(frame)
        .quantize(256, dither=Image.Dither.NONE)
        .resize(_enlarged(frame), Image.Resampling.NEAREST)
        for frame in frames
    ]
    out = io.BytesIO()
    durations = [round(1000 / FPS / 10) * 10] * (len(images) - 1) + [int(1000 * HOLD)]
    images[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=durations,
        loop=0,
        optimize=False,
        disposal=1,
        comment=recipe.to_json().encode(),
    )
    return out.getvalue()


def mp4(recipe: Recipe, frames: np.ndarray) -> bytes:
    """Frames as H.264 in yuv420p, four times enlarged, which browsers and phones play; the recipe is its comment."""
    import imageio_ffmpeg

    big = np.concatenate([frames, np.repeat(frames[-1:], round(FPS * HOLD), axis=0)])
    big = big.repeat(SCALE, axis=1).repeat(SCALE, axis=2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.mp4"
        writer = imageio_ffmpeg.write_frames(
            str(path),
            (big.shape[2], big.shape[1]),
            fps=FPS,
            codec="libx264",
            pix_fmt_out="yuv420p",
            macro_block_size=2,
            output_params=["-crf", "14", "-movflags", "+faststart", "-metadata", f"comment={recipe.to_json()}"],
        )
        writer.send(None)
        for frame in big:
            writer.send(np.ascontiguousarray(frame))
        writer.close()
        return path.read_bytes()


def npz(recipe: Recipe, chain: Chain) -> bytes:
    """All arrays of a chain, and `recipe` as text."""
    out = io.BytesIO()
    np.savez_compressed(out, recipe=recipe.to_json(), **vars(chain))
    return out.getvalue()


def pictures(chain: Chain) -> np.ndarray:
    """The states x_t of a chain as pictures, uint8 `(S, H, W, 3)`."""
    return quantise(chain.x_t)


def _enlarged(frame: np.ndarray) -> tuple[int, int]:
    return (frame.shape[1] * SCALE, frame.shape[0] * SCALE)
