"""Someone else's network file becomes a checkpoint with a card that says where it came from."""

import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engines import checkpoints
from engines.checkpoints import Card
from engines.configs import to_dict
from engines.data.unpickle import PickleError
from engines.families import build
from engines.images import grid, to_uint8
from engines.interop.nvidia import generator
from engines.interop.nvidia_discriminator import discriminator
from engines.interop.pickles import Part, loads
from engines.interop.scan import Report, scan
from engines.models.gan import StyleGAN2GANConfig

LICENCE = (
    "Made with NVIDIA's StyleGAN2-ADA or a tool built on it: NVIDIA's licence applies, which allows non-commercial use "
    "only. The pictures it was trained on may have licences of their own."
)
_LIMIT = 4 * 2**30  # bytes; the largest networks published have under 0.4 of these


@dataclass(frozen=True)
class Imported:
    """`path` is the new checkpoint; `judged` says whether the file's discriminator came along."""

    path: Path
    parameters: int
    judged: bool


def look(file: Path) -> Report:
    """What the pickle in `file` would import; nothing in it is executed. ValueError if it cannot be read."""
    return scan(_bytes(file))


def import_nvidia(file: Path, name: str, target: Path) -> Imported:
    """Turn the average generator (`G_ema`) of an NVIDIA StyleGAN2-ADA pickle into the checkpoint `target/name`.

    Raises ValueError, which names what the file tried to import if it is not harmless, and says what is missing.
    """
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise ValueError(f"The name is {name!r}; letters, digits, dots, dashes and underscores are allowed.")
    data = _bytes(file)
    try:
        content = loads(data)
        if not isinstance(content, dict) or not isinstance(content.get("G_ema"), Part):
            raise PickleError("it holds no G_ema, the generator of NVIDIA's StyleGAN2-ADA")
        rebuilt = generator(content["G_ema"])
        judge = discriminator(content["D"], rebuilt.config) if isinstance(content.get("D"), Part) else None
    except ValueError as error:
        raise ValueError(f"{file.name} cannot be imported: {str(error).rstrip('.')}.") from error
    net = build("stylegan2", config := to_dict(StyleGAN2GANConfig(generator=rebuilt.config)))
    net.generator.load_state_dict(rebuilt.state)
    _give_opinion(net.discriminator, judge)
    card = Card(
        name=name,
        family="stylegan2",
        config=config,
        description=f"Imported from {file.name}, a StyleGAN2-ADA network of NVIDIA's PyTorch tools."
        + ("" if judge else " Its discriminator could not be taken along: the one here says 0 of everything."),
        trained_on=_data(content),
        licence=LICENCE,
        parameters=checkpoints.parameters(net.generator),
        created=time.strftime("%Y-%m-%d"),
        history=(f"{file.name}, {len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}",),
    )
    state = net.state_dict()
    if not checkpoints.finite({key: value.half() for key, value in state.items()}):
        raise ValueError(f"{file.name} cannot be imported: some weights are too large for half precision.")
    path = checkpoints.save(target, card, state, [], _samples(net.eval()))
    return Imported(path, card.parameters, judge is not None)


def _bytes(file: Path) -> bytes:
    if not file.is_file():
        raise ValueError(f"{file} is not a file; give an NVIDIA StyleGAN2-ADA pickle (.pkl).")
    if (size := file.stat().st_size) > _LIMIT:
        raise ValueError(f"{file.name} has {size / 2**30:.1f} GB; {_LIMIT / 2**30:.0f} GB are read at most.")
    return file.read_bytes()


def _give_opinion(net: torch.nn.Module, state: dict[str, Tensor] | None) -> None:
    """The weights it was trained to, or none at all: an untrained network's opinions would only look like ones."""
    if state is not None:
        net.load_state_dict(state)
    else:
        torch.nn.init.zeros_(net.logit.weight)
        torch.nn.init.zeros_(net.logit.bias)


def _data(content: dict[str, Any]) -> str:
    """The name of the data set, without the folders of whoever trained it."""
    settings = content.get("training_set_kwargs")
    path = settings.get("path") if isinstance(settings, dict) else None
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] if isinstance(path, str) else "not said in the file"


@torch.inference_mode()
def _samples(net: Any) -> Any:
    """A sheet of pictures: fewer where they are large."""
    n = 16 if net.shape[1] <= 256 else 4
    return grid(to_uint8(net.sample(range(n))))
