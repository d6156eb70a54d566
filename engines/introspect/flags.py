"""What is wrong with gradients, in words: vanishing, exploding, dead or not finite, by thresholds that are stated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engines.training.flow import Flow

VANISHING = 1e-10  # mean |g|: a hundredth of Adam's ε, 1e-8, so that Adam does not lift it to a whole step any more
EXPLODING = 100.0  # ‖g‖ of a layer: a hundred times what clipping lets through of the whole network
DEAD = 0.5  # the share of entries that are exactly zero
NAMED = 3  # layers that a sentence names


@dataclass(frozen=True)
class Flag:
    """One symptom: `kind` is vanishing, exploding, dead or non-finite; `text` says it in a sentence."""

    kind: str
    layers: tuple[str, ...]
    text: str


def diagnose(flow: Flow, where: str = "") -> list[Flag]:
    """The flags of one step, worst first; none for a healthy network. `where` ends each sentence.

    Non-finite: any entry is not a number. Exploding: a layer's ‖g‖ is above 100. Dead: half of a layer's entries or
    more are exactly 0. Vanishing: the mean |g| of a layer that is not dead is below 1e-10.
    """
    dead = (flow.dead >= DEAD) & (flow.broken == 0)
    found = (
        ("non-finite", flow.broken > 0, "gradients that are not numbers"),
        ("exploding", flow.norm > EXPLODING, f"a gradient norm above {EXPLODING:g}"),
        ("dead", dead, f"gradients of which {DEAD:.0%} or more are exactly 0"),
        ("vanishing", (flow.mean < VANISHING) & ~dead & (flow.broken == 0), f"a mean |g| below {VANISHING:g}"),
    )
    return [
        _flag(kind, [flow.layers[i] for i in np.flatnonzero(hit)], len(flow.layers), what, where)
        for kind, hit, what in found
        if hit.any()
    ]


def diagnose_run(flows: Sequence[Flow]) -> list[Flag]:
    """The flags of a whole run, worst first.

    Non-finite and exploding are so if they ever were; dead and vanishing only where the median of the second half of
    the steps is, since a branch that starts at zero has no gradients in the first step, which alone tells nothing.
    Raises ValueError for no steps.
    """
    if not flows:
        raise ValueError("There is no step to judge; let the run log its gradients first.")
    ever = replace(
        flows[-1],
        norm=np.max([flow.norm for flow in flows], axis=0),
        broken=np.sum([flow.broken for flow in flows], axis=0),
    )
    once = [flag for flag in diagnose(ever, " at some step") if flag.kind in ("non-finite", "exploding")]
    last = [flow for flow in flows[len(flows) // 2 :] if not flow.broken.any()]
    if len(flows) == 1 or not last:
        return once
    late = replace(last[0], **{name: np.median([getattr(f, name) for f in last], axis=0) for name in ("dead", "mean")})
    return once + [flag for flag in diagnose(late, " in the second half") if flag.kind in ("dead", "vanishing")]


def _flag(kind: str, layers: list[str], total: int, what: str, where: str) -> Flag:
    if len(layers) == total:
        subject = "all layers have"
    elif len(layers) == 1:
        subject = f"`{layers[0].removeprefix('net.')}` has"
    else:
        named = ", ".join(f"`{name.removeprefix('net.')}`" for name in layers[:NAMED])
        subject = f"{len(layers)} of {total} layers ({named}{', …' if len(layers) > NAMED else ''}) have"
    return Flag(kind, tuple(layers), f"**{kind.capitalize()}**: {subject} {what}{where}.")
