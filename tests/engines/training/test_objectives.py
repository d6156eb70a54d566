"""Weights of the loss in closed form, steps that skip what is not a number, and the average's warm-up."""

import copy

import pytest
import torch

from engines.diffusion.model import DDPM, DDPMConfig
from engines.diffusion.schedules import schedule
from engines.models.unet import UNetConfig
from engines.noise import generator
from engines.training.config import TrainConfig
from engines.training.ema import EMA
from engines.training.objectives import DiffusionObjective, min_snr_weight, stratified_steps
from engines.training.optimise import PATIENCE, Optimiser

UNET = UNetConfig(image_size=16, model_channels=16, multipliers=(1, 2), attention=(8,), heads=2)


def objective(prediction: str = "v", **changes: object) -> DiffusionObjective:
    torch.manual_seed(0)
    return DiffusionObjective(
        DDPM(DDPMConfig(UNET, prediction=prediction)), TrainConfig(**changes), torch.device("cpu")
    )


@pytest.mark.parametrize("prediction", ["eps", "x0", "v"])
def test_min_snr_weights_are_one_loss_on_x0(prediction: str) -> None:
    """An error of δ in x0 costs min(SNR, γ) δ² whatever the network predicts."""
    s = schedule("linear")
    t = torch.tensor([5, 300, 900])
    x0, wrong, eps = (
        torch.zeros(3, 1, 1, 1).double(),
        torch.full((3, 1, 1, 1), 0.1).double(),
        torch.ones(3, 1, 1, 1).double(),
    )
    x_t = s.q_sample(x0, t, eps)
    off = {"eps": s.predict_eps(x_t, t, wrong), "x0": wrong, "v": s.velocity(wrong, t, s.predict_eps(x_t, t, wrong))}
    right = {"eps": eps, "x0": x0, "v": s.velocity(x0, t, eps)}
    error = (off[prediction] - right[prediction]).square().flatten()
    cost = min_snr_weight(s, t, prediction, 5.0).double() * error
    torch.testing.assert_close(cost, s.snr(t).clamp(max=5.0) * 0.01, rtol=1e-4, atol=1e-9)


def test_the_weight_is_finite_at_zero_terminal_snr() -> None:
    s = schedule("cosine", 1000, zero_terminal_snr=True)
    assert min_snr_weight(s, torch.tensor([999]), "v", 5.0).tolist() == [0.0]
    assert min_snr_weight(s, torch.tensor([999]), "v", None).tolist() == [1.0]


def test_stratified_steps_put_one_in_each_slice() -> None:
    t = stratified_steps(1000, 10, generator(0))
    assert (t // 100).tolist() == list(range(10))


def test_the_loss_of_a_network_that_predicts_zero_is_the_targets_own_power() -> None:
    images = torch.zeros(64, 3, 16, 16)
    assert float(objective("eps", min_snr_gamma=None).loss(images, None, generator(1))) == pytest.approx(1, abs=0.02)
    assert float(objective("x0", min_snr_gamma=None).loss(images, None, generator(1))) == 0


def test_a_gradient_that_is_not_a_number_changes_nothing_and_is_counted() -> None:
    net = torch.nn.Linear(2, 1)
    before = copy.deepcopy(net.state_dict())
    optimiser = Optimiser(net, TrainConfig())
    for _ in range(PATIENCE - 1):
        (net(torch.ones(1, 2)) * float("nan")).sum().backward()
        optimiser.step(1.0)
    assert optimiser.skipped == PATIENCE - 1
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())
    (net(torch.ones(1, 2)) * float("inf")).sum().backward()
    with pytest.raises(RuntimeError, match="lower learning_rate"):
        optimiser.step(1.0)


def test_gradients_are_clipped_to_the_configured_norm() -> None:
    net = torch.nn.Linear(1, 1, bias=False)
    optimiser = Optimiser(net, TrainConfig(clip=0.5, weight_decay=0.0))
    (1000 * net(torch.ones(1, 1))).sum().backward()
    assert optimiser.step(1.0) == pytest.approx(1000)
    assert optimiser.adam.state[net.weight]["exp_avg"].item() == pytest.approx(0.1 * 0.5)


def test_two_half_batches_give_the_gradient_of_one() -> None:
    """With the noise of each part drawn by itself the sums agree in expectation only; a fixed draw makes them equal."""
    whole = objective()
    images = torch.randn(4, 3, 16, 16, generator=generator(2))
    whole.bf16 = False
    for part in (images[:2], images[2:]):
        (whole.loss(part, None, generator(3)) / 2).backward()
    summed = [p.grad.clone() for p in whole.model.parameters() if p.grad is not None]
    whole.model.zero_grad()
    ((whole.loss(images[:2], None, generator(3)) + whole.loss(images[2:], None, generator(3))) / 2).backward()
    for a, b in zip(summed, [p.grad for p in whole.model.parameters() if p.grad is not None], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_the_average_forgets_its_random_start() -> None:
    net = torch.nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(0.0)
    ema = EMA(net, power=0.75, most=0.9995)
    net.weight.data.fill_(1.0)
    held = 1.0
    for step in range(100):
        ema.update(net, step)
        held *= min(0.9995, 1 - (1 + step) ** -0.75)
    assert ema.module.weight.item() == pytest.approx(1 - held, abs=1e-5)
    assert held < 1e-3


def test_buffers_follow_at_once() -> None:
    net = torch.nn.BatchNorm1d(2)
    ema = EMA(net)
    net(torch.full((4, 2), 3.0))
    ema.update(net, 1000)
    assert torch.equal(ema.module.running_mean, net.running_mean)


def test_eight_pictures_are_learnt_by_heart() -> None:
    """Overfitting is the first thing that a working objective can do: x0 from half noise, in 150 steps."""
    learner = objective(learning_rate=3e-3, weight_decay=0.0, precision="fp32", min_snr_gamma=5.0)
    pictures = (torch.rand(8, 3, 4, 4, generator=generator(5)) * 2 - 1).repeat_interleave(4, 2).repeat_interleave(4, 3)
    labels = torch.zeros(8, dtype=torch.long)
    for step in range(150):
        learner.step([(pictures, labels)], step, 1.0, learner.draw(0, step))
    net = learner.ema.module
    x_t = net.schedule.q_sample(pictures, 500, torch.randn(pictures.shape, generator=generator(6)))
    mse = (net.denoiser()(x_t, 500) - pictures).square().mean()
    assert float(10 * torch.log10(4 / mse)) > 12  # PSNR in dB over the range of 2
