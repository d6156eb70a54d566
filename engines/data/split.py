"""Which part a picture belongs to: a hash of its bytes decides, so it never moves, whatever is added beside it."""

import hashlib
from collections.abc import Sequence

PARTS = ("train", "val", "test")
SHARES = (80, 10, 10)


def fraction(data: bytes) -> float:
    """A number in [0, 1) that depends on the bytes alone: the first 8 bytes of their SHA-256, big-endian, over 2⁶⁴."""
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big") / 2**64


def part(data: bytes, shares: Sequence[int] = SHARES) -> str:
    """Name the part, `train`, `val` or `test`, that gets these bytes when the parts get `shares` of everything."""
    at, total = fraction(data), sum(shares)
    if at < shares[0] / total:
        return PARTS[0]
    return PARTS[1] if at < (shares[0] + shares[1]) / total else PARTS[2]


def parse_shares(text: str | Sequence[int]) -> tuple[int, int, int]:
    """Read shares such as `80/10/10`; ValueError unless they are three whole numbers of which the first is positive."""
    try:
        shares = tuple(int(share) for share in (text.split("/") if isinstance(text, str) else text))
    except ValueError:
        shares = ()
    if len(shares) != 3 or min(shares) < 0 or shares[0] == 0:
        raise ValueError(f"The split is {text}; give the shares of train, val and test, such as 80/10/10.")
    return shares
