"""One process, one port: the Streamlit app, and under `/gradio` the Gradio app, imported at its first request."""

import asyncio
import errno
import os
import socket
import sys
import threading
import tomllib
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.hosts import SameOrigin, names
from studio.navigation import GRADIO, ROOT

FIRST_PORT = 8501
TRIED_PORTS = 50


class Prefix(BaseRoute):
    """Everything at and below `path` goes to `app`, which sees the whole path."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        self.path, self.app = path, app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope.get("path", "")
        ours = scope["type"] in ("http", "websocket") and (path == self.path or path.startswith(self.path + "/"))
        return (Match.FULL if ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class LazyGradio:
    """The Gradio app, built when it is first asked for: its import takes longer than the rest of a start."""

    def __init__(self, ready: Callable[[], None]) -> None:
        self.ready = ready
        self.app: ASGIApp | None = None
        self.lock = asyncio.Lock()
        self.stack = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.lock:
            if self.app is None:
                app = await asyncio.to_thread(_mounted)
                await self.stack.enter_async_context(app.router.lifespan_context(app))
                self.app = app
        await self.app(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self, _: ASGIApp) -> AsyncIterator[None]:
        """Say that the server is up; when it ends, close what the Gradio app opened."""
        self.ready()
        async with self.stack:
            yield


def _mounted() -> Any:
    from starlette.applications import Starlette

    from studio import gradio_app

    return gradio_app.mount(Starlette(), GRADIO)


def application(host: str, ready: Callable[[], None] = lambda: None) -> st.App:
    """The whole studio as one ASGI app that answers to the names of `host` alone. There is one in a process."""
    gradio = LazyGradio(ready)
    allowed = names(host)
    return st.App(
        ROOT / "studio" / "app.py",
        routes=[Prefix(GRADIO, gradio)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=allowed), Middleware(SameOrigin, hosts=allowed)],
        lifespan=gradio.lifespan,
    )


def settings(host: str, port: int) -> dict[str, Any]:
    """Streamlit's settings: those of `.streamlit/config.toml`, wherever we were started, and the address."""
    with (ROOT / ".streamlit" / "config.toml").open("rb") as file:
        return {**flatten(tomllib.load(file)), "server.address": host, "server.port": port}


def flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted names."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def free_port(host: str, port: int | None) -> int:
    """The port asked for (0: any), else the first free one from 8501 on; ValueError says why there is none."""
    if port is not None:
        taken = _bind(host, port)
        if taken is None:
            raise ValueError(f"Port {port} is in use. Give another one, or leave --port away to take a free one.")
        return taken
    for candidate in range(FIRST_PORT, FIRST_PORT + TRIED_PORTS):
        if (found := _bind(host, candidate)) is not None:
            return found
    raise ValueError(f"Ports {FIRST_PORT} to {FIRST_PORT + TRIED_PORTS - 1} are all in use. Give another: --port N.")


def _bind(host: str, port: int) -> int | None:
    """The port that could be had, None if it is taken; ValueError if this address or port can never be had."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return None
            raise ValueError(
                f"Cannot listen on {host}, port {port}: {error.strerror or error}. "
                "Use 127.0.0.1 for this machine alone or 0.0.0.0 for its network, and a port from 1024 on."
            ) from error
        return probe.getsockname()[1]


def serve(host: str, port: int | None, browser: bool) -> None:
    """Serve until Ctrl-C; one line says where."""
    port = free_port(host, port)
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"

    def ready() -> None:
        print(f"Whisker is at {url} (Ctrl-C ends it)", flush=True)
        if host in ("0.0.0.0", "::"):
            print("Anyone who can reach this machine can use it.", flush=True)
        threading.Thread(target=_after_start, args=(url, browser), daemon=True).start()

    os.environ["WHISKER_GRADIO"] = GRADIO  # tells the Generate page that the Gradio app is here
    try:
        application(host, ready).run(config=settings(host, port))
    except KeyboardInterrupt:
        print("Whisker has ended.", flush=True)


def _after_start(url: str, browser: bool) -> None:
    """Show the first page, and load what it needs while the browser starts."""
    if browser and (
        sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or "WAYLAND_DISPLAY" in os.environ
    ):
        webbrowser.open(url)
    from studio.services import library

    library.checkpoints()
