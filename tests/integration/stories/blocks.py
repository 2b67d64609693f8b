"""Code blocks of Markdown pages, with the comments that stand directly above them."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

GUIDE = ROOT / "docs" / "guide"
PAGES = {path.stem: path for path in sorted(GUIDE.glob("*.md"))}
BLOCK = re.compile(r"^((?:<!-- [^\n]* -->\n)*)```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!-- (?:(not run|prints|file|into): )?(.*) -->")


@dataclass(frozen=True)
class Block:
    """One fenced block; `notes` are its comments by kind, the kind of those without one being themselves."""

    page: str
    language: str
    text: str
    notes: dict[str, str]

    @property
    def not_run(self) -> str | None:
        return self.notes.get("not run")


def blocks(path: Path) -> list[Block]:
    return [
        Block(path.stem, language, text, {kind or words: words for kind, words in COMMENT.findall(comments)})
        for comments, language, text in BLOCK.findall(path.read_text())
    ]


GUIDE_BLOCKS = [block for path in PAGES.values() for block in blocks(path)]


def of_page(page: str, language: str) -> list[Block]:
    return [block for block in GUIDE_BLOCKS if block.page == page and block.language == language]
