"""Where a request comes from, as the audit log remembers it."""

from starlette.requests import Request

from domain.access import Caller, UserCaller
from domain.audit import Origin

LONGEST_AGENT = 256


def origin_of(request: Request, caller: Caller | None = None) -> Origin:
    """The address is the peer's own, or what a trusted proxy says it is."""
    agent = request.headers.get("user-agent", "")[:LONGEST_AGENT] or None
    actor = caller.user_id if isinstance(caller, UserCaller) else None
    return Origin(actor, request.client.host if request.client else None, agent)
