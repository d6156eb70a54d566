"""The colours that drawn cats and dogs are made of, by name, as RGB from 0 to 255."""

RGB = tuple[int, int, int]

FURS: dict[str, RGB] = {
    "ginger": (232, 146, 68),
    "grey": (138, 146, 160),
    "black": (58, 54, 62),
    "cream": (240, 214, 174),
    "brown": (146, 98, 62),
    "white": (246, 243, 238),
}
EYES: dict[str, RGB] = {
    "green": (122, 190, 92),
    "amber": (244, 178, 48),
    "blue": (92, 168, 226),
    "hazel": (158, 112, 58),
}
BACKDROPS: dict[str, RGB] = {
    "sky": (166, 212, 238),
    "mint": (176, 222, 196),
    "rose": (244, 192, 196),
    "sand": (240, 220, 178),
    "lilac": (204, 190, 232),
    "night": (62, 74, 112),
}
WHITE: RGB = (250, 248, 244)
INK: RGB = (44, 34, 38)
PINK: RGB = (240, 156, 156)
TONGUE: RGB = (238, 116, 124)
TAN: RGB = (206, 140, 78)


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """Go from `a` to `b` by `share`, 0 to 1."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))


def shaded(colour: RGB, shade: float) -> RGB:
    """Darken (`shade` below 0) or lighten a colour; -1 is black, 1 is white."""
    return mix(colour, (255, 255, 255), shade) if shade > 0 else mix(colour, (0, 0, 0), -shade)


def lightness(colour: RGB) -> float:
    """How light a colour looks, from 0 to 1."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255
