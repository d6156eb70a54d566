"""What each path between cats is worth, in numbers: curves on the slider's axis, and a table at the slider's place."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from studio import widgets
from studio.figures import fuse as figures
from studio.figures.digits import short
from studio.figures.parts import Lines, Picture, Rows, Table
from studio.services.fuse import Ask, Film, Row
from studio.services.paths import Numbers

PLOTS = ("fuse-noise", "fuse-speed", "fuse-identity")
POOR = 25.0  # dB: with less a picture is visibly not its parent
FIRST = "slerp"  # the way whose curves are shown until somebody picks another
LEGEND = (
    "σ: standard deviation of the noise. To A, to B: distance to the parents, 1 − cosine of EfficientNet-Lite0 "
    "features, approximate; balance is the difference. Detail: fine structure as a share of the parents'. Cat: its "
    "probability. Ends: PSNR of the first and the last picture against the parents."
)


@dataclass(frozen=True)
class Shown:
    """A row with its film and, once that is whole, its numbers; `reason` says why there is no film."""

    row: Row
    film: Film | None
    numbers: Numbers | None = None
    reason: str = ""

    @property
    def final(self) -> bool:
        """Whether nothing more is to come."""
        return self.numbers is not None or bool(self.reason)


def show(ask: Ask, found: Mapping[str, Shown], at: int, label: str) -> None:
    """The numbers of the rows that have them; nothing if none has."""
    whole = {name: each for name, each in found.items() if each.numbers is not None}
    if not whole:
        return
    places, noise = ask.places, _noise(ask, whole)
    if noise:
        st.plotly_chart(figures.noise_figure(places, noise), key=PLOTS[0])
    noisy = sorted(whole.values(), key=lambda each: np.isnan(each.film.noise).all())  # the same colours in both figures
    speed = {_short(ask, each.row): each.numbers.speed for each in noisy}
    jumps = {_short(ask, each.row): each.numbers.jumps for each in noisy}
    st.plotly_chart(figures.speed_figure(places, speed, jumps), key=PLOTS[1])
    st.markdown(f"**Numbers at {label}**")
    st.markdown(figures.numbers(table(whole, at)))
    st.caption(LEGEND)
    if lost := lossy(ask, whole):
        st.caption(lost)
    names = list(whole)
    row = st.selectbox(
        "Whose cat is it? Row",
        names,
        index=next((i for i, name in enumerate(names) if whole[name].row.way == FIRST), 0),
        key="row",
        bind="query-params",
        help="The row whose distances are drawn below.",
    )
    numbers = whole[row].numbers
    curves = {"to A": numbers.to_a, "to B": numbers.to_b, "balance": numbers.balance, "detail": numbers.detail}
    st.plotly_chart(figures.identity_figure(places, curves, whole[row].row.title), key=PLOTS[2])


def lossy(ask: Ask, whole: Mapping[str, Shown]) -> str:
    """A sentence on rows whose ends are not the parents, and what brings them closer; "" if there is none."""
    lost = [each.row for each in whole.values() if each.row.ends and min(each.numbers.psnr) < POOR]
    if not lost:
        return ""
    mend = {"steps": any(not row.slow for row in lost), "search steps": any(row.slow for row in lost)}
    names, more = ", ".join(_short(ask, row) for row in lost), " and ".join(each for each in mend if mend[each])
    return (
        f"**Ends below {POOR:.0f} dB**: {names}. There a parent was not found again in the noise or the latents; "
        f"do not blame the path for it, take more {more}."
    )


def table(whole: Mapping[str, Shown], at: int) -> list[dict[str, str | float]]:
    """A row of numbers for each way, at frame `at`."""
    return [
        {
            "way": each.row.title,
            "this is": each.numbers.verdicts[at].replace(" ", "\u00a0"),
            "σ": float(each.film.noise[at]),
            "to A": float(each.numbers.to_a[at]),
            "to B": float(each.numbers.to_b[at]),
            "balance": float(each.numbers.balance[at]),
            "detail": float(each.numbers.detail[at]),
            "cat": float(each.numbers.cat[at]),
            "ends, dB": ", ".join(map(short, each.numbers.psnr)) if each.row.ends else "redrawn",
        }
        for each in whole.values()
    ]


def export(name: str, ask: Ask, found: Mapping[str, Shown], at: int, label: str) -> None:
    """Offer the rows that are whole as files."""
    whole = {key: each for key, each in found.items() if each.numbers is not None}
    if not whole:
        return

    def parts() -> Rows:
        every = max(1, (len(ask.places) - 1) // 9)
        strips = [
            [
                Picture(f"{each.row.title}, {short(float(ask.places[i]))}", each.film.pictures[i])
                for i in range(0, len(ask.places), every)
            ]
            for each in whole.values()
        ]
        rows, noise = table(whole, at), _noise(ask, whole)
        lines = [Lines("Noise in the mix", ask.places, noise, "λ", "σ")] if noise else []
        return [*strips, *lines, Table(f"At {label}", list(rows[0]), [list(row.values()) for row in rows])]

    widgets.export(name, ask.recipe, parts, lambda: _arrays(ask, whole))


def _short(ask: Ask, row: Row) -> str:
    """A row's name in a legend, where nine of them have to fit on a narrow window."""
    return row.name.removeprefix(f"{ask.recipe.checkpoint}:").replace(":", " ")


def _noise(ask: Ask, whole: Mapping[str, Shown]) -> dict[str, np.ndarray]:
    shown = [each for each in whole.values() if not np.isnan(each.film.noise).all()]
    return {_short(ask, each.row): each.film.noise for each in shown}


def _arrays(ask: Ask, whole: Mapping[str, Shown]) -> dict[str, np.ndarray]:
    named = {"place": ask.places}
    for name, each in whole.items():
        slug = name.replace(":", "_")
        named |= {f"{slug}_{what}": getattr(each.film, what) for what in ("pictures", "lam", "noise")}
        measured = ("speed", "to_a", "to_b", "balance", "detail", "cat")
        named |= {f"{slug}_{what}": getattr(each.numbers, what) for what in measured}
    return named
