"""The four kinds of media every door speaks of."""

from enum import StrEnum


class MediaKind(StrEnum):
    """What a file is to a person: something to look at, to watch, to hear, or simply to keep."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
