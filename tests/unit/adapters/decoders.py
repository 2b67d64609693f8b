"""A sandbox for the length of a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.transformer import SandboxedTransformer


@asynccontextmanager
async def decoders(
    engine: str, limits: DecoderLimits | None = None, processes: int = 2
) -> AsyncIterator[SandboxedTransformer]:
    """Open, and closed afterwards."""
    sandboxed = SandboxedTransformer(engine, processes, limits)
    await sandboxed.open()
    try:
        yield sandboxed
    finally:
        await sandboxed.close()
