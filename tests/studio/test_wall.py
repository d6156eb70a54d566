"""Each tile of the wall leads to the settings that its sample was drawn with."""

import re
from html import unescape
from pathlib import Path

from PIL import Image

from studio.services.library import checkpoints
from studio.wall import wall


def test_tiles_name_their_seed_and_the_class_whose_turn_it_was(home: Path) -> None:
    folder = (home / "checkpoints").resolve() / "tiny"
    Image.new("RGB", (3 * 18 - 2, 2 * 18 - 2)).save(folder / "samples.png")
    [entry] = [entry for entry in checkpoints() if entry.name == "tiny"]
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', wall(entry, 99))]
    assert len(links) == 6
    assert links[:3] == [
        "/denoise?checkpoint=tiny&seed=0&label=cat",
        "/denoise?checkpoint=tiny&seed=1&label=dog",
        "/denoise?checkpoint=tiny&seed=2&label=cat",
    ]
    (folder / "samples.png").unlink()
