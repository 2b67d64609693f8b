"""Sources in memory and in folders."""

import os
from pathlib import Path

import pytest

from adapters.filesystem.source import FilesystemSource
from adapters.memory.source import MemorySource
from application.ports.ingest_sources import IngestSource, SourceMissing
from application.trees import remove_tree
from tests.unit.contracts.ingest_source import BODIES, IngestSourceContract, listed

pytestmark = pytest.mark.anyio


class TestMemorySource(IngestSourceContract):
    @pytest.fixture
    def source(self) -> MemorySource:
        return MemorySource(objects=dict(BODIES))

    async def put(self, source: IngestSource, key: str, body: bytes) -> None:
        assert isinstance(source, MemorySource)
        source.objects[key] = body

    async def remove(self, source: IngestSource, key: str) -> None:
        assert isinstance(source, MemorySource)
        del source.objects[key]


class TestFilesystemSource(IngestSourceContract):
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "films & more"
        for key, body in BODIES.items():
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            (folder / key).write_bytes(body)
        return folder

    @pytest.fixture
    def source(self, folder: Path) -> FilesystemSource:
        self.folder_of = folder
        return FilesystemSource(folder)

    async def put(self, source: IngestSource, key: str, body: bytes) -> None:
        fresh = self.folder_of / f".{os.getpid()}"
        fresh.write_bytes(body)
        fresh.rename(self.folder_of / key)

    async def remove(self, source: IngestSource, key: str) -> None:
        (self.folder_of / key).unlink()

    async def test_what_is_hidden_or_leads_elsewhere_is_passed_over(
        self, source: FilesystemSource, folder: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_bytes(b"secret")
        (folder / ".hidden").write_bytes(b"x")
        (folder / ".git").mkdir()
        (folder / ".git" / "config").write_bytes(b"x")
        (folder / "link").symlink_to(tmp_path / "secret")
        (folder / "out").symlink_to(tmp_path)
        os.mkfifo(folder / "pipe")
        assert set(await listed(source)) == set(BODIES)
        for key in (".hidden", ".git/config", "link", "out/secret", "pipe", "../secret"):
            with pytest.raises(SourceMissing):
                await source.stat(key)

    async def test_a_folder_that_is_not_there_is_said_to_be(self, tmp_path: Path) -> None:
        with pytest.raises(SourceMissing, match="no folder"):
            await listed(FilesystemSource(tmp_path / "nowhere"))


async def test_folders_deeper_than_keys_are_long_do_not_stop_a_listing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a").write_bytes(b"first")
    (tmp_path / "z").write_bytes(b"last")
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=at)
        inner = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)
    assert [found.key for found in [each async for each in FilesystemSource(tmp_path).list()]] == ["a", "z"]
    assert "deeper than keys" in caplog.text
    assert remove_tree(tmp_path / "d")
