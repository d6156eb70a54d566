"""The service behind the Gradients page: what is cached, what is weighed, what a run's folder gives."""

from pathlib import Path

import numpy as np
import pytest

from engines import checkpoints, runs
from engines.introspect.gradients import step_flow
from engines.training.config import TrainConfig
from studio.services import gradients

UNET = {"image_size": 16, "model_channels": 16, "multipliers": [1], "attention": [], "heads": 2}
RUN = TrainConfig(
    model={"unet": UNET}, images=32, batch_size=8, log_images=8, sample_images=10**9, validate_images=10**9,
    score_images=10**9, device="cpu", precision="fp32", gradients_every=2,
)  # fmt: skip


def test_a_step_is_the_engines_on_the_sources_pictures_and_classes(home: Path) -> None:
    look = gradients.step("tiny", "drawn", 3, 4, True)
    model, images, labels = gradients._given("tiny", "drawn", 4)
    assert images.shape == (4, 16, 16, 3)
    assert set(labels) <= {0, 1}
    np.testing.assert_array_equal(look.flow.norm, step_flow(model.net, images, labels, 3, 5.0, 1e-3).flow.norm)
    assert (look.gamma, look.learning_rate) == (5.0, 1e-3)
    assert gradients.step("tiny", "drawn", 3, 4, True) is look
    assert gradients.step("tiny", "drawn", 3, 4, False).loss > look.loss  # v-prediction: every weight is below 1


def test_classes_go_by_name_and_unknown_ones_are_the_null_class(home: Path) -> None:
    _, _, dogs = gradients._given("tiny", "drawn:dog", 4)
    assert dogs.tolist() == [1] * 4
    classes = checkpoints.load("tiny").card.classes
    assert classes == ("cat", "dog")


@pytest.mark.parametrize("source", ["/nowhere", "drawn:fish"])
def test_a_source_that_is_not_there_is_said_in_words(home: Path, source: str) -> None:
    with pytest.raises(ValueError, match=source.removeprefix("drawn:")):
        gradients.step("tiny", source, 0, 4, True)


def test_levels_grow_are_kept_and_weighed(home: Path) -> None:
    *_, found = gradients.levels("tiny", "drawn", 0, 2)
    assert found.t.tolist() == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]
    assert gradients.known_levels("tiny", "drawn", 0, 2) is found
    assert gradients.known_levels("tiny", "drawn", 1, 2) is None
    (on, loss_on), (off, loss_off) = found.weighted(True), found.weighted(False)
    snr = checkpoints.load("tiny").net.schedule.snr(95).item()
    np.testing.assert_allclose(on[-1], min(snr, 5) / (snr + 1) * off[-1], rtol=1e-5)  # Hang et al. on v
    np.testing.assert_allclose(loss_on / loss_off, found.weight)
    assert on.shape == (10, len(found.layers))


def test_a_runs_log_is_found_and_read_back(home: Path) -> None:
    assert gradients.runs() == []
    list(runs.start(RUN, home / "runs" / "mine"))
    list(runs.start(RUN, home / "elsewhere"))
    assert gradients.runs() == ["mine"]
    past = gradients.history("mine")
    assert past.histories[0].steps.tolist() == [1, 3]
    assert past.loss[:, 0].tolist() == [1, 2, 3, 4]
    assert 0 < past.cost < 1
    by_path = gradients.history(str(home / "elsewhere"))
    np.testing.assert_array_equal(by_path.histories[0].stack("norm"), past.histories[0].stack("norm"))
    with pytest.raises(LookupError, match="no log of gradients"):
        gradients.history("nothing")
