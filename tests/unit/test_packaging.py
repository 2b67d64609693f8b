"""What a fresh clone installs: our own packages, and only what the lock files pin."""

import importlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT
from tests.tables import over_rows

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = (
    "requirements.lock",
    "requirements-image.lock",
    "requirements-dev.lock",
    "requirements-build.lock",
    "requirements-installer.lock",
)
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>\S+)")


@dataclass(frozen=True)
class Pin:
    """One locked requirement."""

    version: str
    hashes: int


def pins(lock: str) -> dict[str, Pin]:
    found: dict[str, Pin] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text()):
        if match := PIN.match(block):
            found[canonicalize_name(match["name"])] = Pin(match["version"], block.count("--hash=sha256:"))
    return found


def wanted(lock: str) -> list[str]:
    groups = PROJECT["dependency-groups"]
    runtime = PROJECT["project"]["dependencies"]
    extras = [each for several in PROJECT["project"]["optional-dependencies"].values() for each in several]
    return {
        "requirements.lock": runtime,
        "requirements-image.lock": [*runtime, *extras],
        "requirements-dev.lock": [*runtime, *groups["dev"]],
        "requirements-build.lock": [*groups["build"], *PROJECT["build-system"]["requires"]],
        "requirements-installer.lock": groups["installer"],
    }[lock]


@over_rows("name", ["domain", "application", "adapters", "entrypoints"])
def test_our_packages_are_our_own(name: str) -> None:
    # PyPI has an `entrypoints` too, and some tool may bring it along.
    origin = importlib.import_module(name).__file__
    assert origin is not None
    assert Path(origin).resolve() == ROOT / "src" / name / "__init__.py"


@over_rows("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index-url|--find-links)\b", text, re.MULTILINE)


@over_rows("lock", LOCKS)
def test_every_locked_requirement_is_hashed(lock: str) -> None:
    assert pins(lock)
    assert [name for name, pin in pins(lock).items() if pin.hashes == 0] == []


@over_rows("lock", LOCKS)
def test_everything_wanted_is_locked_within_its_bounds(lock: str) -> None:
    locked = pins(lock)
    for requirement in map(Requirement, wanted(lock)):
        pin = locked.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement.name} is not in {lock}: make lock"
        assert requirement.specifier.contains(pin.version), f"{lock} is older than pyproject.toml: make lock"


def test_the_locks_agree() -> None:
    dev = pins("requirements-dev.lock")
    image = pins("requirements-image.lock")
    assert pins("requirements.lock").items() <= image.items() <= dev.items()
    build = pins("requirements-build.lock")
    assert {name: pin for name, pin in build.items() if name in dev} == {
        name: dev[name] for name in build if name in dev
    }
