"""Errors in words, and a bar that can be cancelled between any two steps."""

import pytest
from streamlit.testing.v1 import AppTest


def run(script: str) -> AppTest:
    head = "import streamlit as st\nfrom studio import widgets\n"
    return AppTest.from_string(head + script, default_timeout=30).run()


@pytest.mark.parametrize(
    "raised", ["ValueError('steps is 0; allowed: 1 to 9.')", "LookupError('steps is 0; allowed: 1 to 9.')"]
)
def test_what_a_person_can_mend_is_shown_and_the_page_goes_on(raised: str) -> None:
    app = run(f"with widgets.errors():\n    raise {raised}\nst.write('still here')")
    assert app.error[0].value == "steps is 0; allowed: 1 to 9."
    assert app.markdown[0].value == "still here"
    assert not app.exception


def test_our_own_mistakes_are_not_swallowed() -> None:
    app = run("with widgets.errors():\n    raise TypeError('ours')")
    assert len(app.exception) == 1
    assert not app.error


def test_results_pass_through_the_bar_in_order() -> None:
    app = run("st.write(list(widgets.watch((c for c in 'abc'), 3, 'Working', 'k')))")
    assert app.json[0].value == '["a", "b", "c"]'
    assert not app.get("progress")  # gone when the work is done
    assert not app.button


CANCELLABLE = """
def work():
    seen = st.session_state.setdefault("seen", [])
    for step in range(100):
        seen.append(step)
        yield step
        if step == 3:
            st.stop()
if not widgets.stopped("k"):
    for _ in widgets.watch(work(), 100, "Working", "k"):
        pass
    st.write("finished")
"""


def test_while_it_works_there_is_a_bar_and_a_cancel() -> None:
    app = run(CANCELLABLE)
    assert "Working · step 4 of 100" in app.get("progress")[0].proto.text
    assert [button.label for button in app.button] == ["Cancel"]


def test_cancel_stops_the_work_until_it_is_asked_for_again() -> None:
    app = run(CANCELLABLE)
    app.button[0].click().run()
    assert app.session_state["seen"] == [0, 1, 2, 3]
    assert [button.label for button in app.button] == ["Run again"]
    app.button[0].click().run()
    assert app.session_state["seen"] == [0, 1, 2, 3, 0, 1, 2, 3]


def test_the_die_stays_within_the_seeds() -> None:
    app = run("widgets.seed()\nwidgets.die('Another')")
    seeds = set()
    for _ in range(5):
        app.button(key="die").click().run()
        seeds.add(app.number_input(key="seed").value)
    assert len(seeds) > 1
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_eta_is_zero_for_a_sampler_that_has_none() -> None:
    app = run("st.session_state['eta'] = 0.5\nst.write([widgets.eta('heun')])")
    assert app.json[0].value == "[0.0]"
    assert app.slider(key="eta").disabled
