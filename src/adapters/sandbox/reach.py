"""Which folders a decoder may read beside its own: those that it runs from, and those of the system's libraries."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from domain.errors import Invalid

# Libraries and parts of them are looked for while decoders work, some of them not before a picture needs them.
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64")
_FILES = ("/etc/ld.so.cache", "/dev/urandom", "/dev/random")


class WithinReach(Invalid):
    """What decoders must not read lies where they may."""

    code = "within_reach_of_decoders"


def folders_for(engine: Any) -> list[Path]:
    """What this engine needs once it is loaded: it may name `folders` of its own."""
    named = [*_where_modules_are(), *map(Path, _LIBRARIES), *getattr(engine, "folders", ())]
    return sorted({path.resolve() for path in named if path.is_dir()})


def files_for_all() -> list[Path]:
    """Single files that any of them needs."""
    return [Path(name) for name in _FILES]


def keep_away(readable: Iterable[Path], private: Mapping[str, Path]) -> None:
    """`WithinReach` where one of these places, by the name of its setting, lies in or below a folder of those."""
    for folder in readable:
        for name, place in private.items():
            if place.resolve().is_relative_to(folder):
                raise WithinReach(
                    f"{name} ({place}) lies below {folder}, which decoders may read: choose another folder"
                )


def _where_modules_are() -> Iterator[Path]:
    """The entries of the search path from which anything was loaded; the current folder may be one, and is not."""
    entries = sorted((entry for entry in sys.path if Path(entry).is_absolute()), key=len, reverse=True)
    files = {str(file) for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
    for file in files:
        found = next((entry for entry in entries if Path(file).is_relative_to(entry)), None)
        if found is not None:
            yield Path(found)
