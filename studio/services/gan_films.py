"""What pages show of styles step by step: films of truncation and noise, matrices of mixtures and of effects."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from studio.services import gan
from studio.services.gan import PSIS, Look


def truncation(look: Look) -> Iterator[Any]:
    """Yield the film of a seed over `PSIS` as it grows; `look.psi` changes nothing."""
    from engines.introspect import styles

    psis = PSIS.tolist()
    yield from _growing(
        _film_key(look), lambda net: styles.truncation(net, look.recipe.seed, psis, gan.style(look)), look
    )


def known_truncation(look: Look) -> Any | None:
    """The whole film, if it was made before."""
    return gan.known.get(_film_key(look))


def mixing(look: Look, rows: Sequence[int], columns: Sequence[int], taken: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the matrix of mixtures so far, uint8 `(R, C, H, W, 3)`, row by row; `taken` layers are the columns'."""
    from engines.introspect import styles

    key = _mix_key(look, rows, columns, taken)
    if key in gan.known:
        yield gan.known[key]
        return
    net, found = gan.net(look.recipe.checkpoint, "styles"), []
    for row in gan.turns(styles.mixing(net, rows, columns, taken, gan.style(look))):
        found.append(row)
        yield np.stack(found)
    gan.remember(key, np.stack(found))


def known_mixing(look: Look, rows: Sequence[int], columns: Sequence[int], taken: Sequence[int]) -> np.ndarray | None:
    """The whole matrix, if it was made before."""
    return gan.known.get(_mix_key(look, rows, columns, taken))


def noise(look: Look, number: int) -> Iterator[Any]:
    """Yield the picture of the seed under `number` random noises, as they come."""
    from engines.introspect import style_effects

    def made(net: Any) -> Iterator[Any]:
        return style_effects.noise_draws(net, look.recipe.seed, number, gan.style(look))

    yield from _growing(_noise_key(look, number), made, look)


def known_noise(look: Look, number: int) -> Any | None:
    """All of the draws, if they were made before."""
    return gan.known.get(_noise_key(look, number))


def strengths(checkpoint: str) -> dict[str, float]:
    """How strongly each layer adds noise, by its name."""
    from engines.introspect import style_effects

    return style_effects.noise_strengths(gan.net(checkpoint, "styles"))


def effects(look: Look, others: int) -> Iterator[Any]:
    """Yield what each layer's style does, after each of `others` seeds that lend their styles."""
    from engines.introspect import style_effects

    seeds = range(look.recipe.seed + 1, look.recipe.seed + 1 + others)

    def made(net: Any) -> Iterator[Any]:
        return style_effects.effects(net, look.recipe.seed, seeds, gan.style(look))

    yield from _growing(("effects", *look.key, others), made, look)


def known_effects(look: Look, others: int) -> Any | None:
    """The effects, if they were measured before."""
    return gan.known.get(("effects", *look.key, others))


def _growing(key: tuple[Any, ...], made: Any, look: Look) -> Iterator[Any]:
    """What is known at once, or else each state of it; the last is kept."""
    if key in gan.known:
        yield gan.known[key]
        return
    for found in gan.turns(made(gan.net(look.recipe.checkpoint))):
        yield found
    gan.remember(key, found)


def _film_key(look: Look) -> tuple[Any, ...]:
    return ("film", look.recipe.key, look.cutoff, look.noise, look.draw)


def _noise_key(look: Look, number: int) -> tuple[Any, ...]:
    return ("noise", look.recipe.key, look.psi, look.cutoff, number)


def _mix_key(look: Look, *which: Sequence[int]) -> tuple[Any, ...]:
    return ("mix", look.recipe.weights, *look.key[1:], *map(tuple, which))
