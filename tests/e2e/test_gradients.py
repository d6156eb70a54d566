"""The Gradients page in a real browser: opens with numbers, and min-SNR changes the heat map."""

from collections.abc import Callable
from typing import Any

HEAT = "document.querySelector('.st-key-heat .js-plotly-plot')"


def settled(page: Any) -> None:
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for(state="attached")


def heat(page: Any, title: str) -> list[list[float]]:
    """The numbers that the heat map with this in its title draws."""
    page.wait_for_function(f"title => ({HEAT}?.layout?.title?.text ?? '').includes(title)", arg=title)
    return page.evaluate(f"() => Array.from({HEAT}._fullData[0].z, row => Array.from(row))")


def test_a_step_is_read_from_its_table_and_min_snr_changes_the_heat_map(
    page: Any, server: str, until: Callable
) -> None:
    page.goto(f"{server}/gradients?checkpoint=tiny&batch=2")
    page.get_by_role("heading", name="Gradients").wait_for()
    page.get_by_text("Healthy: no layer").wait_for()
    assert "seed 0 · 2 × drawn · min-SNR" in page.get_by_text("seed 0 ·").inner_text()
    table = page.locator("[data-testid=stDataFrame] canvas + *, [data-testid=stDataFrame] table").first
    table.wait_for(state="attached")
    cells = page.locator("[data-testid=stDataFrame] [role=gridcell]")
    cells.first.wait_for(state="attached")
    until(lambda: "time.mlp.0" in cells.all_inner_texts())
    page.locator(".js-plotly-plot").nth(1).wait_for()

    page.get_by_role("tab", name="By noise level").click()
    on = heat(page, "min-SNR")
    page.get_by_text("min-SNR weights").click()
    off = heat(page, "no weights")
    assert (len(on), len(on[0])) == (len(off), 10)
    changed = [b - a for a, b in zip(on[-1], off[-1], strict=True)]  # log₁₀ of 1 / weight, for v-prediction above 0
    assert all(value > 0 for value in changed)
    assert changed[-1] > 2 > changed[4]  # the almost pure noise was held down most
    page.wait_for_url("**tab=By+noise+level**")
    page.wait_for_url("**min_snr=false**")


def test_nothing_is_wider_than_a_narrow_window(page: Any, server: str) -> None:
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(f"{server}/gradients?checkpoint=tiny&batch=2")
    page.locator(".js-plotly-plot").first.wait_for()
    settled(page)
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth") <= 0
