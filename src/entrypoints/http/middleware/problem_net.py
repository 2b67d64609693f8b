"""Catches everything that is raised below, so that nothing leaves in another shape than a problem."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import DarkroomError
from entrypoints.http.log_context import current
from entrypoints.http.problems import answer_http_exception, answer_protocol, answer_refusal, status_of
from entrypoints.logs import log_exception


class ProblemNet:
    """Answers errors. A fault of ours is logged with its traceback and told without its cause."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            if not started:
                await answer_protocol(503, {"Retry-After": "5", "Connection": "close"})(scope, receive, send)
            raise
        except Exception as raised:  # noqa: BLE001  (the last net: whatever it is must become an answer)
            response = _answer_to(_single(raised), scope)
            if started:
                _note("the answer broke off")  # returning now makes the server cut the connection
            elif response is not None:
                await response(scope, receive, send)


def _answer_to(error: Exception, scope: Scope) -> Response | None:
    match error:
        case ClientDisconnect():
            _note("the client went away")
            return None
        case HTTPException():
            return answer_http_exception(error)
        case DarkroomError() if status_of(type(error)) != 500:
            return answer_refusal(error)
        case _:
            record = current()
            log_exception(
                record.module if record else "Error",
                f"unhandled {type(error).__name__}",
                error,
                request=f"{scope['method']} {scope['path']}",
                request_id=record.request_id if record else None,
            )
            return answer_protocol(500)


def _single(error: Exception) -> Exception:
    """The one error inside nested groups of one, which task groups make."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _note(detail: str) -> None:
    if (record := current()) is not None:
        record.detail = detail
