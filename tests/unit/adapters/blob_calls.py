"""One call of every method of the ports of a blob store."""

from datetime import UTC, datetime
from pathlib import Path

from application.ports.blob_store import BlobInfo
from tests.unit.adapters.recorder import Call

INFO = BlobInfo("a/b", 7, "tag", datetime(2026, 1, 1, tzinfo=UTC))
STORE = (
    Call("put", ("a/b", object()), {"content_type": "image/png", "size": 7}, answer=INFO),
    Call("read", ("a/b",), {"start": 1, "end": 3, "etag": "tag"}, yields=True, answer=[b"x", b"yz"]),
    Call("stat", ("a/b",), answer=INFO),
    Call("remove", ("a/b",)),
    Call("list", ("a/",), yields=True, answer=[INFO, INFO]),
    Call("check"),
)
MOVES = (Call("move", ("a", "b"), {"etag": "tag", "content_type": "image/png"}, answer=INFO),)
LOCAL = (
    Call("locate", ("a/b",), answer=Path("/somewhere")),
    Call("adopt", (Path("/made"), "a/b"), answer=INFO),
    Call("scratch", answer=Path("/scratch")),
)
