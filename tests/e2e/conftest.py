"""A real browser for the studio that `server` starts."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 150_000  # ms: a busy machine is slow, not wrong
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium with a fresh profile; tests are skipped where there is none.

    It is closed after each file: while it is open its event loop is this thread's, and nobody else can run one.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine; on Debian: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, headless=True, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A new tab; the test fails if a script on the page did, or if anything was asked of another host.

    `sent` lists what the page said to the server.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE)
    wrong: list[str] = []
    tab.sent = []
    tab.on("websocket", lambda opened: opened.on("framesent", lambda message: tab.sent.append(message)))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    local = ("http://127.0.0.1:", "http://localhost:", "ws://127.0.0.1:", "ws://localhost:", "data:", "blob:")
    context.on("request", lambda request: None if request.url.startswith(local) else wrong.append(request.url))
    yield tab
    context.close()
    assert wrong == []


@pytest.fixture
def animated(page: Any) -> Callable[[str], bytes]:
    """`animated(title)` writes what the page shows as a film of that format in the dialog, and gives the download."""

    def write(title: str) -> bytes:
        dialog = page.get_by_role("dialog")
        if not dialog.is_visible():
            page.get_by_role("button", name="Animate it").first.click()
        dialog.locator(".st-key-film-kind button", has_text=title).click()
        dialog.get_by_role("button", name=f"Write the {title}").click()
        with page.expect_download() as waiting:
            dialog.get_by_role("button", name=f"Download the {title}").click()
        return Path(waiting.value.path()).read_bytes()

    return write


@pytest.fixture
def until(page: Any) -> Callable[[Callable[[], bool]], None]:
    """`until(condition)` waits for what a page draws in its own time, when the script that asked for it has ended."""

    def wait(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE / 1000
        while not condition():
            if time.monotonic() > end:
                pytest.fail("It never came true.")
            page.wait_for_timeout(50)

    return wait
