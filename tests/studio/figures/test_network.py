"""The plan of the drawing, and what it prints."""

from dataclasses import dataclass

import numpy as np

from studio.figures.network import Edge, plan, printed, thumbnails
from studio.figures.parts import Bars, Picture


@dataclass
class Block:
    name: str
    title: str
    path: str
    channels: int
    side: int
    skip: str = ""


BLOCKS = [
    Block("net.stem", "stem", "down", 4, 8),
    Block("net.down.0", "down 8×8", "down", 4, 8),
    Block("net.down.1", "down to 4×4", "down", 4, 4),
    Block("net.middle.0", "middle 4×4", "middle", 8, 4),
    Block("net.up.0", "up 4×4", "up", 8, 4, "net.down.1"),
    Block("net.up.1", "up 8×8 · 1", "up", 4, 8, "net.down.0"),
    Block("net.up.2", "up 8×8 · 2", "up", 4, 8, "net.stem"),
]


def test_a_block_stands_in_the_row_of_its_size_on_the_side_of_its_path() -> None:
    made = plan(BLOCKS)
    assert [(node.name, node.row, node.side) for node in made.nodes] == [
        ("stem", 0, "left"), ("down.0", 0, "left"), ("down.1", 1, "left"), ("middle.0", 1, "middle"),
        ("up.0", 1, "right"), ("up.1", 0, "right"), ("up.2", 0, "right"),
    ]  # fmt: skip
    assert made.rows == ("8×8", "4×4")
    assert made.nodes[3].help == "middle 4×4: 8 channels of 4×4"


def test_the_outer_skip_of_a_row_leads_around_the_inner_one() -> None:
    assert plan(BLOCKS).edges == (Edge(2, 4, 0), Edge(1, 5, 0), Edge(0, 6, 1))


def test_thumbnails_of_large_maps_are_thinned_out() -> None:
    small, large = np.zeros((2, 32, 32, 3), np.uint8), np.arange(256 * 256 * 3).reshape(1, 256, 256, 3).astype(np.uint8)
    assert thumbnails(small).shape == (2, 32, 32, 3)
    assert np.array_equal(thumbnails(large), large[:, ::4, ::4])


def test_on_paper_there_is_a_picture_per_block_and_a_bar_per_skip() -> None:
    thumbs = [np.full((4, 4, 3), i, np.uint8) for i in range(len(BLOCKS))]
    *rows, bars = printed(BLOCKS, thumbs, [block for block in BLOCKS if block.skip], np.array([0.25, 0.5, 0.75]))
    pictures = [part for row in rows for part in row]
    assert [picture.title for picture in pictures] == [block.title for block in BLOCKS]
    assert all(isinstance(picture, Picture) for picture in pictures)
    assert isinstance(bars, Bars)
    assert list(bars.values) == [25, 50, 75]
    assert bars.names[0] == "down.1 → up 4×4"
