"""What README and guide name exists: settings, commands, paths, recipes."""

import os
import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from domain.settings import MOST_VARIANTS, ProjectSettings
from domain.variants import DEFAULT_EFFORT, DEFAULT_QUALITY, Fit, Gravity, ImageFormat, VariantSpec
from entrypoints.setting_rules import DOORS
from entrypoints.settings import Settings, load_settings, names
from entrypoints.wiring.blobs import STORES
from entrypoints.wiring.container import Darkroom
from tests.conftest import ROOT
from tests.servers.process import completed

GUIDE = ROOT / "docs" / "guide"
PAGES = [ROOT / "README.md", *sorted(GUIDE.glob("*.md"))]
SETTINGS = {name for field in Settings.model_fields.values() for name in names(field)}
# Variables of the examples and of the tests.
OTHER_NAMES = {"URL", "TOKEN", "PROJECT", "KEY", "FILE", "PASSWORD", "NAME", "FOLDER", "STORES", "GET", "POST", "PUT",
               "PATCH", "DELETE", "PATHS", "PYTHONPATH"}  # fmt: skip
CODE = re.compile(r"`([^`\n]+)`")
NAME = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b")
CALL = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) (/[^?\s]*)")


def code(page: Path) -> list[str]:
    """What stands in backquotes outside of blocks."""
    return CODE.findall(re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_settings_that_are_named_exist(page: Path) -> None:
    named = {word for text in code(page) for word in NAME.findall(text.partition("=")[0]) if "_" in word or "=" in text}
    assert {name for name in named if not name.startswith("TEST_")} <= SETTINGS | OTHER_NAMES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_that_are_named_exist(page: Path, commands: set[str]) -> None:
    named = re.findall(r"(?:^|[`/ ])darkroom ([a-z][a-z-]+)", "\n".join(code(page)))
    assert set(named) <= commands


def test_every_command_is_on_its_page(commands: set[str]) -> None:
    text = "\n".join(code(GUIDE / "command-line.md"))
    assert {name for name in commands if not re.search(rf"(darkroom |^){name}\b", text, re.MULTILINE)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_paths_that_are_named_exist(page: Path, offered: set[tuple[str, str]]) -> None:
    named = [CALL.match(text) for text in code(page)]
    calls = {(found[1], shape(found[2])) for found in named if found and found[2] != "/nowhere"}
    assert calls - offered == set()


@pytest.fixture(scope="module")
def commands() -> set[str]:
    """What `darkroom --help` lists."""
    command = [sys.executable, "-m", "entrypoints.cli", "--help"]
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": os.defpath}
    told = completed(command, env=environment, check=True).stdout
    listed = set(re.findall(r"^  ([a-z][a-z-]+)  ", told.partition("Commands:")[2], re.MULTILINE))
    assert "up" in listed, told
    return listed


@pytest.fixture(scope="module")
def offered() -> set[tuple[str, str]]:
    doors: Any = Darkroom(settings=load_settings(DATABASE_URL="memory://", BLOB_STORE="memory")).doors()
    return {(op.method, shape(op.path)) for door in doors.every() for op in door.operations()}


def shape(path: str) -> str:
    """Paths alike, however their parts are called and whether they end in a slash."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


def test_recipes_are_told_in_full() -> None:
    text = "\n".join(code(GUIDE / "variants.md"))
    words = {field.name for field in fields(VariantSpec)} | {*ImageFormat} | {*Fit} | {*Gravity}
    assert {word for word in words if not re.search(rf"^{word}$", text, re.MULTILINE)} == set()
    prose = (GUIDE / "variants.md").read_text()
    assert (
        f"{DEFAULT_QUALITY[ImageFormat.AVIF]} for AVIF and {DEFAULT_QUALITY[ImageFormat.WEBP]} for the others" in prose
    )
    assert set(DEFAULT_QUALITY.values()) == {60, 80}
    assert f"fewer bytes; the default is {DEFAULT_EFFORT}" in prose
    assert f"up to {MOST_VARIANTS} variants" in prose


def test_project_settings_are_told_in_full() -> None:
    text = set(code(GUIDE / "projects.md"))
    assert {field.name for field in fields(ProjectSettings)} <= text


def test_doors_and_stores_are_told_in_full() -> None:
    text = set(code(GUIDE / "settings.md"))
    assert {*DOORS, *STORES} <= text
