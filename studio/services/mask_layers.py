"""Two cats in a generator with styles: what is coarse from the one, what is fine from the other, at every depth."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.services import cats, inside, library, mask, regions
from studio.services.cats import Cat

SEARCH = 150  # steps of the search for a cat's styles


@dataclass(frozen=True)
class Found:
    """Both cats as the generator has found them so far, uint8 `(2, H, W, 3)`, beside the `wanted` ones.

    When it is `done`, `mixes` `(L + 1, H, W, 3)` are the mixtures: k of the L `layers`, the coarsest, from the first.
    """

    wanted: np.ndarray
    found: np.ndarray
    layers: tuple[str, ...] = ()
    mixes: np.ndarray | None = None

    @property
    def done(self) -> bool:
        """Whether the mixtures are there."""
        return self.mixes is not None


def generators() -> list[str]:
    """The checkpoints with styles."""
    return [entry.name for entry in library.checkpoints("styles")]


def known(checkpoint: str, two: tuple[Cat, Cat], default: str) -> Found | None:
    """The mixtures, if they were made before."""
    return mask.recall(_key(checkpoint, two, default))


def steps(checkpoint: str, two: tuple[Cat, Cat], default: str) -> int:
    """About how many results `film` yields."""
    return sum(1 if _own(cat, checkpoint, default) else SEARCH + 1 for cat in two) + 1


def film(checkpoint: str, two: tuple[Cat, Cat], default: str) -> Iterator[Found]:
    """Yield the search for both cats' styles step by step, then the mixtures.

    A seed of the generator itself needs no search. `default` is the checkpoint of cats that name none. Raises
    ValueError or LookupError if a cat or the generator cannot be had.
    """
    if (whole := known(checkpoint, two, default)) is not None:
        yield whole
        return
    from engines import checkpoints
    from engines.fusion import layered
    from engines.images import to_uint8

    net = checkpoints.load(checkpoint, can="styles").net
    wanted = np.stack([cats.picture(cat, net.shape[1], default) for cat in two])
    shown, codes = np.full_like(wanted, 128), []
    for i, cat in enumerate(two):
        code = None
        for step in _encoded(net, cat, wanted[i], _own(cat, checkpoint, default)):
            shown[i], code = to_uint8(step.picture[None])[0], step.code
            yield Found(wanted, shown.copy())
        codes.append(code)
    parts = list(inside.turns(layered.film(net, *codes)))
    mixes = np.concatenate([part.pictures for part in parts])
    whole = Found(wanted, shown.copy(), tuple(net.generator.layers), mixes)
    mask.remember(_key(checkpoint, two, default), whole)
    yield whole


def _encoded(net: Any, cat: Cat, picture: np.ndarray, own: bool) -> Iterator[Any]:
    from engines.fusion.latents import STYLES
    from engines.fusion.ways import Parent, Settings, encoded

    parent = Parent(picture, cat.seed if own else None)
    return inside.turns(encoded(STYLES["w"], net, parent, Settings(search=SEARCH)))


def _own(cat: Cat, checkpoint: str, default: str) -> bool:
    return not cat.photo and (cat.checkpoint or default) == checkpoint


def _key(checkpoint: str, two: tuple[Cat, Cat], default: str) -> tuple[Any, ...]:
    return ("layers", library.digest(checkpoint), *(regions.identity(cat, default) for cat in two))
