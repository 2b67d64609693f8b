"""The header Content-Disposition, for whatever name a file was given (RFC 6266, RFC 8187)."""

import unicodedata
from typing import Literal
from urllib.parse import quote

NAMELESS = "file"
LONGEST = 200

# Signs that turn the reading direction let `exe.gpj` look like `jpg.exe`.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# RFC 8187's attr-char without letters and digits.
_ATTR_CHARS = "!#$&+-.^_`|~"


def display_name(name: str) -> str:
    """The name as it may be offered for saving: one segment, nothing invisible, never empty."""
    name = name.encode("utf-8", "replace").decode("utf-8")
    kept = "".join(_one_character(c) for c in name).strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    if len(kept) > LONGEST:
        kept = f"{stem[: LONGEST - len(suffix) - 1]}.{suffix}" if dot and len(suffix) < 20 else kept[:LONGEST]
    return kept or NAMELESS


def content_disposition(name: str, disposition: Literal["attachment", "inline"] = "attachment") -> str:
    """The header's value: plain ASCII for old clients, and the exact name beside it when it is more than that."""
    shown = display_name(name)
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in shown)
    header = f'{disposition}; filename="{plain}"'
    if plain != shown:
        header += f"; filename*=UTF-8''{quote(shown, safe=_ATTR_CHARS)}"
    return header


def _one_character(character: str) -> str:
    if character in "/\\":
        return "_"
    if character in _DIRECTIONS or unicodedata.category(character) in {"Cc", "Zl", "Zp"}:
        return ""
    return character
