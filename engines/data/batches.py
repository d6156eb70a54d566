"""An endless stream of training batches that can be taken up at any batch, as if it had never stopped."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

import torch
from torch import Tensor

from engines.data.augment import Augmentation, augment
from engines.data.sources import Pictures
from engines.images import to_tensor
from engines.noise import generator

_AHEAD = 2
_ORDER = 1 << 40  # streams of the seed that nothing else draws from: one per epoch for the order of the pictures,
_CHANGE = 1 << 41  # and one per batch for its augmentation

Batch = tuple[Tensor, Tensor]


class _Maker:
    """Makes any batch from its number alone."""

    def __init__(self, pictures: Pictures, batch_size: int, seed: int, augmentation: Augmentation) -> None:
        self.images = pictures.images
        self.labels = torch.from_numpy(pictures.labels)
        self.batch_size = batch_size
        self.seed = seed
        self.augmentation = augmentation
        self.order = lru_cache(2)(self._order)

    def _order(self, epoch: int) -> Tensor:
        return torch.randperm(len(self.images), generator=generator(self.seed, _ORDER + epoch))

    def __call__(self, k: int) -> Batch:
        n = len(self.images)
        places = range(k * self.batch_size, (k + 1) * self.batch_size)
        rows = torch.stack([self.order(place // n)[place % n] for place in places])
        x = augment(to_tensor(self.images[rows.numpy()]), self.augmentation, generator(self.seed, _CHANGE + k))
        return x, self.labels[rows]


class Batches:
    """Iterate over `(images (B, 3, H, W) in [-1, 1], labels (B,))`; two batches are prepared ahead by a thread.

    Every epoch shows every picture once, in an order of its own; a batch may end one epoch and begin the next. Batch k
    depends on `seed` and k only, and `position` is the number of batches drawn so far: give it to go on from there.
    Close it, or use it in a `with`, to end the thread.
    """

    def __init__(
        self, pictures: Pictures, batch_size: int, seed: int, augmentation: Augmentation, position: int = 0
    ) -> None:
        if not len(pictures.images):
            raise ValueError(f"{pictures.source} has no pictures in this part; give a source with more.")
        if batch_size < 1 or position < 0:
            raise ValueError(f"batch_size is {batch_size} and position {position}; at least 1 and 0 are needed.")
        self.position = position
        self._make = _Maker(pictures, batch_size, seed, augmentation)
        self._pool = ThreadPoolExecutor(1, "batches")
        self._coming: deque[Future[Batch]] = deque()
        self._closed = False

    def __iter__(self) -> "Batches":
        return self

    def __next__(self) -> Batch:
        if self._closed:
            raise StopIteration
        while len(self._coming) <= _AHEAD:
            self._coming.append(self._pool.submit(self._make, self.position + len(self._coming)))
        batch = self._coming.popleft().result()
        self.position += 1
        return batch

    def close(self) -> None:
        """End the thread and drop what it prepared; closing twice is fine."""
        self._closed = True
        self._coming.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> "Batches":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
