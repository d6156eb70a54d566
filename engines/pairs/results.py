"""What a set of pairs is worth: its scores with N and interval, the best and the worst by balance, and its sheet."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engines.checkpoints import Model
from engines.data.sources import Pictures
from engines.fusing import way
from engines.fusion.choosing import HELD_BACK, RULES
from engines.metrics import inception
from engines.metrics.evaluate import evaluate
from engines.metrics.scores import Score
from engines.pairs import folder as files
from engines.pairs.folder import Record
from engines.pairs.plan import Plan
from engines.pairs.sheet import sheet

SHOWN = 5  # best, and worst
METRICS = ("KD-lite0", "cat share")
FEW = 2048  # pictures, below which FID has fewer of them than features
Step = tuple[int, int, str]


def little(n: int) -> str:
    """How far scores of so few pictures go, in words."""
    if n >= FEW:
        return f"{n} pictures: intervals still matter more than digits."
    return (
        f"{n} pictures say little: read intervals, not digits; sets whose intervals overlap are not told apart, and an "
        "FID of so few is mostly the error of so few."
    )


def ranked(records: Sequence[Record]) -> list[int]:
    """The pairs from the best to the worst balance, by number: the one nearest to the middle of its parents first."""
    return [record.pair for record in sorted(records, key=lambda record: (record.balance, record.pair))]


def finish(plan: Plan, model: Model, pictures: Pictures, records: Sequence[Record], folder: Path) -> Iterator[Step]:
    """Score the finished pairs and draw their sheet, step by step; what is there already stays."""
    if (folder / files.SCORES).is_file() and (folder / files.SHEET).is_file():
        yield 1, 1, "done"
        return
    shown = {which: _pictures(folder, records, which) for which in files.WHICH}
    reference = pictures.images[pictures.splits == HELD_BACK]
    name = f"{Path(plan.data).name}, {HELD_BACK} part"
    scores: list[Score] = []
    notes = [little(len(records))]
    if len(reference) < 2 or len(records) < 2:
        what = "pictures in the validation part" if len(records) >= 2 else "pairs"
        notes.append(f"Scores were left out: they need 2 {what} or more.")
    else:
        yield from _score(shown, reference, name, plan.choice, scores, notes)
    _write(plan, records, scores, notes, folder)
    how = f"{way(model, plan.method).title} · lambda {plan.lam:g} · {RULES[plan.rule]}"  # Pillow's font has no Greek
    title = [
        f"{len(records)} pairs of {Path(plan.data).name} · {model.card.name} · {how}",
        *(" · ".join(map(_short, scores[i : i + 2])) for i in range(0, len(scores), 2)),
        notes[0],
    ]
    files.write_picture(folder / files.SHEET, sheet(records, [shown[which] for which in files.WHICH], title))
    yield 1, 1, "done"


def _score(
    shown: dict[str, np.ndarray], reference: np.ndarray, name: str, seed: int, scores: list[Score], notes: list[str]
) -> Iterator[Step]:
    fused, parents = shown[files.FUSED], np.concatenate([shown[files.A], shown[files.B]])
    for what, seen, metrics in (("", fused, METRICS), (" of the parents", parents, METRICS)):
        last = None
        for last in evaluate(seen, reference, name=name, seed=seed, metrics=metrics):
            yield last.done, last.total, f"scoring{what}: {last.doing}"
        scores += [replace(score, name=score.name + what) for score in last.scores]
    try:
        net = inception.network()
        notes += [] if net else [inception.INSTALL]
    except ValueError as error:
        net = None
        notes.append(str(error))
    if net:
        total = len(fused) + len(reference)
        for done, score in inception.fid(net, fused, reference, name, seed):
            scores += [score] if score else []
            yield done, total, "FID"


def _write(plan: Plan, records: Sequence[Record], scores: Sequence[Score], notes: Sequence[str], folder: Path) -> None:
    order = ranked(records)
    values: dict[str, Any] = {
        "scores": [score.to_dict() for score in scores],
        "notes": list(notes),
        "verdicts": dict(Counter(record.verdict for record in records).most_common()),
        "medians": {
            name: round(float(np.median([getattr(record, name) for record in records])), 6)
            for name in ("balance", "to_a", "to_b", "apart", "detail", "cat")
        },
        "best": order[:SHOWN],
        "worst": order[::-1][:SHOWN],
    }
    files.write_json(folder / files.SCORES, values)


def _short(score: Score) -> str:
    interval = "" if score.low is None else f" ({score.low:.3g} to {score.high:.3g})"
    return f"{score.name} {score.value:.3g}{interval}, N {score.n}"


def _pictures(folder: Path, records: Sequence[Record], which: str) -> np.ndarray:
    found = []
    for record in records:
        with Image.open(files.picture(folder, record.pair, which), formats=["PNG"]) as image:
            found.append(np.array(image.convert("RGB")))
    return np.stack(found)
