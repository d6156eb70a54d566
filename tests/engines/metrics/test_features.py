import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engines.images import to_tensor
from engines.metrics.cats import cat_share
from engines.metrics.features import NETWORKS, classifier, classify, extract, join, pooled, prepare

DATA = Path(os.environ.get("WHISKER_TEST_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
NOISE = np.random.default_rng(0).integers(0, 256, (6, 64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def cats() -> np.ndarray:
    """Sixteen real cat faces, taken down to 64 px."""
    archive = DATA / "afhq-cat-128.zip"
    if not archive.is_file():
        pytest.skip(f"no real pictures: {archive.name} is not in the test data folder (WHISKER_TEST_DATA)")
    with zipfile.ZipFile(archive) as z:
        names = sorted(n for n in z.namelist() if n.endswith((".jpg", ".png")))[::250][:16]
        pictures = [Image.open(io.BytesIO(z.read(n))).convert("RGB").resize((64, 64), Image.LANCZOS) for n in names]
    return np.stack([np.asarray(p) for p in pictures])


@pytest.mark.parametrize("network", NETWORKS)
def test_real_cats_are_cats(cats: np.ndarray, network: str) -> None:
    assert cat_share(join(list(extract(cats, network)))).value >= 14 / 16


@pytest.mark.parametrize("network", NETWORKS)
def test_noise_holds_no_cat(network: str) -> None:
    assert cat_share(join(list(extract(NOISE, network)))).value == 0


def test_the_networks_see_different_things_and_say_whose_they_are(cats: np.ndarray) -> None:
    a, b = join(list(extract(cats, "lite0"))), join(list(extract(cats, "lite1")))
    assert (a.network, b.network) == ("lite0", "lite1")
    assert a.pool.shape == b.pool.shape == (16, 1280)
    assert abs(np.corrcoef(a.pool.ravel(), b.pool.ravel())[0, 1]) < 0.5


def test_features_do_not_depend_on_the_batch() -> None:
    whole, parts = join(list(extract(NOISE))), join(list(extract([NOISE[:1], NOISE[1:]], batch=2)))
    assert whole.pool.shape == (6, 1280)
    assert whole.logits.shape == (6, 1000)
    assert np.allclose(whole.pool, parts.pool, atol=1e-4)


@pytest.mark.parametrize("network", NETWORKS)
def test_pooled_features_lead_to_the_networks_own_logits(network: str) -> None:
    x = to_tensor(NOISE[:2])
    with torch.no_grad():
        own = classifier(network)(prepare(x)).numpy()
        found = classify(pooled(x, network).numpy(), network)
    assert np.allclose(found.logits, own, atol=1e-4)


def test_pictures_reach_the_network_at_128_px_between_minus_one_and_one() -> None:
    checks = np.zeros((1, 256, 256, 3), np.uint8)
    checks[:, ::2, ::2] = checks[:, 1::2, 1::2] = 255
    x = prepare(to_tensor(checks))
    assert x.shape == (1, 3, 128, 128)
    assert x[..., 2:-2, 2:-2].abs().max() < 0.02  # antialiased: one-pixel checks average to grey instead of to moiré
    assert torch.equal(prepare(to_tensor(np.full((1, 64, 64, 3), 255, np.uint8))), torch.ones(1, 3, 128, 128))


def test_gradients_reach_the_pictures_and_looking_leaves_no_trace() -> None:
    before = {k: v.clone() for k, v in classifier("lite0").state_dict().items()}
    x = to_tensor(NOISE[:1]).requires_grad_()
    (gradient,) = torch.autograd.grad(pooled(x).sum(), x)
    list(extract(NOISE[:2]))
    assert torch.isfinite(gradient).all()
    assert gradient.abs().max() > 0
    assert torch.is_grad_enabled()
    assert not classifier("lite0").training
    assert all(torch.equal(v, before[k]) for k, v in classifier("lite0").state_dict().items())
    assert all(p.grad is None for p in classifier("lite0").parameters())
