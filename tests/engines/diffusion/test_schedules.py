"""The forward process against diffusers' tables and against its own definition."""

import pytest
import torch
from diffusers import DDPMScheduler

from engines.diffusion.schedules import SCHEDULES, schedule, timesteps


@pytest.mark.parametrize(
    ("name", "theirs", "zero"),
    [
        ("linear", "linear", False),
        ("cosine", "squaredcos_cap_v2", False),
        ("linear", "linear", True),
        ("cosine", "squaredcos_cap_v2", True),
    ],
)
def test_tables_equal_diffusers(name: str, theirs: str, zero: bool) -> None:
    reference = DDPMScheduler(1000, beta_schedule=theirs, rescale_betas_zero_snr=zero).alphas_cumprod
    torch.testing.assert_close(schedule(name, 1000, zero).alpha_bar.float(), reference, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [10, 500, 2000])
def test_every_schedule_falls_from_nearly_one(name: str, steps: int) -> None:
    a = schedule(name, steps).alpha_bar
    assert (a.diff() < 0).all()
    assert 0 <= a[-1] < a[0] < 1


def test_linear_ends_at_the_same_noise_whatever_t_unless_unscaled() -> None:
    assert schedule("linear", 500).alpha_bar[-1] == pytest.approx(
        float(schedule("linear", 2000).alpha_bar[-1]), rel=0.1
    )
    assert float(schedule("linear-unscaled", 500).alpha_bar[-1].sqrt()) == pytest.approx(0.08, abs=0.005)


def test_zero_terminal_snr_ends_in_pure_noise_and_keeps_the_first_step() -> None:
    plain, zero = schedule("linear", 1000), schedule("linear", 1000, zero_terminal_snr=True)
    assert zero.alpha_bar[-1] == 0
    assert zero.alpha_bar[0] == pytest.approx(float(plain.alpha_bar[0]))


def test_q_sample_has_the_mean_and_variance_of_equation_4() -> None:
    s = schedule("cosine")
    x0 = torch.full((20_000, 1, 1, 1), 0.7)
    x_t = s.q_sample(x0, 400, torch.randn(x0.shape, generator=torch.Generator().manual_seed(0)))
    assert x_t.mean().item() == pytest.approx(0.7 * float(s.alpha_bar[400].sqrt()), abs=0.02)
    assert x_t.var().item() == pytest.approx(1 - float(s.alpha_bar[400]), rel=0.05)


@pytest.mark.parametrize("prediction", ["eps", "x0", "v"])
@pytest.mark.parametrize("t", [0, 300, 999])
def test_every_prediction_gives_back_the_picture_and_its_noise(prediction: str, t: int) -> None:
    s = schedule("linear")
    g = torch.Generator().manual_seed(1)
    x0, eps = torch.randn(2, 3, 4, 4, generator=g).double(), torch.randn(2, 3, 4, 4, generator=g).double()
    x_t = s.q_sample(x0, t, eps)
    output = {"eps": eps, "x0": x0, "v": s.velocity(x0, t, eps)}[prediction]
    torch.testing.assert_close(s.predict_x0(x_t, t, output, prediction), x0)
    torch.testing.assert_close(s.predict_eps(x_t, t, x0), eps)


def test_v_prediction_works_at_zero_terminal_snr_and_eps_prediction_says_why_not() -> None:
    s = schedule("cosine", 1000, zero_terminal_snr=True)
    x0, eps = torch.rand(1, 3, 2, 2), torch.randn(1, 3, 2, 2)
    torch.testing.assert_close(s.predict_x0(eps, 999, s.velocity(x0, 999, eps), "v"), x0)
    with pytest.raises(ValueError, match="zero terminal SNR"):
        s.predict_x0(eps, 999, eps, "eps")


@pytest.mark.parametrize("t", [1, 500, 999])
def test_posterior_of_one_step_equals_diffusers(t: int) -> None:
    s, reference = schedule("linear"), DDPMScheduler(1000, beta_schedule="linear", clip_sample=False)
    g = torch.Generator().manual_seed(2)
    x_t, eps = torch.randn(1, 3, 4, 4, generator=g), torch.randn(1, 3, 4, 4, generator=g)
    mean, variance = s.posterior(s.predict_x0(x_t, t, eps, "eps"), x_t, t, t - 1)
    fixed = torch.zeros(1, 3, 4, 4)
    reference._get_variance = lambda *_args, **_kwargs: torch.tensor(0.0)
    torch.testing.assert_close(mean, reference.step(eps, t, x_t).prev_sample + fixed, rtol=1e-3, atol=1e-3)
    assert float(variance) == pytest.approx(float(DDPMScheduler(1000)._get_variance(t)), rel=1e-3)


def test_posterior_of_a_jump_agrees_with_bayes() -> None:
    """For x0 ~ N(0, 1), x_t is N(0, 1) too, and q(x_s | x_t, x0) averaged over q(x0 | x_t) must have cov(x_s, x_t)."""
    s = schedule("cosine")
    g = torch.Generator().manual_seed(3)
    x0 = torch.randn(200_000, 1, 1, 1, generator=g).double()
    x_t = s.q_sample(x0, 600, torch.randn(x0.shape, generator=g).double())
    mean, variance = s.posterior(x0, x_t, 600, 200)
    x_s = mean + variance.sqrt() * torch.randn(x0.shape, generator=g).double()
    assert x_s.var().item() == pytest.approx(1, abs=0.02)
    assert (x_s * x0).mean().item() == pytest.approx(float(s.alpha_bar[200].sqrt()), abs=0.01)
    assert (x_s * x_t).mean().item() == pytest.approx(float((s.alpha_bar[600] / s.alpha_bar[200]).sqrt()), abs=0.01)


def test_timesteps_start_at_the_last_training_step_and_end_at_the_picture() -> None:
    assert timesteps(1000, 4) == [999, 749, 499, 249, -1]
    assert timesteps(10, 10) == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, -1]
    trailing = DDPMScheduler(1000, timestep_spacing="trailing")
    trailing.set_timesteps(20)
    assert timesteps(1000, 20)[:-1] == trailing.timesteps.tolist()
    with pytest.raises(ValueError, match="1 to 1000"):
        timesteps(1000, 1001)


def test_an_unknown_schedule_says_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="linear, linear-unscaled, cosine, sigmoid"):
        schedule("quadratic")
