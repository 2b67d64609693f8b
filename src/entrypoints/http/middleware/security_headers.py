"""Headers that keep browsers from doing more with our answers than we mean; a route may say its own."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULTS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
ELSEWHERE = (b"cross-origin-resource-policy", b"cross-origin")
TRANSPORT = (b"strict-transport-security", b"max-age=31536000")

_SHOWN_ELSEWHERE = "darkroom.shown_elsewhere"


def show_elsewhere(scope: Scope) -> None:
    """Let pages of other origins show the answer to this request: a browser wants to hear it of redirects, too."""
    scope[_SHOWN_ELSEWHERE] = True


class SecurityHeaders:
    """Adds what the answer does not say itself; over https also that it stays https."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._usual = dict((*DEFAULTS, TRANSPORT) if https else DEFAULTS)
        self._elsewhere = self._usual | dict([ELSEWHERE])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", [])
                said = {name for name, _ in headers}
                ours = self._elsewhere if _SHOWN_ELSEWHERE in scope else self._usual
                message["headers"] = [*headers, *(each for each in ours.items() if each[0] not in said)]
            await send(message)

        await self._app(scope, receive, sending)
