"""Who may talk to the server: requests under its own names, and from pages it served itself."""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL = ["localhost", "127.0.0.1", "[::1]"]


def names(host: str) -> list[str]:
    """The names under which a server that listens on `host` may be addressed, as in a Host header.

    A name that some other site points at this machine is not among them, which is what stops DNS rebinding.
    """
    if host in ("localhost", "127.0.0.1", "::1"):
        return LOCAL
    if host not in ("0.0.0.0", "::"):
        return [*LOCAL, _bracketed(host.lower())]
    own = socket.gethostname().lower()
    try:
        found = {str(address[4][0]) for address in socket.getaddrinfo(own, None)}
    except socket.gaierror:
        found = set()
    return [*LOCAL, own, f"{own}.local", *sorted(map(_bracketed, found | _outward()))]


def _outward() -> set[str]:
    """This machine's address on its network. A datagram socket that is connected sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return set()
        return {probe.getsockname()[0]}


def _bracketed(host: str) -> str:
    try:
        return f"[{host}]" if ipaddress.ip_address(host.split("%")[0]).version == 6 else host
    except ValueError:
        return host


class SameOrigin:
    """Refuses what another site's page sends: a foreign form could otherwise keep this machine busy."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self.app, self.hosts = app, {host.strip("[]") for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and self._foreign(Headers(scope=scope).get("origin")):
            await PlainTextResponse("This request comes from another site.", status_code=403)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _foreign(self, origin: str | None) -> bool:
        """A request without an Origin is not a page's; "null" is a page that hides where it is from."""
        if origin is None:
            return False
        try:
            return urlsplit(origin).hostname not in self.hosts
        except ValueError:
            return True
