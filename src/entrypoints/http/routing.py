"""Paths → routes. The path is decided first and the method second, so that 405 and its Allow are always true."""

import re
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from application.ports.rate_limiter import RateLimiter
from application.ports.replays import Replays
from entrypoints.http.authentication import Authenticator
from entrypoints.http.endpoint import Endpoint, Operation
from entrypoints.http.operations import Op


def routes_of(
    ops: Sequence[Op],
    authenticator: Authenticator,
    limiter: RateLimiter | None = None,
    replays: Replays | None = None,
) -> list[Route]:
    """One route a path."""
    by_path: dict[str, dict[str, Operation]] = {}
    for op in ops:
        operations = by_path.setdefault(op.path, {})
        if op.method in operations:
            raise ValueError(f"{op.method} {op.path} is declared twice")
        operations[op.method] = Operation(op, authenticator, limiter, replays)
    return [Route(path, Endpoint(operations), methods=list(operations)) for path, operations in by_path.items()]


class Routes:
    """Finds the route of a path: fixed paths by one look-up, the others among those with the same first segment."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._fixed = {route.path: route for route in routes if "{" not in route.path}
        self._open: dict[str, list[Route]] = {}
        for route in sorted((route for route in routes if "{" in route.path), key=_generality):
            self._open.setdefault(_first_segment(route.path), []).append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to its route, or say that there is none."""
        path = scope["path"]
        if "\x00" in path:
            raise HTTPException(404)  # no name we keep can have it, and stores stumble over it
        if (fixed := self._fixed.get(path)) is not None:
            scope["path_params"] = {}
            await _serve(fixed, scope, receive, send)
            return
        for route in (*self._open.get(_first_segment(path), ()), *self._open.get("{", ())):
            match, found = route.matches(scope)
            if match is not Match.NONE:
                scope.update(found)
                await _serve(route, scope, receive, send)
                return
        raise HTTPException(404)


async def _serve(route: Route, scope: Scope, receive: Receive, send: Send) -> None:
    scope["route"] = route
    methods = route.methods or set()
    if scope["method"] not in methods:
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})
    await route.app(scope, receive, send)


def _first_segment(path: str) -> str:
    first = path.split("/", 2)[1] if "/" in path else ""
    return "{" if first.startswith("{") else first


def _generality(route: Route) -> list[int]:
    """Segment by segment, text before parameters before `{rest:path}`: the most special route is asked first."""
    return [2 if ":path}" in part else 1 if "{" in part else 0 for part in re.split("/", route.path)[1:]]
