"""Why a StyleGAN2 turns black, reproduced in two steps, and that the settings used here do not do it.

Half precision overflows at 65,504. Losses are scaled against underflow, by a factor that doubles until something
overflows; whoever takes that step all the same has NaN for weights. A NaN pixel is stored as 0, so samples are black.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engines.images import to_uint8
from engines.models.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from engines.models.stylegan2_discriminator import StyleGAN2Discriminator
from engines.noise import NoiseSource, generator, noise
from engines.training.config import TrainConfig
from engines.training.optimise import Optimiser
from engines.training.regularise import PathLength, lazy, r1_penalty

TINY = StyleGAN2Config(image_size=16, z_dim=16, w_dim=16, channel_base=256, channel_max=16, noise_up_to=8)
RATE, BETAS, BATCH = 0.0025, (0.0, 0.99), 8
R1_EVERY, LENGTH_EVERY = 16, 4
SCALE = 2.0**22  # where a factor that begins at 2^16 and doubles every 2,000 steps is after 12,000
GAMMA = 10  # what suits pictures of 1024 px; at 16 px it is 1,500 times too much


def flat_colours() -> Tensor:
    """Pictures to learn: one random colour each, with a little noise."""
    draw = generator(0)
    return torch.rand(64, 3, 1, 1, generator=draw) * 2 - 1 + 0.2 * torch.randn(64, 3, 16, 16, generator=draw)


class Pair:
    """Generator and discriminator, their noise, and what a step of either starts from."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.g, self.d = StyleGAN2Generator(TINY), StyleGAN2Discriminator(TINY)
        self.draw, self.fresh = generator(1), NoiseSource(range(BATCH))
        self.pictures = flat_colours()

    def real(self) -> Tensor:
        return self.pictures[torch.randint(64, (BATCH,), generator=self.draw)]

    def fake(self) -> Tensor:
        return self.g(torch.randn(BATCH, TINY.z_dim, generator=self.draw), draw=self.fresh)

    def judge_loss(self) -> Tensor:
        with torch.no_grad():
            fake = self.fake()
        return (F.softplus(-self.d(self.real()).float()) + F.softplus(self.d(fake).float())).mean()

    def draw_loss(self) -> Tensor:
        return F.softplus(-self.d(self.fake()).float()).mean()

    def r1(self) -> Tensor:
        real = self.real().requires_grad_()
        return r1_penalty(self.d(real), real).mean()

    def finite(self) -> bool:
        return all(torch.isfinite(p).all() for net in (self.g, self.d) for p in net.parameters())

    @torch.no_grad()
    def samples(self) -> Tensor:
        return self.g(noise(range(16), (TINY.z_dim,)), noise="fixed")


def half_precision_throughout(pair: Pair, scale: float, steps: int) -> None:
    """Plain Adam on losses times `scale`; R1 at its lazy weight in every step, in half precision like all the rest."""
    adam_g = torch.optim.Adam(pair.g.parameters(), RATE, betas=BETAS)
    adam_d = torch.optim.Adam(pair.d.parameters(), RATE, betas=BETAS)
    for _ in range(steps):
        for adam, loss in (
            (adam_d, lambda: pair.judge_loss() + GAMMA / 2 * R1_EVERY * pair.r1()),
            (adam_g, pair.draw_loss),
        ):
            adam.zero_grad()
            with torch.autocast("cpu", torch.float16):
                value = loss()
            (value * scale).backward()
            for group in adam.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.grad /= scale
            adam.step()


def as_we_do(pair: Pair, steps: int) -> tuple[Optimiser, Optimiser]:
    """bf16 for the networks, float32 for both regularisers, lazily; γ by size and batch; unsound steps skipped."""

    def optimiser(net: torch.nn.Module, every: int) -> Optimiser:
        rate, betas = lazy(RATE, BETAS, every)
        return Optimiser(net, TrainConfig(learning_rate=rate, betas=betas, weight_decay=0.0, clip=10.0))

    step_g, step_d = optimiser(pair.g, LENGTH_EVERY), optimiser(pair.d, R1_EVERY)
    gamma, length = 0.0002 * TINY.image_size**2 / BATCH, PathLength()
    for i in range(steps):
        with torch.autocast("cpu", torch.bfloat16):
            loss = pair.judge_loss()
        loss.backward()
        step_d.step(1.0)
        if i % R1_EVERY == 0:
            (gamma / 2 * R1_EVERY * pair.r1()).backward()
            step_d.step(1.0)
        with torch.autocast("cpu", torch.bfloat16):
            loss = pair.draw_loss()
        loss.backward()
        pair.d.zero_grad()
        step_g.step(1.0)
        if i % LENGTH_EVERY == 0:
            w = pair.g.mapping(torch.randn(BATCH // 2, TINY.z_dim, generator=pair.draw))
            images = pair.g.synthesis(w, "fixed")
            y = torch.randn(images.shape, generator=pair.draw)
            (2 * LENGTH_EVERY * length(images, w, y).mean()).backward()
            step_g.step(1.0)
    return step_g, step_d


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
def test_overflow_in_half_precision_makes_every_sample_black() -> None:
    pair = Pair()
    half_precision_throughout(pair, scale=SCALE, steps=2)
    assert not pair.finite()
    assert torch.isnan(pair.samples()).all()
    assert not to_uint8(pair.samples()).any()


def test_the_overflow_is_the_cause() -> None:
    """The same steps without the factor that makes half precision overflow stay finite."""
    pair = Pair()
    half_precision_throughout(pair, scale=1.0, steps=2)
    assert pair.finite()


def test_our_settings_learn_colours_instead() -> None:
    """Many more steps from the same weights: finite, nothing skipped, samples that differ, and neither side has won."""
    pair = Pair()
    step_g, step_d = as_we_do(pair, steps=40)
    assert pair.finite()
    assert step_g.skipped == step_d.skipped == 0
    samples = pair.samples()
    assert samples.std(0).mean() > 0.2  # from seed to seed
    assert np.ptp(to_uint8(samples).astype(int).mean((1, 2)), axis=0).min() > 40  # in every colour channel
    assert (to_uint8(samples) == 0).mean() < 0.3
    with torch.no_grad():
        real, fake = pair.d(pair.pictures), pair.d(samples)
    assert max(real.abs().max(), fake.abs().max()) < 10
    assert 0.3 < ((real > 0).float().mean() + (fake < 0).float().mean()) / 2 < 0.95  # of 1 it would know every one


def test_a_step_that_overflowed_is_skipped() -> None:
    """The second line of defence: the same overflow leaves the weights as they were, and is counted."""
    pair = Pair()
    step_d = Optimiser(pair.d, TrainConfig(learning_rate=RATE, betas=BETAS))
    before = [p.clone() for p in pair.d.parameters()]
    with torch.autocast("cpu", torch.float16):
        loss = pair.judge_loss() + GAMMA / 2 * R1_EVERY * pair.r1()
    (loss * SCALE).backward()
    assert not np.isfinite(step_d.step(1.0))
    assert step_d.skipped == 1
    assert all(torch.equal(a, b) for a, b in zip(before, pair.d.parameters(), strict=True))
