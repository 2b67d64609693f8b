"""Logs of every program: lines `Module | what | key=value …` for people, or one JSON object a line for machines."""

import asyncio
import json
import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, BinaryIO, Literal

import structlog

LONGEST_VALUE = 1000
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

# Loggers of libraries whose names say little to an operator, and from which level on they are worth reading.
LIBRARIES = {"uvicorn.error": ("Server", logging.WARNING), "asyncio": ("Loop", logging.WARNING)}

Event = MutableMapping[str, Any]

# The logger made ready: looking it up and binding it for every line costs more than writing the line.
_output = SimpleNamespace(lines=structlog.get_logger())


def configure_logs(
    format: Literal["text", "json"] = "text",  # noqa: A002  (the word an operator sets)
    level: str = "info",
    *,
    stream: BinaryIO | None = None,
) -> None:
    """Send everything, the libraries' own loggers included, to one stream (stderr) in one format."""
    threshold = LEVELS[level.lower()]
    structlog.configure(
        processors=[_as_json if format == "json" else _as_text],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(file=stream or sys.stderr.buffer),
        cache_logger_on_first_use=False,
    )
    _output.lines = structlog.get_logger().bind()
    root = logging.getLogger()
    root.handlers = [LibraryLines()]
    root.setLevel(max(threshold, logging.WARNING))
    for name, (_, quiet) in LIBRARIES.items():
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
        library.setLevel(threshold if threshold < logging.INFO else quiet)


def log(module: str, message: str, *, level: str = "info", **context: object) -> None:
    """One line that belongs to no request: a worker's, the CLI's."""
    _output.lines.log(LEVELS[level], message, module=module, context=context)


def log_exception(module: str, message: str, error: BaseException, **context: object) -> None:
    """One line at level error, followed by the traceback."""
    _output.lines.error(message, module=module, context=context, error=error)


def log_request(  # noqa: PLR0913  (the fields of one line)
    *,
    module: str,
    method: str,
    path: str,
    status: int,
    duration_ms: float,
    request_id: str,
    context: Mapping[str, object],
    detail: str | None,
) -> None:
    """The access line; 5xx answers are errors."""
    _output.lines.log(
        logging.ERROR if status >= 500 else logging.INFO,
        "",
        module=module,
        method=method,
        path=path,
        status=status,
        duration_ms=duration_ms,
        request_id=request_id,
        context=context,
        detail=detail,
    )


class LibraryLines(logging.Handler):
    """Brings what libraries log by the standard module into our format."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            return  # the server ended a request at shutdown; its access line says so
        module = LIBRARIES.get(record.name, (record.name.partition(".")[0].capitalize(), 0))[0]
        fields: dict[str, Any] = {"module": module, "context": {}}
        if error is not None:
            fields["error"] = error
        _output.lines.log(record.levelno, record.getMessage(), **fields)


def printable(value: object) -> str:
    """The text with everything escaped that could end, forge or hide a part of a line; cut when very long."""
    text = str(value)
    if len(text) > LONGEST_VALUE:
        text = text[:LONGEST_VALUE] + "…"
    if text.isprintable() and "|" not in text:
        return text
    return "".join(c if c.isprintable() and c != "|" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return "\\x7c" if character == "|" else character.encode("unicode_escape").decode("ascii")


def _as_text(_logger: object, _level: str, event: Event) -> bytes:
    request = f"{event['method']} {printable(event['path'])}" if "method" in event else None
    message = printable(event["event"])
    context = [f"{printable(key)}={printable(value)}" for key, value in event.get("context", {}).items()]
    parts = [event.get("module", "App"), request or message, *context]
    if request:
        parts.append(f"res={event['status']}")
        if event.get("detail"):
            parts.append(printable(event["detail"]))
    line = " | ".join(parts)
    if (error := event.get("error")) is not None:
        line = "\n".join([line, *(f"    {printable(step)}" for step in _traceback(error))])
    return line.encode("utf-8", "backslashreplace")


def _as_json(_logger: object, level: str, event: Event) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line: dict[str, Any] = {"time": now, "level": level, "module": event.pop("module", "App")}
    message, error = event.pop("event"), event.pop("error", None)
    if message:
        line["message"] = message
    line |= {key: value for key, value in event.items() if value is not None}
    if error is not None:
        line["traceback"] = "\n".join(_traceback(error))
    return json.dumps(line, default=str, separators=(",", ":")).encode("ascii")


def _traceback(error: BaseException) -> list[str]:
    return "".join(traceback.format_exception(error)).splitlines()
