"""Fusion of latents: each picture is looked for among what a generator can draw, and what it found is mixed."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from engines.fusion.mixes import lerp, slerp
from engines.fusion.ways import Encoding, Mix, Parent, Settings, Way
from engines.introspect.projection import Search, project
from engines.introspect.space import Space
from engines.models.gan import GAN


def encode(net: GAN, parent: Parent, settings: Settings) -> Iterator[Encoding]:
    """The latent, `(layers, D)`, of a seed of this very generator, or else the nearest that a search finds.

    Styles are looked for layer by layer (W+), which comes closer to a photo.
    """
    space = Space(net, settings.label)
    if parent.seed is not None:
        with torch.no_grad():
            latent = space.latents([parent.seed])
            yield Encoding(1, 1, space.draw(latent)[0], latent[0])
        return
    search = Search(steps=settings.search, layered=space.styles)
    for state in project(space, parent.picture, search):
        picture = torch.from_numpy(state.picture).permute(2, 0, 1)
        code = torch.from_numpy(state.latent).to(net.device) if state.done == state.total else None
        yield Encoding(state.done + 1, state.total + 1, picture, code)


def _mix(net: GAN, a: Tensor, b: Tensor, lams: Sequence[float], settings: Settings) -> Mix:
    return Mix((lerp if Space(net).styles else slerp)(a, b, lams))


def _decode(net: GAN, latents: Tensor, settings: Settings) -> Iterator[Tensor]:
    space = Space(net, settings.label)
    yield space.draw(space.on_shell(latents))


def _way(title: str, says: str) -> Way:
    return Way(title, says, "latent", encode, _mix, _decode, lambda net, settings: 1, ("search", "label"))


STYLES = {"w": _way("Styles w", "A search finds each cat's styles; the styles are mixed straight.")}
LATENTS = {"z": _way("Latent z", "A search finds each cat's latent; the latents are mixed along the sphere.")}
