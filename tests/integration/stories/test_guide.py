"""docs/guide is true: every block is pasted into a shell, or parsed, against one running Darkroom."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from entrypoints.settings import load_settings
from tests.integration.stories.blocks import GUIDE, GUIDE_BLOCKS, PAGES, blocks, of_page
from tests.integration.stories.running import alive_in_group, environment, free_port, process, wait_until_ready
from tests.integration.stories.test_one_picture import photo
from tests.integration.stories.test_readme import README, quick_start
from tests.servers.process import completed, ending_with_us

NOT_RUN = {
    ("jobs", "js", "needs a browser"),
    ("scaling", "sh", "needs a PostgreSQL and an S3 server, and more machines"),
    ("scaling", "sh", "needs docker"),
    ("stores", "sh", "needs a PostgreSQL and an S3 server under these names"),
    ("tests", "sh", "is what the tests themselves are run by"),
}
ALONE = {"testing-your-app"}  # starts a Darkroom of its own
BY_ANOTHER_TEST = {"adapters"}
RUN = [page for page in PAGES if page not in BY_ANOTHER_TEST and any(not b.not_run for b in of_page(page, "sh"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
PASSWORD = "correct horse battery staple"
# In the blocks an answer of 4xx or 5xx is a failure, although curl alone is content with it.
STRICT_CURL = """#!/bin/sh
case " $* " in *" -sf "*) STRICT= ;; esac
exec {curl} ${{STRICT:+--fail-with-body}} "$@"
"""


@dataclass(frozen=True)
class Terminal:
    """Where a reader pastes: a folder, programs on the path, and what earlier blocks have set."""

    folder: Path
    path: str
    before: str = ""

    def paste(self, script: str) -> str:
        """What a shell prints, which ends at the first command that fails."""
        shell = subprocess.Popen(
            ["bash", "-eu", "-o", "pipefail", "-c", f"{self.before}\nSTRICT=1; export STRICT\n{script}"],
            cwd=self.folder,
            env=environment({"PATH": self.path}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=ending_with_us(),
        )
        try:
            said, _ = shell.communicate(timeout=120)
            assert shell.returncode == 0, f"{script}\n{said}"
            assert not alive_in_group(shell.pid), f"something is left running:\n{script}"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        return said


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The search path: curl that minds errors, this Darkroom, and everything else."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "curl").write_text(STRICT_CURL.format(curl=shutil.which("curl")))
    (folder / "curl").chmod(0o755)
    for name, module in (("darkroom", "-m entrypoints.cli"), ("python3", "")):
        (folder / name).write_text(f'#!/bin/sh\nexec {sys.executable} {module} "$@"\n')
        (folder / name).chmod(0o755)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, path: str) -> Iterator[Terminal]:
    """A terminal into which the quick start was pasted; the Darkroom is set up as the guide's page on media says."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "photo.jpg").write_bytes(photo())
    port = free_port()
    [ingest] = of_page("media", "ini")
    chosen = f"PORT={port}\nSU_USERNAME=admin\nSU_PASSWORD={PASSWORD}\nLOG_LEVEL=warning\n"
    (folder / ".env").write_text(chosen + ingest.text)
    with process("up", settings={}, folder=folder) as child:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child, folder / "up.log")
        started = Terminal(folder, path, quick_start(url, PASSWORD))
        kept = started.paste("declare -p URL PASSWORD TOKEN PROJECT KEY FILE; declare -f field").partition("declare --")
        yield Terminal(folder, path, "".join(kept[1:]))


@pytest.mark.parametrize("page", [page for page in RUN if page not in ALONE])
def test_the_blocks_of_a_page_can_be_pasted(page: str, terminal: Terminal) -> None:
    paste(page, terminal)


@pytest.mark.parametrize("page", sorted(ALONE))
def test_the_blocks_of_a_page_can_be_pasted_with_nothing_running(page: str, path: str, tmp_path: Path) -> None:
    paste(page, Terminal(tmp_path, path))


def paste(page: str, terminal: Terminal) -> None:
    """All shell blocks of the page, one after the other in one shell, each of which prints what is said above it."""
    run = [block for block in of_page(page, "sh") if not block.not_run]
    pieces = []
    for block in run:
        lenient = "answers an error" in block.notes
        text = re.sub(r"\b399\d\b", str(free_port()), block.text)
        pieces.append(f"unset STRICT\n{text}export STRICT=1\n" if lenient else text)
    said = terminal.paste("printf '\\n--- block\\n'\n".join(["", *pieces])).split("--- block\n")[1:]
    for block, printed in zip(run, said, strict=True):
        assert block.notes.get("prints", "") in printed, f"{block.text}\n{printed}"


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_every_shell_block_is_understood_by_plain_shells(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    for block in [*GUIDE_BLOCKS, *blocks(README)]:
        if block.language == "sh":
            done = completed([shell, "-n"], input=block.text)
            assert done.returncode == 0, f"{block.text}\n{done.stderr}"


def test_programs_in_python_run(tmp_path: Path) -> None:
    [block] = of_page("testing-your-app", "python")
    text = re.sub(r"\b399\d\b", str(free_port()), block.text)
    done = completed(
        [sys.executable, "-c", text],
        cwd=tmp_path,
        env=environment({}),
    )
    assert done.returncode == 0, done.stderr
    assert "signed in: ey" in done.stdout


def test_settings_and_json_are_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in GUIDE_BLOCKS:
        if block.language == "json":
            json.loads(block.text)
        if block.language == "ini":
            (tmp_path / ".env").write_text(block.text)
            given = {line.partition("=")[0] for line in block.text.splitlines() if not line.startswith("#")}
            assert len(load_settings().model_fields_set) == len(given), block.text


def test_recipes_of_the_guide_are_accepted(terminal: Terminal) -> None:
    [block] = of_page("variants", "json")
    body = json.dumps({"name": "Recipes", "settings": {"variants": json.loads(block.text)}})
    terminal.paste(
        'curl -sS "$URL/projects" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" '
        f"-d '{body}' | field id"
    )


def test_what_is_not_run_is_little_and_has_a_reason() -> None:
    assert {(b.page, b.language, b.not_run) for b in GUIDE_BLOCKS if b.not_run} == NOT_RUN
    known = {"sh", "python", "json", "ini", "js", "text"}
    assert {block.language for block in GUIDE_BLOCKS} <= known
    python = {block.page for block in GUIDE_BLOCKS if block.language == "python"}
    assert python == BY_ANOTHER_TEST | ALONE


def test_the_index_and_the_readme_name_every_page() -> None:
    for page in (GUIDE / "README.md", README):
        named = {Path(link).stem for link in LINK.findall(page.read_text()) if "://" not in link}
        assert set(PAGES) - named <= {"README"}, page


@pytest.mark.parametrize("page", [README, *PAGES.values()], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 150
