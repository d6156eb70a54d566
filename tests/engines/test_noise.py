"""One generator per picture: the same alone, in a batch, and call after call."""

import torch

from engines.noise import NoiseSource, noise


def test_a_row_depends_on_its_own_seed_only() -> None:
    assert torch.equal(noise([3, 7, 9], (2, 4))[1], noise([7], (2, 4))[0])
    assert not torch.equal(noise([7], (2, 4)), noise([8], (2, 4)))


def test_streams_of_one_seed_are_independent_and_no_seed_is_another_ones_stream() -> None:
    draws = [noise([seed], (1000,), stream) for seed in (0, 1, 2) for stream in (-1, 0, 1, 2)]
    stacked = torch.cat(draws)
    correlation = torch.corrcoef(stacked) - torch.eye(len(stacked))
    assert correlation.abs().max() < 0.15


def test_a_source_goes_on_and_repeats_from_its_seeds() -> None:
    like = torch.zeros(2, 3)
    a, b = NoiseSource([1, 2]), NoiseSource([1, 2])
    first = a(like)
    assert torch.equal(first, b(like))
    assert not torch.equal(first, a(like))


def test_the_noise_is_standard_normal() -> None:
    x = noise(range(100), (1000,))
    assert abs(x.mean().item()) < 0.01
    assert abs(x.std().item() - 1) < 0.01


def test_nothing_touches_the_global_seed() -> None:
    before = torch.random.get_rng_state()
    noise([1], (3,))
    NoiseSource([1])(torch.zeros(1, 3))
    assert torch.equal(before, torch.random.get_rng_state())
