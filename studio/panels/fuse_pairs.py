"""Many pairs of a source, fused at one λ: begun with one button, watched, judged."""

import streamlit as st

from studio.figures.digits import short
from studio.panels.tabs import hints
from studio.recipe import Recipe
from studio.services import pairs
from studio.services.pairs import Asked, Seen

NAME = "Fifty pairs"
HINTS = (
    "**You see** each fusion between its parents, with its distance to both; balance is how much these differ.",
    "**Try** the same pairs by two ways, the rule without two dark cats, another draw; then compare the intervals.",
    "**Why** one good pair is luck. How a way does on many is a number, and with so few of them a vague one.",
)
RANK, SHEET = 128, 64  # px of a picture among the best and the worst, and on the sheet
EVERY = 1.0  # seconds
RANKED = {"best": "nearest to the middle", "worst": "most like one parent"}


def show(recipe: Recipe) -> None:
    """Ask, then follow the work and show what there is of it; of the recipe, the model and how its chains run count."""
    asked = _controls(recipe)
    if not asked.data:
        st.info("Name a folder or a zip of pictures to take pairs from.", icon=":material/folder_open:")
        return
    live = pairs.running(asked)

    @st.fragment(run_every=EVERY if live else None)
    def follow() -> None:
        seen = pairs.seen(asked)
        if seen.running != live:  # begun from in here, or over: whether to look again by itself is said from outside
            st.rerun()
        _bar(asked, seen)
        _results(asked, seen)

    follow()
    hints(HINTS)


def _controls(recipe: Recipe) -> Asked:
    """What to fuse; the rest is the page's own."""
    ways, rules = pairs.methods(recipe.checkpoint), pairs.rules()
    first, second, third = st.columns([2, 2, 1], vertical_alignment="bottom")
    data = first.text_input(
        "Pairs from",
        "drawn",
        key="pairs_data",
        bind="query-params",
        help="`drawn`, or a folder or zip on this machine.",
    )
    names = list(ways)
    method = second.selectbox(
        "Way",
        names,
        names.index("slerp") if "slerp" in ways else 0,
        format_func=lambda name: ways[name].title,
        key="pairs_way",
        bind="query-params",
        help="One way for all pairs.",
    )
    number = third.number_input("Pairs", 1, pairs.MOST, 50, key="pairs", bind="query-params", help="More can follow.")
    first, second, third = st.columns([2, 2, 1], vertical_alignment="bottom")
    rule = first.selectbox(
        "Which pairs",
        list(rules),
        format_func=rules.get,
        key="pairs_rule",
        bind="query-params",
        help="Dark: the middle of the picture has a median brightness below 50 of 255.",
    )
    lam = second.slider(
        "λ of all pairs", 0.05, 0.95, 0.5, 0.05, key="pairs_lam", bind="query-params", help="0.5 is half of each cat."
    )
    choice = third.number_input("Draw", 0, 9999, 0, key="pairs_draw", bind="query-params", help="Other pairs.")
    return Asked(recipe, data.strip(), int(number), float(lam), method, rule, int(choice))


def _bar(asked: Asked, seen: Seen) -> None:
    """How far it is and a way to stop it; or a button that begins, or goes on."""
    there = len(seen.records)
    with st.container(key="busy"):
        bar, button = st.columns([3, 1], vertical_alignment="center")
    if seen.running:
        button.button("Cancel", key="pairs-cancel", on_click=pairs.cancel, args=(asked,), width="stretch")
        step = seen.progress
        if step is None:
            bar.progress(0.0, text="Starting: the model and the pictures are read")
            return
        left = "" if seen.left is None else f" · {_time(seen.left)} left"
        bar.progress(min(step.done / step.total, 1.0), text=f"Pair {step.pairs} of {step.of} · {step.doing}{left}")
        return
    if seen.scores is None:
        text = f"Go on with pair {there + 1}" if there else f"Fuse {asked.pairs} pairs"
        button.button(text, key="pairs-start", on_click=_start, args=(asked,), width="stretch")
        cost = f"about {pairs.calls(asked):,} network calls".replace(",", "\u202f")
        bar.caption(f"{there} of {asked.pairs} pairs are there." if there else f"{asked.pairs} pairs: {cost}.")
    else:
        button.button("Forget them", key="pairs-forget", on_click=pairs.forget, args=(asked,), width="stretch")
        bar.caption(f"{there} pairs are there. For more of them, raise their number.")
    if error := st.session_state.pop("pairs-error", "") or seen.error:
        st.error(error, icon=":material/error:")
        if pairs.wanted(asked):
            st.button("Start anew", key="pairs-anew", icon=":material/replay:", on_click=_anew, args=(asked,))


