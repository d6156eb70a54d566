"""The blocks of a U-Net in the order of the data's way through it, and which of them a skip joins."""

from dataclasses import dataclass, replace

from engines.diffusion.model import DDPM
from engines.models.layers import Downsample, Upsample
from engines.models.unet import Level


@dataclass(frozen=True)
class Block:
    """A block gives out `channels` maps of `side` × `side`; `name` is its path among the modules, `title` for people.

    `path` is `down`, `middle` or `up`. Where a skip enters, `skip` names the block that it comes from, and the block's
    input is `backbone` channels of the block before, then the channels of the skip; elsewhere `skip` is empty.
    """

    name: str
    title: str
    path: str
    channels: int
    side: int
    skip: str = ""
    backbone: int = 0


def blocks(model: DDPM) -> tuple[Block, ...]:
    """Walk the network of `model`: stem, down path, middle, up path, head."""
    unet, side = model.net, model.config.unet.image_size // model.config.unet.patch
    found = [Block("net.stem", "stem", "down", unet.stem.out_channels, side)]
    waiting: list[Block] = []
    for path in ("down", "middle", "up"):
        if path == "middle" and model.config.unet.skips:
            waiting = found.copy()
        for i, module in enumerate(getattr(unet, path)):
            kind = path
            if isinstance(module, Downsample | Upsample):
                side = side // 2 if isinstance(module, Downsample) else side * 2
                kind = f"{path} to"
            joins = waiting.pop() if path == "up" and isinstance(module, Level) and waiting else None
            skip, backbone = (joins.name, found[-1].channels) if joins else ("", 0)
            title = f"{kind} {side}×{side}"
            found.append(Block(f"net.{path}.{i}", title, path, _channels(module), side, skip, backbone))
    found.append(Block("net.head", "head", "up", unet.head[-1].out_channels, side))
    return tuple(_numbered(found))


def find(found: tuple[Block, ...], name: str) -> Block:
    """One block by its name; LookupError lists all."""
    names = {block.name: block for block in found}
    if name not in names:
        raise LookupError(f"There is no block {name!r}; there are: {', '.join(names)}.")
    return names[name]


def joints(found: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks where a skip enters, in the order of the data: the coarsest level first."""
    return tuple(block for block in found if block.skip)


def _channels(module: Level | Downsample | Upsample) -> int:
    if isinstance(module, Level):
        return module.block.conv1.out_channels
    return module.conv.out_channels if isinstance(module, Upsample) else module.out_channels


def _numbered(found: list[Block]) -> list[Block]:
    """Tell blocks of one title apart: · 1, · 2, …"""
    titles = [block.title for block in found]
    number = [titles[: i + 1].count(title) if titles.count(title) > 1 else 0 for i, title in enumerate(titles)]
    pairs = zip(found, number, strict=True)
    return [replace(block, title=f"{block.title} · {n}") if n else block for block, n in pairs]
