"""MP4: H.264 in yuv420p, which browsers, phones and slides play."""

import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from studio.services.formats.reel import Reel
from studio.services.timing import ticks

QUALITY = 14  # x264's constant rate factor: 0 is exact, 18 looks so
FAST = 30  # frames a second of a film whose frames do not last equally long
PATH = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")


def write(reel: Reel) -> Iterator[bytes]:
    """Yield b"" after each shot, then the file. Whoever stops asking ends the encoder."""
    rate, repeats = _rate(reel)
    with tempfile.TemporaryDirectory() as folder:
        notes, path, errors = (Path(folder) / name for name in ("notes.txt", "film.mp4", "errors.txt"))
        notes.write_text(_notes(reel), encoding="utf-8")
        with errors.open("wb") as log:
            encoder = subprocess.Popen(
                _command(reel, rate, notes, path), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log
            )
        try:
            for i, repeat in enumerate(repeats.tolist()):
                data = np.ascontiguousarray(reel.shot(i)).tobytes()
                for _ in range(repeat):
                    encoder.stdin.write(data)
                yield b""
            encoder.stdin.close()
            failed = encoder.wait() != 0
        except BrokenPipeError:
            failed = True
        finally:
            encoder.kill()
            encoder.wait()
        if failed:
            raise OSError(f"The video could not be encoded: {errors.read_text(errors='replace')[-300:].strip()}")
        yield path.read_bytes()


def read(data: bytes) -> str | None:
    """The text inside an MP4, None if there is none; ValueError if it is damaged."""
    boxes = memoryview(data)
    for name in PATH:
        found = next((body for kind, body in _boxes(boxes) if kind == name), None)
        if found is None:
            return None
        boxes = found[4:] if name == b"meta" else found  # after its version
    return bytes(boxes[8:]).decode(errors="replace")  # after its type and language


def _rate(reel: Reel) -> tuple[float, np.ndarray]:
    """Frames a second, and how many times each shot is shown: at the film's own rate if none but one lasts longer."""
    odd = np.abs(reel.seconds - 1 / reel.fps) > 1e-6
    rate = reel.fps if odd.sum() <= 1 else max(FAST, reel.fps)
    return rate, ticks(reel.seconds, rate)


def _command(reel: Reel, rate: float, notes: Path, out: Path) -> list[str]:
    import imageio_ffmpeg

    width, height = reel.size
    even = "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=gray"  # yuv420p halves both sides for colour
    colours = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p"
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{rate:.6g}", "-i", "-"),
        *("-f", "ffmetadata", "-i", str(notes), "-map", "0:v", "-map_metadata", "1"),
        *("-vf", f"{even},{colours}", "-c:v", "libx264", "-preset", "medium", "-crf", str(QUALITY), "-threads", "2"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
        *("-movflags", "+faststart", str(out)),
    ]


def _notes(reel: Reel) -> str:
    values = {"title": reel.title, "description": reel.line, "comment": reel.text}
    escaped = {name: re.sub(r"([=;#\\\n])", r"\\\1", value) for name, value in values.items()}
    return "\n".join([";FFMETADATA1", *(f"{name}={value}" for name, value in escaped.items()), ""])


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """The boxes side by side in `data`, each by its kind; ValueError where one is longer than what is left."""
    while len(data) >= 8:
        length, kind = struct.unpack_from(">I4s", data)
        head = 8
        if length == 1 and len(data) >= 16:
            length, head = struct.unpack_from(">Q", data, 8)[0], 16
        elif length == 0:
            length = len(data)
        if not head <= length <= len(data):
            raise ValueError("This MP4 is damaged.")
        yield kind, data[head:length]
        data = data[length:]
