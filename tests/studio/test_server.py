"""Who is let in, which port is taken, and that Streamlit is told everything from whatever folder it is started."""

import asyncio
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Match
from starlette.testclient import TestClient

from studio import hosts, look, server

PATHS = ["/", "/denoise", "/_stcore/health", "/gradio/", "/gradio/config"]


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_busy_port_is_left_for_the_next_unless_it_was_asked_for(busy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "FIRST_PORT", busy)
    assert server.free_port("127.0.0.1", None) > busy
    with pytest.raises(ValueError, match=f"Port {busy} is in use"):
        server.free_port("127.0.0.1", busy)
    assert server.free_port("127.0.0.1", 0) > 0
    monkeypatch.setattr(server, "TRIED_PORTS", 1)
    with pytest.raises(ValueError, match="all in use"):
        server.free_port("127.0.0.1", None)


def test_an_address_of_another_machine_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"Cannot listen on 192\.0\.2\.1.*127\.0\.0\.1"):
        server.free_port("192.0.2.1", None)


def test_a_server_for_the_network_answers_to_its_own_names_only() -> None:
    assert hosts.names("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]
    assert "192.0.2.7" in hosts.names("192.0.2.7")
    assert "[2001:db8::1]" in hosts.names("2001:db8::1")
    everybody = hosts.names("0.0.0.0")
    assert socket.gethostname().lower() in everybody
    assert not {"*", "0.0.0.0"} & set(everybody)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://localhost:8501", 200),
        ("http://[::1]:8501", 200),
        ("http://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
def test_another_sites_page_is_refused(origin: str | None, status: int) -> None:
    app = hosts.SameOrigin(PlainTextResponse("in"), hosts.names("127.0.0.1"))
    headers = {} if origin is None else {"origin": origin}
    assert TestClient(app).post("/", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("path", "ours"), [("/gradio", True), ("/gradio/a", True), ("/gradiole", False), ("/", False), ("/a/gradio", False)]
)
def test_the_prefix_takes_its_own_paths_alone(path: str, ours: bool) -> None:
    match, _ = server.Prefix("/gradio", PlainTextResponse("")).matches({"type": "http", "path": path})
    assert (match is Match.FULL) is ours


def test_gradio_is_built_once_for_many_first_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    def build() -> object:
        from starlette.applications import Starlette

        built.append(1)
        return Starlette()

    async def first_requests() -> None:
        lazy = server.LazyGradio(lambda: None)
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b"", "root_path": ""}

        async def nothing(*_: object) -> dict:
            return {"type": "http.request", "body": b"", "more_body": False}

        async with lazy.lifespan(lazy):
            await asyncio.gather(*(lazy(dict(scope), nothing, nothing) for _ in range(5)))

    monkeypatch.setattr(server, "_mounted", build)
    asyncio.run(first_requests())
    assert len(built) == 1


def test_the_settings_of_the_file_reach_streamlit_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = server.settings("127.0.0.1", 8600)
    assert settings["server.address"] == "127.0.0.1"
    assert settings["server.port"] == 8600
    assert settings["browser.gatherUsageStats"] is False
    for name, theme in (("light", look.LIGHT), ("dark", look.DARK)):
        values = [
            settings[f"theme.{name}.{key}Color"] for key in ("background", "secondaryBackground", "text", "primary")
        ]
        assert values == [theme[key] for key in ("background", "panel", "text", "primary")]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [look.LIGHT, look.DARK], ids=["light", "dark"])
def test_text_can_be_read_in_both_themes(theme: dict[str, str]) -> None:
    for ground in ("background", "panel"):
        assert contrast(theme["text"], theme[ground]) >= 4.5
        assert contrast(theme["muted"], theme[ground]) >= 4.5
        assert contrast(theme["primary"], theme[ground]) >= 4.5
    assert contrast(theme["on_primary"], theme["primary"]) >= 4.5


def status(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("path", PATHS)
def test_a_name_that_a_foreign_site_points_here_gets_nothing(path: str, server: str) -> None:
    assert status(server + path) == 200
    assert status(server + path, Host="evil.example") == 400
    assert status(server + path, Host=f"evil.example:{urlsplit(server).port}") == 400


def test_a_foreign_page_opens_no_websocket(server: str) -> None:
    def handshake(host: str, origin: str) -> str:
        lines = [
            "GET /_stcore/stream HTTP/1.1", f"Host: {host}", f"Origin: {origin}", "Connection: Upgrade",
            "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "", "",
        ]  # fmt: skip
        with socket.create_connection((urlsplit(server).hostname, urlsplit(server).port), timeout=10) as line:
            line.sendall("\r\n".join(lines).encode())
            return line.recv(64).split()[1].decode()

    own = urlsplit(server).netloc
    assert handshake(own, server) == "101"
    assert handshake(own, "http://evil.example") == "403"
    assert handshake("evil.example", "http://evil.example") in ("400", "403")
