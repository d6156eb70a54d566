"""Everything that a training run is told, as one frozen dataclass, for command line, page and `config.json` alike."""

from dataclasses import dataclass, field
from typing import Any

from engines.data.augment import Augmentation

PRECISIONS = ("auto", "bf16", "fp32")
METRICS = ("kd", "loss")


LOSSES = ("hinge", "logistic", "probability")
AUGMENTS = ("none", "diffaug", "ada")


@dataclass(frozen=True)
class Adversarial:
    """What only two networks against each other need. `discriminator_rate` None is the generator's learning rate.

    `augment` says how the pictures that the discriminator sees are changed; `style_mixing` is the share of generated
    pictures with two latents, for generators that take styles. The `ada_` settings are those of `ada.Adaptive`;
    `spread_weight` is that of `losses.too_close`; `r1_gamma` and `path_weight`, 0 for none, are those of `regularise`,
    with an update every so many steps.
    """

    loss: str = "hinge"
    discriminator_rate: float | None = None
    augment: str = "diffaug"
    ada_target: float = 0.6
    ada_images: int = 100_000
    ada_cap: float = 0.8
    r1_gamma: float = 0.0
    r1_every: int = 16
    path_weight: float = 0.0
    path_every: int = 4
    style_mixing: float = 0.9
    spread_weight: float = 0.0

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ValueError(f"adversarial.loss is {self.loss!r}; allowed: {', '.join(LOSSES)}.")
        if self.augment not in AUGMENTS:
            raise ValueError(f"adversarial.augment is {self.augment!r}; allowed: {', '.join(AUGMENTS)}.")


@dataclass(frozen=True)
class TrainConfig:
    """One run. Sizes of data are counted in pictures, so that they mean the same at every batch size.

    The learning rate warms up over `warmup_images`, holds, and falls to 0 along a cosine over the last share `decay` of
    the run, whose length is `images` or the minutes it is given. `init` names a checkpoint to start from.
    Every `gradients_every` steps (0: never) the gradients are logged layer by layer.
    """

    family: str = "ddpm"
    model: dict[str, Any] = field(default_factory=dict)
    data: str = "drawn"
    description: str = ""
    trained_on: str = ""
    licence: str = ""
    init: str | None = None
    images: int = 200_000
    batch_size: int = 32
    accumulate: int = 1
    learning_rate: float = 8e-4
    warmup_images: int = 10_000
    decay: float = 0.25
    betas: tuple[float, ...] = (0.9, 0.99)
    weight_decay: float = 1e-4
    clip: float = 1.0
    ema_power: float = 0.75
    ema_max: float = 0.9995
    min_snr_gamma: float | None = 5.0
    class_dropout: float = 0.1
    augmentation: Augmentation = field(default_factory=Augmentation)
    adversarial: Adversarial = field(default_factory=Adversarial)
    precision: str = "auto"
    device: str = "auto"
    gradient_checkpointing: bool = False
    seed: int = 0
    log_images: int = 3_200
    sample_images: int = 16_000
    validate_images: int = 16_000
    score_images: int = 64_000
    score_n: int = 256
    gradients_every: int = 50
    save_minutes: float = 4.0
    best_by: str = "kd"
    patience: int = 0

    def __post_init__(self) -> None:
        for name in (
            "images",
            "batch_size",
            "accumulate",
            "log_images",
            "sample_images",
            "validate_images",
            "score_images",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1.")
        if self.gradients_every < 0:
            raise ValueError(f"gradients_every is {self.gradients_every}; it is a number of steps, 0 for never.")
        if not 0 <= self.decay <= 1:
            raise ValueError(f"decay is {self.decay:g}; it is a share of the run, from 0 to 1.")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}; allowed: {', '.join(PRECISIONS)}.")
        if self.best_by not in METRICS:
            raise ValueError(f"best_by is {self.best_by!r}; allowed: {', '.join(METRICS)}.")
