"""What import-linter cannot say: the inner rooms import the standard library and nothing else from outside."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["id"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}


def imported(file: Path) -> set[str]:
    """The top level names a file imports, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(("room", "neighbours"), [("domain", {"domain"}), ("application", {"application", "domain"})])
@pytest.mark.slow
def test_the_inner_rooms_need_only_the_standard_library(room: str, neighbours: set[str]) -> None:
    allowed = neighbours | sys.stdlib_module_names
    for file in (ROOT / "src" / room).rglob("*.py"):
        assert imported(file) <= allowed, file.relative_to(ROOT)


def test_every_runtime_dependency_is_a_forbidden_vendor() -> None:
    ours = {canonicalize_name(Requirement(line).name) for line in PROJECT["project"]["dependencies"]}
    modules = {
        module
        for module, distributions in packages_distributions().items()
        if ours & {canonicalize_name(name) for name in distributions} and module.isidentifier()
    }
    public = {module for module in modules if not module.startswith("_")}
    assert public <= set(CONTRACTS["vendors"]["forbidden_modules"]) | {
        "adapters",
        "application",
        "domain",
        "entrypoints",
    }
