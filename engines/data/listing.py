"""What a source holds before any picture is decoded: names, classes and how to get each one's bytes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    name: str
    reason: str


class Rejected(ValueError):  # noqa: N818, it rejects a picture, it is no fault
    """One picture cannot be used; the message is the reason, short enough to be counted."""


@dataclass(frozen=True)
class Member:
    """One file: its name inside the source and a function that reads its bytes or raises `Rejected`."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Listing:
    """The members of a source with one label each; `decode(bytes, size)` makes a uint8 `(size, size, 3)` of one.

    `side(bytes)` is the length of a picture's shorter side as it is stored, cheaper than decoding it; `whole(bytes,
    longest)` makes an uncropped uint8 `(H, W, 3)`, None where pictures are square anyway.
    `parts` holds the parts that the source itself assigns by name; `identity` changes when the source does.
    """

    members: tuple[Member, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    decode: Callable[[bytes, int], np.ndarray]
    side: Callable[[bytes], int]
    identity: str
    skipped: tuple[Skipped, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    whole: Callable[[bytes, int], np.ndarray] | None = None


def count(skipped: Iterable[Skipped]) -> str:
    """Say how many were skipped for which reason, the most frequent first, such as `3 truncated, 1 CMYK`."""
    reasons = Counter(skip.reason for skip in skipped)
    return ", ".join(f"{n} {reason}" for reason, n in reasons.most_common())
