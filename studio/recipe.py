"""A recipe is every setting that made a picture. One JSON serves as URL, as cache key, inside PNG files and as code."""

import dataclasses
import hashlib
import io
import json
import re
import shlex
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from PIL import Image, PngImagePlugin

VERSION = 1
TEXT = "whisker"  # the name of the recipe among a PNG's text chunks
PASS = "pass"  # the sampler of a model that has no chain: one pass
SAMPLERS = ("dpmpp", "ddim", "ddpm", "heun", PASS)
LARGEST_SEED = 2**31 - 1
RANGES = {
    "seed": (0, LARGEST_SEED),
    "steps": (1, 1000),
    "eta": (0, 1),
    "guidance": (1, 10),
    "start": (0.05, 1),
    "fork": (-1, 1000),
    "children": (2, 16),
}
VIEW = r"([a-z][a-z0-9-]{0,40}(\?[\w.,~%+:=&*-]{0,2000})?)?"  # never another site
DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class Recipe:
    """The settings of one chain. An empty text or a default number means "as the model does by itself".

    `sampler` is "pass" for a model without a chain. `label` is a class by name. `photo` names an uploaded picture by
    its digest, `start` in (0, 1] is the share of the chain that runs from it. `fork` is the frame at which `children`
    new chains part, −1 for none. `weights` is the digest of the checkpoint's weights: a recipe made with other weights
    of the same name is another recipe. `view` says which page shows it and how, as the rest of its address:
    `attention?layer=middle.0&pixel=3,4`.
    """

    checkpoint: str = ""
    seed: int = 0
    sampler: str = "dpmpp"
    steps: int = 20
    eta: float = 0.0
    label: str = ""
    guidance: float = 1.0
    photo: str = ""
    start: float = 0.6
    fork: int = -1
    children: int = 8
    weights: str = ""
    view: str = ""

    def to_json(self) -> str:
        """All settings and the version of this format, in one line with sorted keys; a view only if there is one."""
        values = dataclasses.asdict(self)
        if not self.view:
            del values["view"]
        return json.dumps({"version": VERSION, **values}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read `to_json`; ValueError if it is not a recipe, or one of a later version."""
        try:
            values = json.loads(text)
            version = values.pop("version")
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
            raise ValueError("This is not a Whisker recipe.") from error
        if version != VERSION:
            raise ValueError(f"The recipe has version {version}; this Whisker reads version {VERSION}. Update Whisker.")
        recipe, wrong = cls.read(values)
        if wrong:
            raise ValueError(f"The recipe cannot be used: {wrong[0]}")
        return recipe

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> tuple[Self, list[str]]:
        """Take what is usable from loose values, such as a URL's; also returns a sentence for each that is not."""
        good: dict[str, Any] = {}
        wrong = []
        kinds = {field.name: type(field.default) for field in dataclasses.fields(cls)}
        for name, value in values.items():
            if name not in kinds:
                continue
            try:
                good[name] = kinds[name](value)
            except (TypeError, ValueError, OverflowError):
                wrong.append(f"{name} is {str(value)[:40]!r}; it must be a {_KINDS[kinds[name]]}.")
            else:
                if reason := _refused(name, good[name]):
                    wrong.append(reason)
                    del good[name]
        return cls(**good), wrong

    def query(self, whole: bool = False) -> dict[str, str]:
        """The URL's parameters: what differs from the default, and always the checkpoint and the seed.

        `whole` gives the numbers and the sampler even so, for pages whose own defaults are others. A model without a
        chain has none to give.
        """
        chain = ("sampler", "steps", "start")
        never = ("weights", "view", *(chain if self.sampler == PASS else ()))
        always = ("checkpoint", "seed", *(chain if whole else ()))
        return {
            field.name: format(value, "g") if isinstance(value, float) else str(value)
            for field in dataclasses.fields(self)
            if field.name not in never
            and ((value := getattr(self, field.name)) != field.default or field.name in always)
        }

    @property
    def key(self) -> str:
        """A name for the chain, from all that changes its pictures and nothing else."""
        chain = dataclasses.replace(
            self,
            eta=self.eta if self.sampler == "ddim" else 0.0,
            guidance=self.guidance if self.label else 1.0,
            start=self.start if self.photo else 1.0,
            fork=-1,
            children=8,
            view="",
        )
        return hashlib.sha256(chain.to_json().encode()).hexdigest()[:24]

    def line(self) -> str:
        """The recipe for a person to read."""
        way = "one pass" if self.sampler == PASS else f"{self.sampler}, {self.steps} steps"
        parts = [self.checkpoint, f"seed {self.seed}", way]
        if self.sampler == "ddim" and self.eta:
            parts.append(f"η {self.eta:g}")
        if self.label:
            parts.append(self.label + (f", guidance {self.guidance:g}" if self.guidance != 1 else ""))
        if self.photo:
            parts.append(f"from a photo, last {self.start:.0%} of the chain")
        return " · ".join(parts)

    def command(self, out: str = "cat.png", photo: str = "photo.png") -> str:
        """The command that writes the same picture; `photo` is where the photo of the recipe lies."""
        name = shlex.quote(self.checkpoint)
        if self.sampler == PASS:
            return f"python -m engines sample {name} --seed {self.seed} --n 1 --out pictures"
        words = ["python -m engines trajectory", name, f"--seed {self.seed}", f"--sampler {self.sampler}"]
        words.append(f"--steps {self.steps}")
        if self.eta:
            words.append(f"--eta {self.eta:g}")
        if self.label:
            words.append(f"--class {shlex.quote(self.label)} --guidance {self.guidance:g}")
        if self.photo:
            words.append(f"--photo {shlex.quote(photo)} --start {self.start:g}")
        return " ".join([*words, f"--out {shlex.quote(out)}"])

    def python(self, out: str = "cat.png", photo: str = "photo.png") -> str:
        """The Python that writes the same picture, run beside the `engines` folder; `photo` as in `command`."""
        if self.sampler == PASS:
            return _ONE_PASS.format(checkpoint=self.checkpoint, seed=self.seed, out=out)
        options = f'seeds=[{self.seed}], sampler="{self.sampler}", steps={self.steps}'
        options += f", eta={self.eta:g}" if self.eta else ""
        lines = [
            "from PIL import Image",
            "",
            "from engines import checkpoints",
            "from engines.images import quantise",
            "from engines.introspect.trajectory import trajectory",
            "",
            f"model = checkpoints.load({self.checkpoint!r})",
        ]
        if self.label:
            lines.append(f"label = model.card.classes.index({self.label!r})")
            options += f", label=label, guidance={self.guidance:g}"
        if self.photo:
            lines.insert(4, "from engines.data.sources import load_photo")
            lines.append(f"photo = load_photo({photo!r}, model.net.shape[1])")
            options += f", photo=photo, start={self.start:g}"
        lines += [
            f"*_, last = trajectory(model.net, {options})",
            f"Image.fromarray(quantise(last.x_t)[0]).save({out!r})",
        ]
        return "\n".join(lines) + "\n"


def png_text(recipe: Recipe, photo: str = "") -> PngImagePlugin.PngInfo:
    """The text chunks of a PNG made by `recipe`; `photo` is the base64 of the photo it started from."""
    info = PngImagePlugin.PngInfo()
    info.add_text(TEXT, recipe.to_json())
    info.add_itxt("Description", recipe.line(), lang="en")
    if photo:
        info.add_text(f"{TEXT}-photo", photo)
    return info


def from_png(data: bytes) -> tuple[Recipe, str]:
    """The recipe inside a PNG file and the base64 of its photo, if any; ValueError for a file without a recipe."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            image.load()
            text = dict(image.text)
    except DAMAGE as error:
        raise ValueError("This file is not a PNG picture; drop one that was downloaded from Whisker.") from error
    if TEXT not in text:
        raise ValueError("This PNG holds no recipe; drop one that was downloaded from Whisker.")
    return Recipe.from_json(text[TEXT]), text.get(f"{TEXT}-photo", "")


_ONE_PASS = """from PIL import Image

from engines import checkpoints
from engines.sampling import draw

*_, last = draw(checkpoints.load({checkpoint!r}), [{seed}])
Image.fromarray(last.pictures[0]).save({out!r})
"""
_KINDS = {int: "whole number", float: "number", str: "text"}


def _refused(name: str, value: Any) -> str:
    """Why a recipe cannot have this value, "" if it can."""
    if name in RANGES:
        low, high = RANGES[name]
        return "" if low <= value <= high else f"{name} is {value:g}; allowed: {low} to {high}."  # NaN is refused too
    if name == "sampler" and value not in SAMPLERS:
        return f"sampler is {value[:40]!r}; allowed: {', '.join(SAMPLERS)}."
    if name in ("photo", "weights") and not re.fullmatch(r"([0-9a-f]{12,16})?", value):
        return f"{name} is {value[:40]!r}; it must be a digest of 12 to 16 hexadecimal digits."
    if name == "view":
        good = re.fullmatch(VIEW, value)
        return "" if good else f"view is {value[:40]!r}; it must be a page's name, or name?setting=value&setting=value."
    if len(value) > 200:
        return f"{name} has {len(value)} characters; allowed: 200."
    return ""
