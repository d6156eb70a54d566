"""A film ready to be written: what every format is made from."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Part:
    """One of the pictures side by side: its place in px of the frames, its title and, if it has one, its colour bar.

    `colours` are evenly spaced stops as #rrggbb, `numbers` what stands at both ends and in the middle.
    """

    title: str
    left: int
    width: int
    colours: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Print:
    """What stands under the pictures at the size of the file: `foot`, uint8 `(f, W, 3)`, then a caption a frame.

    `bands`, uint8 `(S, h, W)`, are the captions, from 0, `paper`, to 255, `ink`, which are RGB.
    """

    foot: np.ndarray
    bands: np.ndarray
    paper: tuple[int, int, int]
    ink: tuple[int, int, int]

    @property
    def height(self) -> int:
        """In px, of both."""
        return len(self.foot) + self.bands.shape[1]

    def shades(self, number: int) -> np.ndarray:
        """The colours from paper to ink, uint8 `(number, 3)`."""
        return self._mixed(np.linspace(0, 1, number))

    def of(self, frame: int) -> np.ndarray:
        """All that stands under a frame, uint8 `(height, W, 3)`."""
        return np.concatenate([self.foot, self._mixed(self.bands[frame] / 255)])

    def _mixed(self, share: np.ndarray) -> np.ndarray:
        return np.rint(share[..., None] * self.ink + (1 - share[..., None]) * np.array(self.paper)).astype(np.uint8)


@dataclass(frozen=True)
class Reel:
    """`frames`, uint8 `(S, H, W, 3)`, shown `scale` times enlarged, nearest neighbour, over what is in `print`, if any.

    Shot i shows frame `index[i]` for `seconds[i]`, at `fps` frames a second where nothing is eased or held. `labels`
    are the captions as text; `text` is what goes inside the file (see `inside`), `line` the same for people. `dither`
    and `palettes`, `one` or `each`, are for GIF.
    """

    frames: np.ndarray
    labels: tuple[str, ...]
    parts: tuple[Part, ...]
    index: np.ndarray
    seconds: np.ndarray
    fps: float
    loops: bool
    title: str
    line: str
    text: str
    scale: int = 4
    palettes: str = "one"
    dither: bool = False
    print: Print | None = None

    def __len__(self) -> int:
        return len(self.index)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the file in pixels."""
        height, width = self.frames.shape[1:3]
        return width * self.scale, height * self.scale + (self.print.height if self.print else 0)

    def shot(self, i: int) -> np.ndarray:
        """Shot i as it is shown, uint8 `(height, width, 3)`."""
        at = self.index[i]
        picture = enlarge(self.frames[at], self.scale)
        return np.concatenate([picture, self.print.of(at)]) if self.print else picture

    def some(self, shots: np.ndarray) -> "Reel":
        """A reel of some of the shots."""
        return replace(self, index=self.index[shots], seconds=self.seconds[shots])


def enlarge(picture: np.ndarray, scale: int) -> np.ndarray:
    """Every pixel of `(H, W, …)` as a square of `scale` × `scale`."""
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)


def changed(before: np.ndarray | None, now: np.ndarray, even: bool = False) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) of `(H, W, …)` outside which two pictures agree; one pixel if everywhere.

    With `even` its corner has even coordinates, as WebP wants it.
    """
    height, width = now.shape[:2]
    if before is None:
        return 0, 0, width, height
    differs = (before != now).reshape(height, width, -1).any(-1)
    rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
    if not len(rows):
        return 0, 0, 1, 1
    left, top = int(columns[0]), int(rows[0])
    if even:
        left, top = left - left % 2, top - top % 2
    return left, top, int(columns[-1]) + 1, int(rows[-1]) + 1
