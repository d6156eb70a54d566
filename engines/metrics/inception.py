"""FID on the Inception-v3 weights of the reference tools: only where a person has put them, nothing is downloaded.

The network is torch-fidelity's, whose weights are those of Heusel et al., 2017 ("2015-12-05"), converted; torchvision's
Inception-v3 has other ones, with which the number would not be FID.
"""

import importlib.util
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engines.home import home
from engines.metrics.frechet import fd
from engines.metrics.scores import Score

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
NETWORK = "Inception-v3 2015-12-05, 299 px as TensorFlow 1 resizes"
INSTALL = (
    f"FID was left out: it needs torch-fidelity (`pip install torch-fidelity`) and its file {WEIGHTS}, which its "
    "releases page offers, in the folder models of WHISKER_HOME."
)
BATCH = 16
Network = Callable[[Tensor], Tensor]


def weights() -> Path | None:
    """Where the weights are: with the user's own models, or where torch-fidelity itself once put them; None if not."""
    folders = (home() / "models", Path(torch.hub.get_dir()) / "checkpoints")
    return next((folder / WEIGHTS for folder in folders if (folder / WEIGHTS).is_file()), None)


def network() -> Network | None:
    """Pictures, uint8 `(B, 3, H, W)`, to features `(B, 2048)`; None where it is not installed.

    Raises ValueError if it is installed and cannot be used.
    """
    if (file := weights()) is None or importlib.util.find_spec("torch_fidelity") is None:
        return None
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        torch.load(file, map_location="cpu", weights_only=True)  # torch-fidelity would run what a pickle says
        extractor = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(file))
    except (ImportError, OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"FID was left out: torch-fidelity or its weights in {file} cannot be used ({reason})."
        ) from error
    return lambda x: extractor(x)[0]


def features(net: Network, pictures: np.ndarray) -> Iterator[np.ndarray]:
    """What a network sees in uint8 pictures `(N, H, W, 3)`: `(B, D)`, a few pictures at a time."""
    for first in range(0, len(pictures), BATCH):
        batch = np.ascontiguousarray(pictures[first : first + BATCH].transpose(0, 3, 1, 2))
        yield net(torch.from_numpy(batch)).float().cpu().numpy()


def fid(
    net: Network, pictures: np.ndarray, reference: np.ndarray, name: str, seed: int
) -> Iterator[tuple[int, Score | None]]:
    """FID of uint8 pictures `(N, H, W, 3)` against a reference called `name`; no interval, as for every Fréchet score.

    Yields how many pictures were looked at and, at last, the score. Below 2048 pictures the covariance has not full
    rank and the number is mostly the bias of so few.
    """
    seen: list[list[np.ndarray]] = []
    done = 0
    for images in (pictures, reference):
        seen.append([])
        for part in features(net, images):
            seen[-1].append(part)
            done += len(part)
            yield done, None
    value = fd(*map(np.concatenate, seen))
    yield done, Score("FID", value, None, None, len(pictures), len(reference), seed, name, NETWORK)
