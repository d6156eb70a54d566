import pytest

from engines.data.split import fraction, parse_shares, part


def test_fraction_is_the_head_of_sha256() -> None:
    # SHA-256 of "" and "abc" as published in FIPS 180-2: e3b0c44298fc1c14…, ba7816bf8f01cfea…
    assert fraction(b"") == 0xE3B0C44298FC1C14 / 2**64
    assert fraction(b"abc") == 0xBA7816BF8F01CFEA / 2**64


@pytest.mark.parametrize(
    ("shares", "expected"), [((80, 10, 10), "val"), ((90, 5, 5), "train"), ((50, 10, 40), "test"), ((1, 1, 0), "val")]
)
def test_shares_cut_the_unit_interval_in_order(shares: tuple[int, int, int], expected: str) -> None:
    assert 0.88 < fraction(b"") < 0.89
    assert part(b"", shares) == expected


def test_parts_have_their_sizes() -> None:
    parts = [part(i.to_bytes(4, "big")) for i in range(20_000)]
    assert parts.count("train") == pytest.approx(16_000, abs=250)
    assert parts.count("val") == pytest.approx(2_000, abs=200)


@pytest.mark.parametrize("text", ["80/20", "a/b/c", "0/50/50", "80/-10/30", ""])
def test_odd_shares_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="80/10/10"):
        parse_shares(text)
