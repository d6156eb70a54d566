"""The cache of chains: exact where it must be, never in the way when a file is damaged, never above its limit."""

import os
from pathlib import Path

import numpy as np
import pytest

from studio.services import chains
from studio.services.chains import Chain


def chain(steps: int = 3, seed: int = 0) -> Chain:
    draw = np.random.default_rng(seed)
    x_t, x0, eps = draw.standard_normal((3, steps + 1, 8, 8, 3)).astype(np.float32)
    t = np.array([*range(90, 90 - 10 * steps, -10), -1])
    alpha_bar = np.linspace(0.1, 1, steps + 1)
    return Chain(steps, np.arange(steps + 1), t, alpha_bar, x_t, x0, eps, np.linspace(1, 0.01, 100))


def test_a_chain_comes_back_exactly(home: Path) -> None:
    kept = chain()
    chains.write("a", kept)
    back = chains.read("a")
    assert back.total == 3
    assert back.done
    for name in ("index", "t", "alpha_bar", "x_t", "x0", "eps", "schedule"):
        assert np.array_equal(getattr(back, name), getattr(kept, name)), name


def test_an_unknown_chain_is_none(home: Path) -> None:
    assert chains.read("missing") is None


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_a_damaged_file_is_as_good_as_none(home: Path, keep: int) -> None:
    chains.write("a", chain())
    (path,) = (home / "cache" / "chains").glob("*.npz")
    path.write_bytes(path.read_bytes()[:keep] if keep >= 0 else b"PK\x03\x04" + os.urandom(500))
    assert chains.read("a") is None


def test_a_file_that_would_run_code_is_as_good_as_none(home: Path) -> None:
    chains.write("a", chain())
    np.savez(home / "cache" / "chains" / "a.npz", **vars(chain()) | {"t": np.array([{"an": "object"}], dtype=object)})
    assert chains.read("a") is None


def test_the_least_recently_used_goes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chains.write("a", chain())
    size = (home / "cache" / "chains" / "a.npz").stat().st_size
    monkeypatch.setattr(chains, "LIMIT", int(2.5 * size))
    chains.write("b", chain())
    for name, second in (("a", 1_000), ("b", 2_000)):
        os.utime(home / "cache" / "chains" / f"{name}.npz", (second, second))
    assert chains.read("a") is not None  # the older file, but used last
    chains.write("c", chain())
    assert chains.read("b") is None
    assert chains.read("a") is not None
    assert chains.read("c") is not None
