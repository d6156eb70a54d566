"""What is explained is the number it says: recomputed from the model's own predictions and logits."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engines import checkpoints
from engines.introspect.attribution import attribute
from engines.introspect.methods import GradCam, IntegratedGradients, Saliency
from engines.introspect.targets import around, catness, layers, prediction, realness
from engines.metrics import features
from engines.noise import noise


def test_a_box_stays_inside_the_picture() -> None:
    assert around(0, 15, 4, 16).slices == (slice(0, 4), slice(12, 16))
    assert around(8, 8, 1, 16).slices == (slice(8, 9), slice(8, 9))
    for row, size in ((16, 1), (-1, 1), (0, 17), (0, 0)):
        with pytest.raises(ValueError, match="allowed"):
            around(row, 0, size, 16)


@pytest.mark.parametrize(("labels", "guidance"), [(None, 1.0), ([1], 1.0), ([1], 2.5)])
def test_a_prediction_is_the_mean_of_its_box(home: Path, labels: list[int] | None, guidance: float) -> None:
    model = checkpoints.load("tiny").net
    x = 0.05 * noise([3, 4], model.shape)  # so small that nothing is clipped
    box = around(5, 9, 4, 16)
    with torch.no_grad():
        x0 = model.denoiser(labels and labels * 2, guidance)(x, 20)
    assert x0.abs().max() < 1
    eps = model.schedule.predict_eps(x, 20, x0)
    for name, whole in (("x0", x0), ("eps", eps)):
        score = prediction(model, 20, box, name, labels, guidance)(x)
        torch.testing.assert_close(score, whole[:, :, 3:7, 7:11].mean((1, 2, 3)), atol=1e-5, rtol=1e-4)


def test_where_x0_is_clipped_there_still_is_a_gradient(home: Path) -> None:
    model = checkpoints.load("tiny").net
    x = torch.full((1, *model.shape), 5.0)
    *_, end = attribute(prediction(model, 20, around(8, 8, 2, 16)), x, Saliency())
    assert end.result.score > 1
    assert end.result.values.max() > 0


def test_the_gradient_is_that_of_a_small_step(home: Path) -> None:
    model = checkpoints.load("tiny").net
    target, x, h = prediction(model, 20, around(8, 8, 4, 16)), noise([3], model.shape), 0.02
    *_, end = attribute(target, x, Saliency(absolute=False))
    direction = torch.zeros_like(x)
    direction[:, :, 8, 8] = h
    slope = float(target(x + direction) - target(x - direction)) / (2 * h)
    assert end.result.values[8, 8] == pytest.approx(slope, rel=0.01)


def test_layers_of_a_denoiser_lie_inside_its_net_and_can_be_looked_at(home: Path) -> None:
    model = checkpoints.load("tiny").net
    target, x = prediction(model, 20, around(8, 8, 4, 16)), noise([3], model.shape)
    there = layers(target, x)
    assert there["net.stem"] == (16, 16, 16)
    assert {"net.middle.0", "net.up.0", "net.down.0"} <= set(there)
    *_, end = attribute(target, x, GradCam("net.middle.0"))
    assert end.result.values.shape == there["net.middle.0"][1:]


def test_a_guided_denoiser_has_no_layer_of_one_map(home: Path) -> None:
    model = checkpoints.load("tiny").net
    target = prediction(model, 20, around(8, 8, 4, 16), labels=[0], guidance=2.0)
    with pytest.raises(ValueError, match="another method"):
        list(attribute(target, noise([3], model.shape), GradCam()))


def test_a_discriminator_is_any_module_with_a_score() -> None:
    class Judge(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.discriminator = nn.Sequential(nn.Conv2d(3, 2, 3), nn.LeakyReLU(0.2))

        def score(self, images: Tensor) -> Tensor:
            return self.discriminator(images).mean((1, 2, 3))

    judge = Judge().requires_grad_(False)
    target, x = realness(judge), noise([1], (3, 8, 8))
    assert torch.equal(target(x), judge.score(x))
    assert list(layers(target, x)) == ["discriminator.0", "discriminator.1"]
    *_, end = attribute(target, x, IntegratedGradients(steps=64))
    assert abs(end.result.error) < 0.02 * abs(end.result.score - end.result.reference)


def test_the_log_odds_of_a_cat_are_those_of_the_classifiers_softmax() -> None:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    [seen] = features.extract(pictures)
    p = torch.from_numpy(seen.logits).double().softmax(1).numpy()[:, 281:288].sum(1)
    x = torch.from_numpy(pictures.transpose(0, 3, 1, 2)).float() / 127.5 - 1
    np.testing.assert_allclose(catness()(x), np.log(p / (1 - p)), rtol=1e-3)
