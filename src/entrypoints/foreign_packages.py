"""Whether another distribution has put files into our top-level packages; other projects use the same names."""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path

OURS = ("domain", "application", "adapters", "entrypoints")
DISTRIBUTION = "darkroom_media"
ADVICE = "install Darkroom anew in an environment of its own (uv tool, pipx, a venv or the image)"

_HOME = Path(__file__).resolve().parents[1]


def foreign_packages(path: Iterable[str] | None = None, home: Path = _HOME) -> str | None:
    """One line that says who else has which of our packages, and what to do; None where all four are ours.

    It imports nothing of ours and takes a few milliseconds, so that it works when the rest cannot be imported.
    """
    places = list(dict.fromkeys(sys.path if path is None else path))
    owners = dict(_owners(places))
    owned = {name for names in owners.values() for name in names}
    found = [f"{who} has files in our {_listed(names)}" for who, names in owners.items()]
    found += [f"{where} hides our package {name}" for name, where in _hidden(places, home) if name not in owned]
    return f"{'; '.join(found)}: {ADVICE}" if found else None


def _listed(names: list[str]) -> str:
    return f"package {names[0]}" if len(names) == 1 else f"packages {', '.join(names)}"


def _owners(places: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Each other distribution whose own list of files names some below our packages."""
    for record in _records(places):
        name, _, version = record.parent.name.removesuffix(".dist-info").partition("-")
        if re.sub(r"[-_.]+", "_", name).lower() == DISTRIBUTION:
            continue
        if names := _named(record):
            yield f"the distribution {name} {version}", names


def _records(places: Iterable[str]) -> Iterator[Path]:
    for place in places:
        try:
            names = sorted(os.listdir(place or "."))  # noqa: PTH208  half the time of iterdir
        except OSError:
            continue
        yield from (Path(place, name, "RECORD") for name in names if name.endswith(".dist-info"))


def _named(record: Path) -> list[str]:
    try:
        lines = b"\n" + record.read_bytes().replace(b'"', b"")
    except OSError:
        return []
    return [name for name in OURS if b"\n%s/" % name.encode() in lines]


def _hidden(places: list[str], home: Path) -> Iterator[tuple[str, str]]:
    """Each package that Python finds elsewhere first, as can happen beside an editable install."""
    for name in OURS:
        spec = PathFinder.find_spec(name, places)
        if spec and spec.origin and Path(spec.origin).resolve() != home / name / "__init__.py":
            yield name, spec.origin
