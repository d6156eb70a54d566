"""What is said of rows whose ends are not the parents."""

from collections.abc import Mapping

import numpy as np

from studio.panels.fuse_numbers import Shown, lossy
from studio.recipe import Recipe
from studio.services.cats import Cat
from studio.services.fuse import Ask, Row
from studio.services.paths import Numbers

ASK = Ask(Recipe("m"), (Cat(seed=1), Cat(seed=2)))
FLAT = np.zeros(2)


def shown(way: str, psnr: tuple[float, float], checkpoint: str = "m", **more: bool) -> Mapping[str, Shown]:
    row = Row(checkpoint, way, way, "", **more)
    numbers = Numbers(FLAT, FLAT, FLAT, FLAT, FLAT, FLAT, FLAT, 1.0, psnr, ("", ""))
    return {row.name: Shown(row, None, numbers)}


def test_rows_that_end_at_their_parents_or_are_redrawn_need_no_word() -> None:
    assert lossy(ASK, shown("slerp", (40.0, 25.0)) | shown("shared", (9.0, 9.0), ends=False)) == ""


def test_a_row_that_lost_one_parent_is_named_with_what_helps() -> None:
    said = lossy(ASK, shown("slerp", (40.0, 12.0)) | shown("lerp", (40.0, 40.0)))
    assert ": slerp. " in said
    assert said.endswith("take more steps.")
    said = lossy(ASK, shown("slerp", (12.0, 40.0)) | shown("z", (18.0, 18.0), "gan", slow=True))
    assert ": slerp, gan z. " in said
    assert said.endswith("take more steps and search steps.")
