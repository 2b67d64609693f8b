"""Pictures decoded in processes of our own, so that no picture can take the service down."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from adapters.sandbox.pool import DecoderPool, believed, on_disk
from adapters.sandbox.wire import facts_in, order_out, result_in
from application.ports.image_transformer import DecoderMisbehaved, Glimpse, NotRendered, Order, PictureFacts, Rendered


class SandboxedTransformer(DecoderPool):
    """Runs an engine for pictures, named `module:Class`, in up to `processes` children."""

    async def probe(self, source: Path, mime_type: str, *, owner: UUID | None = None) -> PictureFacts:
        """Read the header only."""
        async with self.lease(owner) as child:
            await on_disk(partial(child.scratch.lay, source))
            await child.ask({"mime_type": mime_type})
            answer = await child.hear()
            facts = believed(partial(facts_in, answer or {}, mime_type))
            if await child.hear() is not None:
                raise DecoderMisbehaved("The decoder answered twice.")
            return facts

    async def render(
        self,
        source: Path,
        mime_type: str,
        orders: Sequence[Order],
        into: Path,
        *,
        keep_camera: bool = False,
        owner: UUID | None = None,
    ) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
        """Make every variant ordered; the child goes on with the next while the caller is busy with this one."""
        # The glimpse is awaited like an order, under a name that none can have.
        waiting: set[str | None] = {None, *(order.name for order in orders)}
        wanted = [order_out(order) for order in orders]
        async with self.lease(owner) as child:
            await on_disk(partial(child.scratch.lay, source))
            await child.ask({"mime_type": mime_type, "orders": wanted, "keep_camera": keep_camera})
            take = partial(child.scratch.take, into=into)
            while (answer := await child.hear()) is not None:
                result = await on_disk(partial(result_in, answer, take))
                name = None if isinstance(result, Glimpse) else result.name
                if name not in waiting:
                    raise DecoderMisbehaved("The decoder answered what nobody had asked.")
                waiting.remove(name)
                yield result
        if waiting:
            raise DecoderMisbehaved("The decoder left orders unanswered.")
