"""The tests see their own settings, never the developer's."""

from pathlib import Path

import pytest

from entrypoints.settings import load_settings
from tests.conftest import ROOT


def test_the_repositorys_dotenv_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=4711\n")
    monkeypatch.setattr("tests.conftest.ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load_settings().port == 3000


def test_a_dotenv_made_by_a_test_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=4711\n")
    monkeypatch.chdir(tmp_path)
    assert tmp_path != ROOT
    assert load_settings().port == 4711
