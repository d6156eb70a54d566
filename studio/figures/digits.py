"""Numbers as a page shows them."""


def short(value: float) -> str:
    """Write at most three significant digits, with a real minus sign: 0.0123, −1.5, 1200."""
    text = f"{value:.3g}"
    if "e" in text and 1e3 <= abs(value) < 1e6:
        text = f"{float(text):.0f}"
    return text.replace("-", "−")
