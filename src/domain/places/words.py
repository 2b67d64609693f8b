"""By which names places are told, whoever writes them."""

import re

_PLACES = re.compile(
    r"(?i:.*(?:gps|latitude|longitude|geotag|geohash|iso6709).*|lat|lon|lng|long|coordinates?"
    r"|(?:sub)?location.*|city|state|province(?:state)?|country.*|worldregion|place(?:name)?|loci|.?xyz)"
)
# How a place is written where no name says so: in a maker's box, a manifest, a subtitle.
_WRITTEN = re.compile(
    rb"(?i:gps[_ ]?l(?:at|on)|latitude|longitude)|[+-]\d{2,4}\.\d{2,9}[+-]\d{3,5}\.\d{2,9}|location\.iso6709"
)


def names_a_place(name: str) -> bool:
    """Whether what stands under this name tells where something is; what goes before a colon or a full stop is whose
    name it is."""
    return _PLACES.fullmatch(re.split(r"[:.]", name)[-1]) is not None or "location" in name.lower()


def holds_a_place(content: bytes) -> bool:
    """Whether a place seems to stand in bytes that nobody explains."""
    return _WRITTEN.search(content) is not None
