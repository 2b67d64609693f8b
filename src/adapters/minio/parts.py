"""Cutting a stream into parts of the sizes a store wants."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from domain.errors import Invalid


async def cut(chunks: AsyncIterator[bytes], sizes: Iterator[int], total: int | None) -> AsyncGenerator[bytes, None]:
    """The stream in parts of exactly these sizes, but for the last; at least one part, perhaps empty.

    When the stream turns out to have another length than `total`, its last part is never handed out.
    """
    wanted = next(sizes)
    pieces: list[memoryview] = []
    held = seen = 0
    async for chunk in chunks:
        seen += len(chunk)
        if total is not None and seen > total:
            raise Invalid(f"Instead of the {total} bytes announced there came more.")
        rest = memoryview(chunk)
        while held + len(rest) > wanted:
            pieces.append(rest[: wanted - held])
            rest, held = rest[wanted - held :], 0
            yield _joined(pieces)
            wanted = _next_size(sizes)
        pieces.append(rest)
        held += len(rest)
    if total is not None and seen < total:
        raise Invalid(f"Instead of the {total} bytes announced there came fewer.")
    yield _joined(pieces)


def _joined(pieces: list[memoryview]) -> bytes:
    # While a part is handed out, nothing here may keep it in memory a second time.
    part = b"".join(pieces)
    pieces.clear()
    return part


def _next_size(sizes: Iterator[int]) -> int:
    size = next(sizes, None)
    if size is None:
        raise Invalid("The stream is longer than a store takes.")
    return size
