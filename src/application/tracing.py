"""What everybody who takes part in a trace does alike."""

from application.ports.traces import Span
from domain.errors import DarkroomError, Outage

ERROR_TYPE = "error.type"


def note_error(span: Span, error: BaseException) -> None:
    """Note the kind of an error that leaves a step: its words may quote what a user wrote, or a secret.

    A refusal is an answer like others and no fault; who was cancelled did nothing wrong.
    """
    if isinstance(error, DarkroomError) and not isinstance(error, Outage):
        span.tell({ERROR_TYPE: error.code})
    elif isinstance(error, Exception):
        span.fail(error.code if isinstance(error, DarkroomError) else type(error).__qualname__)


def trace_id_of(carried: str | None) -> str | None:
    """The id by which a trace is looked up."""
    return None if carried is None else carried.split("-")[1]
