"""Samplers against closed forms, and against diffusers step by step."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from engines.diffusion.denoiser import Guided
from engines.diffusion.samplers import SAMPLERS, Step, ddim, ddpm, dpmpp, heun
from engines.diffusion.schedules import Schedule, schedule, timesteps
from engines.noise import NoiseSource, noise


@dataclass(frozen=True)
class GaussianDenoiser:
    """The exact posterior mean for data N(mean, std²): whatever is wrong in a chain is then the sampler's."""

    mean: float
    std: float
    schedule: Schedule

    def __call__(self, x_t: Tensor, t: int) -> Tensor:
        a = self.schedule.at(t, x_t)
        gain = a.sqrt() * self.std**2 / (a * self.std**2 + 1 - a)
        return self.mean + gain * (x_t - a.sqrt() * self.mean)


def run(sampler: Callable, denoise: GaussianDenoiser, steps: int, eta: float = 0.0, n: int = 8192) -> list[Step]:
    seeds = range(n)
    times = timesteps(denoise.schedule.steps, steps)
    return list(sampler(denoise, noise(seeds, (1, 1, 1)), times, eta, NoiseSource(seeds)))


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize(
    ("sampler", "steps", "eta"), [(ddpm, 250, 0), (ddim, 100, 0), (ddim, 250, 1), (dpmpp, 40, 0), (heun, 40, 0)]
)
def test_every_sampler_reaches_the_data_when_the_denoiser_is_exact(
    sampler: Callable, steps: int, eta: float, zero: bool
) -> None:
    denoise = GaussianDenoiser(0.6, 0.3, schedule("cosine", 1000, zero))
    *_, last = run(sampler, denoise, steps, eta, n=4096)
    assert last.t == -1
    assert last.x_t.mean().item() == pytest.approx(0.6, abs=0.02)
    assert last.x_t.std().item() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(("sampler", "order"), [(ddim, 1), (dpmpp, 2), (heun, 2)])
def test_the_order_of_each_deterministic_sampler(sampler: Callable, order: int) -> None:
    """The probability flow of Gaussian data is linear: halving the steps must divide the error by about 2^order."""
    s = schedule("cosine", 4000)
    denoise, x = GaussianDenoiser(0.0, 0.5, s), noise([0], (1, 1, 1)).double()

    def spread(t: int) -> float:
        return float((s.at(t) * 0.25 + 1 - s.at(t)).sqrt())

    def error(steps: int) -> float:
        times = [round(3600 - i * 2800 / steps) for i in range(steps + 1)]
        *_, last = sampler(denoise, x, times, 0.0, NoiseSource([0]))
        return abs(float(last.x_t / x) - spread(800) / spread(3600))  # each x_t keeps its rank on the way

    assert 0.7 * 2**order < error(20) / error(40) < 1.5 * 2**order


def test_ddim_with_eta_1_is_ddpm() -> None:
    denoise = GaussianDenoiser(0.2, 0.4, schedule("linear"))
    a = run(ddim, denoise, 50, eta=1.0, n=16)
    b = run(ddpm, denoise, 50, n=16)
    torch.testing.assert_close(a[-1].x_t, b[-1].x_t, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("sampler", ["ddim", "dpmpp"])
def test_chains_equal_diffusers_on_a_random_network(sampler: str) -> None:
    torch.manual_seed(0)
    net = torch.nn.Conv2d(3, 3, 3, padding=1).requires_grad_(False)
    ours = schedule("linear")

    class Denoise:
        schedule = ours

        def __call__(self, x: Tensor, t: int) -> Tensor:
            return ours.predict_x0(x, t, net(x).tanh(), "v")

    common = {"beta_schedule": "linear", "prediction_type": "v_prediction", "timestep_spacing": "trailing"}
    if sampler == "ddim":
        theirs = DDIMScheduler(1000, clip_sample=False, set_alpha_to_one=True, **common)
    else:
        theirs = DPMSolverMultistepScheduler(
            1000, solver_order=2, final_sigmas_type="zero", lower_order_final=True, **common
        )
    theirs.set_timesteps(20)
    x = start = noise([5], (3, 8, 8))
    for t in theirs.timesteps:
        x = theirs.step(net(x).tanh(), t, x).prev_sample
    *_, last = SAMPLERS[sampler](Denoise(), start, timesteps(1000, 20), 0.0, NoiseSource([5]))
    torch.testing.assert_close(last.x_t, x, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_chain_has_one_step_per_time_and_each_fits_its_own_prediction(name: str) -> None:
    s = schedule("cosine")
    chain = run(SAMPLERS[name], GaussianDenoiser(0.1, 0.5, s), 10, n=4)
    assert [step.t for step in chain] == timesteps(1000, 10)
    for step in chain[:-1]:
        torch.testing.assert_close(s.q_sample(step.x0, step.t, step.eps), step.x_t, rtol=1e-4, atol=1e-4)
    assert torch.equal(chain[-1].x_t, chain[-1].x0)


@pytest.mark.parametrize("name", SAMPLERS)
def test_picture_7_is_the_same_alone_and_in_a_batch(name: str) -> None:
    denoise = GaussianDenoiser(0.0, 0.5, schedule("cosine"))
    times = timesteps(1000, 10)
    many, one = range(5, 10), [7]
    *_, a = SAMPLERS[name](denoise, noise(many, (3, 4, 4)), times, 0.5, NoiseSource(many))
    *_, b = SAMPLERS[name](denoise, noise(one, (3, 4, 4)), times, 0.5, NoiseSource(one))
    torch.testing.assert_close(a.x_t[2], b.x_t[0])


def test_a_sampler_leaves_gradients_as_they_were_for_its_caller() -> None:
    chain = ddim(
        GaussianDenoiser(0.0, 0.5, schedule("cosine")), noise([0], (1, 1, 1)), timesteps(1000, 5), 0.0, NoiseSource([0])
    )
    next(chain)
    assert torch.is_grad_enabled()


def test_guidance_of_1_is_the_conditional_and_2_goes_as_far_again() -> None:
    s = schedule("cosine")
    conditional, null = GaussianDenoiser(0.4, 0.1, s), GaussianDenoiser(0.1, 0.1, s)
    x = torch.zeros(1, 1, 1, 1)
    c, n = conditional(x, 500), null(x, 500)
    torch.testing.assert_close(Guided(conditional, null, 1.0)(x, 500), c)
    torch.testing.assert_close(Guided(conditional, null, 2.0, clip=False)(x, 500), c + (c - n))
