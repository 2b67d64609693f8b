"""Whether a file that comes in may be shown to strangers as it is."""

import asyncio
from dataclasses import dataclass, replace

from application.uploads.incoming import IncomingBytes
from application.uploads.read_picture_header import HEAD_KEPT
from domain.media import MediaFile
from domain.object_keys import private_key, public_key
from domain.places.cleaning import place_patches
from domain.places.patches import NotCleanable
from domain.places.screening import wants_screening
from domain.projects import Project


@dataclass(frozen=True, slots=True)
class Screened:
    """What was found: nothing wrong (`clean`), or that it is to be looked through once it lies apart (`waits`)."""

    clean: bool = False
    waits: bool = False

    def placed(self, file: MediaFile) -> MediaFile:
        """The file where it is to lie, with the copy that strangers will get in its stead."""
        if not self.waits:
            return replace(file, screened=self.clean)
        copy = file.copied_to(public_key(file.key))
        return replace(file, key=private_key(public_key(file.key)), variants=(*file.variants, copy))


async def screened(incoming: IncomingBytes, project: Project, mime_type: str, *, library: bool = False) -> Screened:
    """By the bytes that came first, where these are all; what is longer waits for a worker.

    Nothing is decoded: a few numbers and names are read, in a thread since others wait.
    """
    if not wants_screening(project, mime_type, library=library):
        return Screened()
    head = await incoming.head(HEAD_KEPT)
    if not incoming.ended or len(head) == HEAD_KEPT:
        return Screened(waits=True)
    strip = project.settings.strip_metadata

    def tells_a_place() -> bool:
        try:
            return bool(place_patches(mime_type, lambda at, length: head[at : at + length], len(head), strip))
        except NotCleanable:
            return True

    waits = await asyncio.to_thread(tells_a_place)
    return Screened(clean=not waits, waits=waits)
