"""The papers of the project keep up with the code: paths and targets that they name exist, and forms can be read."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from application.ports.clock import Clock
from application.ports.unit_of_work import Store
from domain.access import Caller, require_write, scope_of
from domain.media import FileMissing, MediaFile
from tests.conftest import ROOT
from tests.unit.use_cases.studio import Studio

PAPERS = [
    *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/ARCHITECTURE.md")),
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
]
MADE_HERE = {".venv", "data", "dist", "htmlcov"}
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"\.?[\w-]+(/[\w.-]+)*/?")
LINK = re.compile(r"\[[^]]+\]\(([^)\s]+)\)")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def paths_of(paper: Path) -> set[str]:
    """What stands there as code and looks like the path of a file or a folder of ours."""
    named = {code for code in CODE.findall(FENCED.sub("", paper.read_text())) if PATH.fullmatch(code)}
    return {name for name in named if name.startswith(tuple(FOLDERS)) or name in FILES}


def tops() -> Iterator[str]:
    for folder in (ROOT, ROOT / "src"):
        yield from (f"{each.name}/" for each in folder.iterdir() if each.is_dir() and each.name not in MADE_HERE)


FOLDERS = sorted(tops())
FILES = {each.name for each in ROOT.iterdir() if each.is_file()}


def exists(name: str) -> bool:
    place = next((base / name for base in (ROOT, ROOT / "src") if (base / name).exists()), None)
    return place is not None and (place.is_dir() or not name.endswith("/"))


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_path_a_paper_names_exists(paper: Path) -> None:
    assert [name for name in sorted(paths_of(paper)) if not exists(name)] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_link_within_the_repository_leads_somewhere(paper: Path) -> None:
    text = FENCED.sub("", paper.read_text())
    links = {link.partition("#")[0] for link in LINK.findall(text) if "://" not in link}
    assert [link for link in sorted(links - {""}) if not (paper.parent / link).exists()] == []
    own = {link[1:] for link in LINK.findall(text) if link.startswith("#")}
    assert own <= {anchor(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def test_the_architecture_says_of_enough_rules_where_they_are() -> None:
    rows = section("docs/ARCHITECTURE.md", "Where is it decided?").count("\n| ") - 2
    assert rows >= 20


def test_the_walk_through_an_upload_counts_its_steps() -> None:
    walk = section("docs/ARCHITECTURE.md", "One upload, file by file")
    steps = [int(number) for number in re.findall(r"^(\d+)\. ", walk, re.MULTILINE)]
    assert steps == list(range(1, len(steps) + 1))
    assert all(re.search(rf"^{step}\. .*?`\w+/", walk, re.MULTILINE | re.DOTALL) for step in steps)


def section(paper: str, title: str) -> str:
    text = (ROOT / paper).read_text()
    (found,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.mark.parametrize("record", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda record: record.stem)
def test_a_decision_is_short_and_has_all_its_parts(record: Path) -> None:
    text = record.read_text()
    assert len(text.splitlines()) <= 40
    assert re.findall(r"^#+ (.+)$", text, re.MULTILINE)[1:] == ["Context", "Decision", "Consequences"]
    assert text.startswith(f"# {int(record.name[:4])}. ")


@pytest.mark.anyio
async def test_the_use_case_of_the_recipe_is_one() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE | re.DOTALL)
    known: dict[str, Any] = {
        "Caller": Caller, "Clock": Clock, "FileMissing": FileMissing, "MediaFile": MediaFile, "Store": Store,
        "UUID": UUID, "dataclass": dataclass, "replace": replace, "require_write": require_write, "scope_of": scope_of,
    }  # fmt: skip
    exec(code, known)  # what stands there is what is tried
    studio = await Studio().open()
    file = await studio.uploaded()
    rename = known["RenameFile"](studio.store, studio.clock)
    renamed = await rename(studio.key, file.id, "other.jpg")
    assert renamed.filename == (await studio.file(file.id)).filename == "other.jpg"
    assert (renamed.key, renamed.variants) == (file.key, file.variants)
    with pytest.raises(FileMissing):
        await rename(replace(studio.key, project_id=UUID(int=7)), file.id, "mine.jpg")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("MATRIX", "tests/unit/entrypoints/test_access_matrix.py"),
        ("JSON_DOORS", "tests/unit/entrypoints/test_bad_input.py"),
        ("BEHIND", "src/entrypoints/wiring/doors.py"),
        ("every", "src/entrypoints/wiring/doors.py"),
        ("class Studio", "tests/unit/use_cases/studio.py"),
        ("PROGRAM", "src/adapters/sql/schema.py"),
        ("VERSION_NEEDED", "src/adapters/sql/schema.py"),
        ("FULL", "tests/unit/contracts/files.py"),
    ],
)
def test_what_the_recipes_name_is_where_they_say(name: str, place: str) -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    assert f"`{name.removeprefix('class ')}`" in contributing
    assert place in contributing
    assert re.search(rf"^ *{name}\b", (ROOT / place).read_text(), re.MULTILINE)


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def test_the_hooks_run_the_locked_tools_and_nothing_from_elsewhere() -> None:
    (repository,) = loaded(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    assert set(hooks) == {"ruff-check", "ruff-format", "mypy", "import-linter"}
    assert all(hook["language"] == "system" for hook in hooks.values())
    tools = {re.sub(r"^.*\.venv/bin/(\S+).*$", r"\1", hook["entry"]) for hook in hooks.values()}
    assert tools == {"ruff", "mypy", "lint-imports"}
    assert all(tool in (ROOT / "Makefile").read_text() for tool in tools)


def test_the_workflow_checks_every_python_that_we_claim_to_support() -> None:
    job = loaded(".github/workflows/check.yml")["jobs"]["check"]
    by_python = {each["python"]: each["target"] for each in job["strategy"]["matrix"]["include"]}
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    claimed = [each.rpartition(" ")[2] for each in classifiers if re.search(r":: 3\.\d+$", each)]
    assert list(by_python) == claimed
    assert by_python == {"3.11": "check", "3.12": "test-fast", "3.13": "units", "3.14": "test-fast"}
    assert set(by_python.values()) <= TARGETS
    assert "make ${{ matrix.target }}" in [step.get("run") for step in job["steps"]]


@pytest.mark.parametrize("form", ["bug", "feature"])
def test_an_issue_form_has_what_the_site_asks_for(form: str) -> None:
    told = loaded(f".github/ISSUE_TEMPLATE/{form}.yml")
    assert told["name"]
    assert told["description"]
    ids = [each["id"] for each in told["body"]]
    assert len(ids) == len(set(ids)) >= 3
    for each in told["body"]:
        assert each["type"] in {"textarea", "input", "dropdown"}
        assert each["attributes"]["label"]
        assert each["type"] != "dropdown" or each["attributes"]["options"]
    assert any(each.get("validations", {}).get("required") for each in told["body"])


@pytest.mark.parametrize(
    "paper", [*PAPERS, ROOT / ".github" / "PULL_REQUEST_TEMPLATE.md"], ids=lambda paper: paper.name
)
def test_every_target_of_make_that_a_paper_names_exists(paper: Path) -> None:
    lines = re.findall(r"(?:^|`)make ((?:[a-z-]+ ?)+)", paper.read_text(), re.MULTILINE)
    assert {target for line in lines for target in line.split()} <= TARGETS
