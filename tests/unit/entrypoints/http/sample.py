"""A door of every kind of operation, for the tests of the layer itself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from domain.access import Caller, KeyCaller, KeyScope, Role, UserCaller
from domain.errors import NotFound, NotSignedIn, TooMany
from entrypoints.http.authentication import Credentials
from entrypoints.http.log_context import add_context
from entrypoints.http.multipart_stream import read_parts
from entrypoints.http.operations import Auth, Op, Reply

ANN = UserCaller(UUID(int=1), "ann", Role.USER, frozenset())
KEY = KeyCaller(UUID(int=2), UUID(int=3), frozenset(KeyScope))
THING = UUID("0d6f0d5c-7d8e-4f5e-9f67-1a2b3c4d5e6f")


class ThingMissing(NotFound):
    """No such thing."""

    code = "thing_not_found"


class ThingPath(BaseModel):
    thing_id: UUID


class Closed(BaseModel):
    """Models whose fields are all there is say so themselves."""

    model_config = ConfigDict(extra="forbid")


class Variant(Closed):
    width: Annotated[int, Field(ge=1, le=10_000)]
    quality: float = 80


class Branch(Closed):
    branches: list["Branch"] = []


class Settings(Closed):
    tree: Branch | None = None
    variants: dict[str, Variant] = {}
    keep_original: bool = True


class NewThing(Closed):
    name: Annotated[str, Field(max_length=100)]
    owner: UUID | None = None
    at: datetime | None = None
    settings: Settings = Settings()
    metadata: JsonValue = None


class OpenThing(BaseModel):
    name: str


class Thing(BaseModel):
    id: UUID
    name: str
    at: datetime


class Paging(BaseModel):
    page: Annotated[int, Field(ge=1)] = 1
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    kind: list[str] = []


class Wishes(BaseModel):
    idempotency_key: Annotated[str | None, Field(max_length=8)] = None


class PictureForm(BaseModel):
    file: bytes


async def authenticate(credentials: Credentials) -> Caller | None:
    match credentials:
        case Credentials(bearer="ann") | Credentials(query_token="ann"):
            return ANN
        case Credentials(api_key="key") | Credentials(bearer="key"):
            return KEY
        case Credentials(bearer=None, api_key=None, query_token=None):
            return None
        case _:
            raise NotSignedIn("the token has expired")


def gone_fishing() -> NotFound:
    return ThingMissing("it went fishing")


class SampleDoor:
    tag = "Things"

    def __init__(self) -> None:
        self.produced = 0
        self.fault: Exception = KeyError("a secret cause")

    def operations(self) -> Sequence[Op]:
        def op(method: str, path: str, handler: object, **rest: object) -> Op:
            return Op(method, path, handler, module="Thing", **rest)  # type: ignore[arg-type]

        return [
            op("GET", "/things", self.list_things),
            op("POST", "/things", self.create_thing, status=201),
            op("POST", "/things/batch", self.batch),
            op("GET", "/things/{thing_id}", self.get_thing, auth=Auth.USER, errors=(ThingMissing,)),
            op("DELETE", "/things/{thing_id}", self.delete_thing, status=204, errors=(ThingMissing,)),
            op("PATCH", "/things/{thing_id}", self.change_thing, absent=gone_fishing, also={303: "Look elsewhere"}),
            op("GET", "/things/{thing_id}/parts/{name}", self.parts, errors=(ThingMissing,)),
            op("GET", "/things/{thing_id}/parts/first", self.first_part),
            op("POST", "/things/loose", self.loose),
            op("POST", "/things/maybe", self.maybe),
            op("GET", "/key", self.for_keys, auth=Auth.KEY),
            op("GET", "/both", self.for_both, auth=Auth.KEY_OR_USER),
            op("GET", "/open", self.for_all, auth=Auth.OPTIONAL),
            op("GET", "/events", self.for_both_by_query, auth=Auth.KEY_OR_USER, token_in_query=True),
            op("POST", "/form", self.form, max_body=None, form=PictureForm),
            op("POST", "/raw", self.raw, max_body=1000, media="text/plain"),
            op("POST", "/early", self.early, max_body=None, media="text/plain"),
            op("GET", "/stream", self.stream, media="text/plain"),
            op("GET", "/broken-stream", self.broken_stream, media="text/plain"),
            op("GET", "/fault", self.raise_fault),
            op("GET", "/grouped", self.grouped),
            op("GET", "/reply", self.reply, also={202: "Later"}),
            op("GET", "/slow", self.slow),
            op("GET", "/noted", self.noted),
            op("GET", "/blobs/{key:path}", self.blob, media="text/plain"),
        ]

    async def list_things(self, query: Paging, headers: Wishes) -> dict[str, JsonValue]:
        """List the things.

        In pages.
        """
        return {**query.model_dump(), "wish": headers.idempotency_key}

    async def create_thing(self, body: NewThing, query: Paging) -> Thing:
        return Thing(id=THING, name=body.name, at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    async def batch(self, body: list[UUID]) -> int:
        return len(body)

    async def get_thing(self, path: ThingPath, caller: UserCaller) -> Thing:
        if path.thing_id != THING:
            raise ThingMissing("there is no such thing")
        return Thing(id=path.thing_id, name=caller.username, at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    async def delete_thing(self, path: ThingPath) -> None:
        return None

    async def change_thing(self, path: ThingPath) -> None:
        return None

    async def parts(self, request: Request) -> dict[str, str]:
        return dict(request.path_params)

    async def first_part(self) -> str:
        return "the first"

    async def loose(self, body: OpenThing) -> dict[str, JsonValue]:
        return body.model_dump()

    async def maybe(self, body: NewThing | None) -> bool:
        return body is not None

    async def for_keys(self, caller: KeyCaller) -> str:
        return str(caller.project_id)

    async def for_both(self, caller: Caller) -> str:
        return type(caller).__name__

    async def for_both_by_query(self, caller: Caller) -> str:
        return type(caller).__name__

    async def for_all(self, caller: Caller | None) -> str:
        return type(caller).__name__

    async def form(self, request: Request) -> list[tuple[str, str | None, str | None, int]]:
        found = []
        async for part in read_parts(request):
            size = 0
            async for chunk in part.chunks:
                size += len(chunk)
            found.append((part.name, part.filename, part.content_type, size))
        return found

    async def raw(self, request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def early(self, request: Request) -> Response:
        return PlainTextResponse("no, thank you")

    async def stream(self) -> Response:
        async def content() -> AsyncIterator[bytes]:
            for _ in range(1000):
                self.produced += 1
                yield b"x" * 1000
                await asyncio.sleep(0)

        return StreamingResponse(content(), media_type="text/plain")

    async def broken_stream(self) -> Response:
        async def content() -> AsyncIterator[bytes]:
            yield b"some"
            raise KeyError("in the middle")

        return StreamingResponse(content(), media_type="text/plain", headers={"content-length": "1000"})

    async def raise_fault(self) -> None:
        raise self.fault

    async def grouped(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._refuse())

    async def _refuse(self) -> None:
        raise TooMany("slow down", retry_after=2.2)

    async def reply(self) -> Reply[Paging]:
        return Reply(Paging(), status=202, headers={"X-Plan": "yes"})

    async def slow(self) -> str:
        await asyncio.sleep(0.5)
        return "done"

    async def noted(self) -> int:
        add_context(project="my app", file="a\nb | res=200", nothing=None)
        return 1

    async def blob(self, request: Request) -> Response:
        return PlainTextResponse(request.path_params["key"])
