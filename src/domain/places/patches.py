"""Changes to a file, worked out from a few of its bytes and carried out while all of them stream by."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace

from domain.errors import Invalid


class NotCleanable(Invalid):
    """It is built in a way in which a place cannot be told from everything else."""

    code = "not_cleanable"


@dataclass(frozen=True, slots=True, order=True)
class Patch:
    """Other bytes instead of `length` ones from `at` on; what they leave over is filled up if `filler` is a byte."""

    at: int
    length: int
    content: bytes = b""
    filler: bytes = b"\0"

    @property
    def end(self) -> int:
        """Behind what is replaced."""
        return self.at + self.length

    def moved(self, by: int) -> "Patch":
        """The same, further on."""
        return replace(self, at=self.at + by)

    def pieces(self, most: int = 1 << 20) -> Iterable[bytes]:
        """What comes to stand there, a piece at a time."""
        yield self.content
        left = self.length - len(self.content) if self.filler else 0
        while left > 0:
            yield self.filler * min(left, most)
            left -= most


def ordered(patches: Iterable[Patch]) -> list[Patch]:
    """By place; of two that want the same bytes, the one that takes more of them."""
    chosen: list[Patch] = []
    for patch in sorted(patches, key=lambda each: (each.at, -each.length)):
        if not chosen or patch.at >= chosen[-1].end:
            chosen.append(patch)
        elif patch.end > chosen[-1].end:
            raise NotCleanable("what tells of places lies across something else")
    return chosen


def patched(content: bytes, patches: Iterable[Patch]) -> bytes:
    """The bytes with these changes."""
    parts, at = [], 0
    for patch in ordered(patches):
        parts += [content[at : patch.at], *patch.pieces()]
        at = patch.end
    return b"".join([*parts, content[at:]])


async def streamed(chunks: AsyncIterator[bytes], patches: Sequence[Patch]) -> AsyncIterator[bytes]:
    """The same for bytes that come in pieces."""
    waiting, at, skip = list(reversed(ordered(patches))), 0, 0
    async for chunk in chunks:
        start = 0
        while start < len(chunk):
            if skip:
                passed = min(skip, len(chunk) - start)
                skip, start = skip - passed, start + passed
            elif waiting and waiting[-1].at < at + len(chunk):
                patch = waiting.pop()
                if patch.at - at > start:
                    yield chunk[start : patch.at - at]
                for piece in patch.pieces():
                    if piece:
                        yield piece
                start, skip = patch.at - at, patch.length
            else:
                yield chunk[start:]
                break
        at += len(chunk)
