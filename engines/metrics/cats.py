"""How many of the pictures are cats to a classifier that has never seen our models."""

import math

from engines.metrics.features import Features
from engines.metrics.scores import Estimate

CLASSES = range(281, 288)  # ImageNet's tabby, tiger cat, Persian, Siamese, Egyptian cat, cougar, lynx


def wilson(successes: int, n: int, z: float = 1.959964) -> Estimate:
    """A share with Wilson's (1927) interval, which stays inside [0, 1] and is right near its ends; 95 % by default."""
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Estimate(p, max(centre - half, 0.0), min(centre + half, 1.0))


def cat_share(pictures: Features) -> Estimate:
    """The share, 0 to 1, of pictures whose likeliest ImageNet class is a cat.

    Of 941 real cat faces at 64 px it is 0.973 by lite0 and 0.980 by lite1.
    """
    top1 = pictures.top1
    return wilson(int(((top1 >= CLASSES.start) & (top1 < CLASSES.stop)).sum()), len(top1))


def estimate(pictures: Features, reference: Features, seed: int) -> Estimate:
    """The cat share; neither the reference nor the seed enters it."""
    return cat_share(pictures)
