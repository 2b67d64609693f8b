"""Text, and the markup a browser would run: told from what is written, never from what is declared."""

import codecs
import re

from domain import media_types as t
from domain.media_types import MediaType

_UTF16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_SPACE = " \t\r\n\f"
_ROOT = re.compile(r"<(?:[a-z_][\w.-]{0,99}:)?([a-z_][\w.-]{0,99})(?=[\s/>]|$)([^>]{0,2000})", re.IGNORECASE)
_JSON = re.compile(
    r'\s*(?:\{\s*(?:"|\}\s*$)|\[\s*(?:[{\["]|\]\s*$|(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null)\s*(?:,|\]\s*$)))',
    re.IGNORECASE,
)
_MOST_PROLOG = 64
_HTML_ROOTS = re.compile(
    "html|head|body|title|meta|link|style|script|template|iframe|frameset|object|embed|img|video|audio|base|form|input"
    "|button|div|span|p|a|b|i|br|hr|h[1-6]|pre|center|font|table|ul|ol|li|main|section|article"
)
_DECLARED = {
    known.mime: known for known in (t.PLAIN_TEXT, t.CSV, t.TAB_SEPARATED, t.MARKDOWN, t.JSON, t.YAML, t.SUBTITLES)
}


def text_type(head: bytes, *, declared: str | None) -> MediaType | None:
    """The type of a text; None when it is none."""
    if found := _markup(_loosely(head)):
        return found
    text = _strictly(head)
    if not text:
        return None
    if _JSON.match(text):
        return t.JSON
    said = (declared or "").partition(";")[0].strip().lower()
    return _DECLARED.get(said, t.PLAIN_TEXT)


def _loosely(head: bytes) -> str:
    """The head as a browser would read it, wrong characters and all."""
    encoding = _UTF16_MARKS.get(head[:2])
    if encoding:
        return head[2:].decode(encoding, errors="replace")
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def _strictly(head: bytes) -> str | None:
    """The head if it is sound text; a last character cut in two is forgiven."""
    encoding = _UTF16_MARKS.get(head[:2])
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")()
    try:
        text = decoder.decode(head.removeprefix(codecs.BOM_UTF8) if encoding is None else head[2:])
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def _markup(text: str) -> MediaType | None:
    """SVG, HTML or XML, by the first element behind declarations and comments."""
    at, is_xml = 0, False
    for _ in range(_MOST_PROLOG):
        at = _past_space(text, at)
        if text[at : at + 9].lower() == "<!doctype" and text[at + 9 :].lstrip(_SPACE)[:4].lower() == "html":
            return t.HTML
        is_xml = is_xml or text[at : at + 5].lower() == "<?xml"
        behind = _past_prolog(text, at)
        if behind == at or (text.startswith("<?", at) and not is_xml):
            break
        if behind < 0:
            return t.XML if is_xml else t.HTML
        at = behind
    root = _ROOT.match(text, at)
    return _by_root(root, is_xml=is_xml) if root else (t.XML if is_xml else None)


def _by_root(root: re.Match[str], *, is_xml: bool) -> MediaType | None:
    name = root[1].lower()
    if name == "svg":
        return t.SVG
    if _HTML_ROOTS.fullmatch(name):
        return t.HTML
    return t.XML if is_xml or "xmlns" in root[2] else None


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _past_prolog(text: str, at: int) -> int:
    """Where the declaration, comment or doctype at `at` ends: `at` when there is none, -1 when it never does."""
    if text.startswith("<!--", at):
        return _behind(text, "-->", at + 4)
    if text.startswith("<?", at):
        return _behind(text, "?>", at + 2)
    if text[at : at + 9].lower() != "<!doctype":
        return at
    closes, subset = text.find(">", at), text.find("[", at)
    if 0 <= subset < closes:
        inner = text.find("]", subset)
        return _behind(text, ">", inner) if inner > 0 else -1
    return closes + 1 if closes >= 0 else -1


def _behind(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return found + len(mark) if found >= 0 else -1
