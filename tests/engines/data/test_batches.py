import gc
import threading
from itertools import islice

import numpy as np
import pytest
import torch

from engines.data.augment import Augmentation
from engines.data.batches import Batches
from engines.data.sources import Pictures

STILL = Augmentation(flip=False)
LIVELY = Augmentation(flip=True, rotate=10, brightness=0.2, contrast=0.2)


def _pictures(n: int = 10) -> Pictures:
    images = np.random.default_rng(0).integers(0, 256, (n, 8, 8, 3), dtype=np.uint8)
    names = tuple(map(str, range(n)))
    return Pictures(images, np.arange(n), names, names, np.array(["train"] * n), (), "test")


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("batches")]


def test_batches_hold_the_pictures_and_their_labels() -> None:
    pictures = _pictures()
    with Batches(pictures, 4, 0, STILL) as batches:
        x, labels = next(batches)
    assert (x.shape, x.dtype, labels.dtype) == ((4, 3, 8, 8), torch.float32, torch.int64)
    expected = pictures.images[labels.numpy()].transpose(0, 3, 1, 2) / 127.5 - 1
    np.testing.assert_allclose(x.numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 3, 5, 10, 25])
def test_every_epoch_shows_every_picture_once_in_its_own_order(batch_size: int) -> None:
    with Batches(_pictures(), batch_size, 0, STILL) as batches:
        labels = torch.cat([labels for _, labels in islice(batches, 150 // batch_size)])
    epochs = labels.view(-1, 10).tolist()
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len(set(map(tuple, epochs))) == len(epochs)


def test_batch_k_depends_on_the_seed_and_k_only() -> None:
    with Batches(_pictures(), 4, 3, LIVELY) as batches:
        whole = list(islice(batches, 9))
        assert batches.position == 9
    for k in (0, 1, 5, 8):
        with Batches(_pictures(), 4, 3, LIVELY, position=k) as resumed:
            x, labels = next(resumed)
            assert resumed.position == k + 1
        assert torch.equal(x, whole[k][0])
        assert torch.equal(labels, whole[k][1])


def test_another_seed_is_another_stream() -> None:
    with Batches(_pictures(), 10, 0, STILL) as a, Batches(_pictures(), 10, 1, STILL) as b:
        assert not torch.equal(next(a)[1], next(b)[1])


def test_no_global_randomness_is_used() -> None:
    before = torch.get_rng_state()
    with Batches(_pictures(), 4, 0, LIVELY) as batches:
        next(batches)
    assert torch.equal(torch.get_rng_state(), before)


def test_closing_ends_the_thread_and_the_stream() -> None:
    batches = Batches(_pictures(), 4, 0, STILL)
    next(batches)
    assert len(_threads()) == 1
    batches.close()
    batches.close()
    assert not _threads()
    assert list(batches) == []


def test_a_forgotten_stream_leaves_no_thread() -> None:
    batches = Batches(_pictures(), 4, 0, STILL)
    next(batches)
    (thread,) = _threads()
    del batches
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()


def test_a_failure_in_the_thread_reaches_the_caller() -> None:
    pictures = _pictures()
    broken = Pictures(pictures.images.astype(np.float32), *list(vars(pictures).values())[1:])
    with Batches(broken, 4, 0, STILL) as batches, pytest.raises(ValueError, match="must be uint8"):
        next(batches)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        Batches(_pictures(0), 4, 0, STILL)
    with pytest.raises(ValueError, match="batch_size is 0"):
        Batches(_pictures(), 0, 0, STILL)
