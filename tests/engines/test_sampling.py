"""One way to pictures for all families."""

from pathlib import Path

import numpy as np
import pytest

from engines import checkpoints
from engines.images import quantise
from engines.introspect.trajectory import trajectory
from engines.sampling import draw


def test_a_chain_is_drawn_step_by_step(home: Path) -> None:
    model = checkpoints.load("tiny")
    drawn = list(draw(model, [3, 4], steps=5))
    assert [(each.done, each.total) for each in drawn] == [(i, 5) for i in range(6)]
    *_, last = trajectory(model.net, seeds=[3, 4], steps=5)
    np.testing.assert_array_equal(drawn[-1].pictures, quantise(last.x_t))


def test_a_model_without_a_chain_draws_in_one_pass_the_same_in_any_batch(gan_home: Path) -> None:
    model = checkpoints.load("tiny-gan")
    (both,) = draw(model, [3, 4])
    (alone,) = draw(model, [4])
    assert (both.done, both.total) == (1, 1)
    assert both.pictures.shape == (2, 16, 16, 3)
    np.testing.assert_array_equal(both.pictures[1], alone.pictures[0])
    assert not np.array_equal(*both.pictures)


def test_what_a_family_cannot_do_is_said_by_name(gan_home: Path) -> None:
    with pytest.raises(ValueError, match="tiny-gan cannot do 'trajectory'; it can: discriminate, interpolate"):
        checkpoints.load("tiny-gan", can="trajectory")
