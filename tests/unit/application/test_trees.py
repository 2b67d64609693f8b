"""Folders of any shape are removed, and nothing else is."""

import os
from pathlib import Path

import pytest

from application.trees import remove_tree


def deep(folder: Path, levels: int, name: str = "d") -> None:
    """Folders in folders, deeper than a path can be long."""
    folder.mkdir()
    at = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=at)
        inner = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)


@pytest.mark.parametrize("name", ["d", "long" * 50])
def test_deeper_than_python_calls_and_longer_than_paths(tmp_path: Path, name: str) -> None:
    deep(tmp_path / "it", 2500, name)
    assert remove_tree(tmp_path / "it")
    assert list(tmp_path.iterdir()) == []


def test_wide_and_nested_and_with_names_that_are_used_while_it_goes_on(tmp_path: Path) -> None:
    for first in range(3):
        for second in range(3):
            inner = tmp_path / "it" / f"~{first}" / f"~{second}" / "~0"
            inner.mkdir(parents=True)
            for number in range(5):
                (inner / f"~{number}").touch()
    for number in range(1100):
        (tmp_path / "it" / f"file{number}").touch()
    assert remove_tree(tmp_path / "it")


def test_links_are_removed_and_what_they_name_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (tmp_path / "it" / "inner").mkdir(parents=True)
    (tmp_path / "it" / "inner" / "link").symlink_to(kept)
    (tmp_path / "it" / "link").symlink_to(kept)
    assert remove_tree(tmp_path / "it")
    (tmp_path / "it").symlink_to(kept)
    assert remove_tree(tmp_path / "it")
    assert (kept / "file").exists()


def test_a_file_and_nothing_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert remove_tree(tmp_path / "file")
    assert remove_tree(tmp_path / "file")


def test_it_stops_after_so_many_steps_and_can_go_on(tmp_path: Path) -> None:
    deep(tmp_path / "it", 50)
    assert not remove_tree(tmp_path / "it", steps=10)
    assert remove_tree(tmp_path / "it")


def test_folders_without_rights_go_too(tmp_path: Path) -> None:
    inner = tmp_path / "it" / "closed" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    inner.chmod(0)
    inner.parent.chmod(0)
    assert remove_tree(tmp_path / "it")


def test_what_cannot_be_removed_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep(tmp_path / "it", 3)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    for name in ("unlink", "rmdir", "rename"):
        monkeypatch.setattr(os, name, refused)
    assert not remove_tree(tmp_path / "it")
