"""AVIF and HEIC: a still picture among items, a sequence in a track, or both."""

from dataclasses import replace

from domain.image_headers.boxes import Box, boxes, inside
from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.items import primary_item
from domain.image_headers.source import EndsEarly, Source

_SEQUENCE_BRANDS = frozenset({b"avis", b"msf1", b"hevc", b"hevx", b"hevm", b"hevs"})
_MOST_BRANDS = 256
_MOST_TRACKS = 16
_SAMPLE_SIDES = 40


def read_isobmff(source: Source) -> ImageHeader:
    """The primary item, with the frames of the track where the file is a sequence."""
    still: ImageHeader | None = None
    sequence = False
    try:
        for box in boxes(source, 0):
            if box.kind == b"ftyp":
                sequence = _is_sequence(source, box)
            elif box.kind == b"meta":
                still = still or primary_item(source, box)
            elif box.kind == b"moov" and sequence:
                return _moving(source, box, still)
            if still and not sequence:
                return still
    except HeaderBeyond:
        raise HeaderBeyond(still) from None
    except EndsEarly:
        pass
    if still is None:
        raise UnreadableImage("the image holds no picture")
    return still


def _is_sequence(source: Source, ftyp: Box) -> bool:
    brands = source.take(ftyp.at, min(ftyp.end - ftyp.at, 4 * _MOST_BRANDS))
    return not _SEQUENCE_BRANDS.isdisjoint(brands[at : at + 4] for at in range(0, len(brands), 4))


def _moving(source: Source, moov: Box, still: ImageHeader | None) -> ImageHeader:
    """Frames of the first picture track; the larger of the two sizes, as either may be decoded."""
    tracks = [box for box in boxes(source, moov.at, moov.end) if box.kind == b"trak"][:_MOST_TRACKS]
    for track in tracks:
        handler = inside(source, track, b"mdia", b"hdlr")
        if handler is None or source.take(handler.at, 12)[8:] not in {b"pict", b"vide"}:
            continue
        samples = inside(source, track, b"mdia", b"minf", b"stbl", b"stsz")
        described = inside(source, track, b"mdia", b"minf", b"stbl", b"stsd")
        if samples is None or described is None:
            continue
        width, height = (source.number(described.at + _SAMPLE_SIDES + shift, 2) for shift in (0, 2))
        frames = max(1, source.number(samples.at + 8, 4))
        first = still or ImageHeader(width, height, 3)
        if not (first.width and first.height):
            break
        sides = max(width, first.width), max(height, first.height)
        return replace(first, width=sides[0], height=sides[1], frames=frames)
    if still is None:
        raise UnreadableImage("the image sequence holds no pictures")
    return still
