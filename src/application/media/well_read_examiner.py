"""An examiner that also asks a reader of metadata, which knows more of what cameras write."""

from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from application.ports.media_examiner import Examined, MediaExaminer
from application.ports.metadata_reader import MetadataReader


@dataclass(frozen=True, slots=True)
class WellReadExaminer:
    """What the reader tells of when, where and by whom counts; what pictures and sound are, the examiner tells."""

    examiner: MediaExaminer
    reader: MetadataReader

    async def examine(self, source: Path, mime_type: str, into: Path | None, *, owner: UUID | None = None) -> Examined:
        """As the examiner does; a reader that fails takes nothing away."""
        examined = await self.examiner.examine(source, mime_type, into, owner=owner)
        told = await self.reader.read(source, mime_type, owner=owner)
        return replace(examined, recording=examined.recording.with_facts(told))