def _start(asked: Asked) -> None:
    try:
        pairs.start(asked)
    except (ValueError, LookupError) as error:
        st.session_state["pairs-error"] = str(error.args[0])


def _anew(asked: Asked) -> None:
    pairs.forget(asked)
    _start(asked)


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _results(asked: Asked, seen: Seen) -> None:
    if seen.scores is not None:
        _scores(seen)
        grid = st.grid(2, min_column_width=3 * RANK + 6)
        for which, says in RANKED.items():
            with grid.cell():
                st.markdown(f"**{which.capitalize()} by balance**: {says}")
                for pair in seen.scores[which]:
                    _pair(asked, seen, pair, RANK)
        _files(asked)
    if seen.records:
        st.markdown(f"**All {len(seen.records)}**, in the order of the draw: A, the fused cat, B")
        grid = st.grid(min_column_width=3 * SHEET + 6)
        for record in seen.records:
            with grid.cell():
                _pair(asked, seen, record.pair, SHEET)


def _scores(seen: Seen) -> None:
    rows, found = ["| score | value | 95 % interval | N |", "|---|---|---|---|"], seen.scores["scores"]
    for score in found:
        low, high = score["low"], score["high"]
        interval = "none" if low is None else f"{short(low)} to {short(high)}"
        rows.append(f"| {score['name']} | {short(score['value'])} | {interval} | {score['n']} |")
    if found:
        st.markdown("\n".join(rows))
        st.caption(
            f"Compared with {found[0]['n_reference']} pictures of {found[0]['reference']}, seed {found[0]['seed']}."
        )
    st.warning(seen.scores["notes"][0], icon=":material/info:")
    middle = seen.scores["medians"]
    verdicts = ", ".join(f"{number} {verdict}" for verdict, number in seen.scores["verdicts"].items())
    st.caption(
        f"Verdicts: {verdicts}. Medians: balance {short(middle['balance'])}, distance to A "
        f"{short(middle['to_a'])}, to B {short(middle['to_b'])}, between A and B {short(middle['apart'])}; detail "
        f"{short(middle['detail'])} of the parents'; probability of a cat {short(middle['cat'])}."
    )
    for note in seen.scores["notes"][1:]:
        st.caption(note)


def _pair(asked: Asked, seen: Seen, pair: int, width: int) -> None:
    """A pair with its numbers."""
    record = seen.records[pair]
    st.image(pairs.triple(asked, pair, width), width="content", alt=f"Pair {pair}: {record.verdict}")
    text = f"**#{pair}** balance {short(round(record.balance, 3))}  \n{record.verdict}"
    more = f"  \nto A {short(record.to_a)} · to B {short(record.to_b)} · detail {short(record.detail)}"
    st.caption(text + (f"{more} · cat {short(record.cat)}" if width == RANK else ""))


def _files(asked: Asked) -> None:
    name = pairs.folder(asked).name
    with st.container(horizontal=True):
        for text, suffix, make in (("All as a zip", "zip", pairs.archive), ("Contact sheet", "png", pairs.sheet)):
            st.download_button(
                text,
                data=lambda make=make: make(asked),
                file_name=f"{name}.{suffix}",
                icon=":material/download:",
                on_click="ignore",
                key=f"pairs-{suffix}",
            )
    with st.expander("The same without this page"):
        st.code(pairs.command(asked), language="bash", wrap_lines=True)
