"""Which names an account may have: none that passes for another."""

import re
import unicodedata

from domain.errors import FieldError

LONGEST_USERNAME = 254
# People look to these for authority. The command line and superusers may give them.
_RESERVED_NAMES = """
    abuse admin administrator administrators anonymous darkroom everyone help helpdesk hostmaster info mail
    moderator nobody noreply null official operator owner postmaster root security staff su superadmin superuser
    support sysadmin sysop system undefined webmaster
"""
RESERVED = frozenset(_RESERVED_NAMES.split())
# Letters by their category, but drawn as nothing, or as a blank.
_BLANK = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
_MARKS = {"Mn", "Me", "Mc"}
# Scripts that are written together.
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
)
# Letters of other scripts that look like one of the Latin alphabet.
_LOOKALIKES = str.maketrans(
    "авсеѕіјкмнортухԁԛԝһӏαβεζηικμνορτυχϲϳօսհո",
    "abcesijkmhoptyxdqwhlabezhikmvoptyxcjouhn",
)


def username_errors(username: str) -> list[FieldError]:
    """What is wrong with a name."""
    if not 1 <= len(username) <= LONGEST_USERNAME or any(map(_unseen, username)):
        told = f"must have 1 to {LONGEST_USERNAME} characters, no spaces, control or invisible characters among them"
        return [FieldError("username", told)]
    if unicodedata.normalize("NFKC", username) != username or unicodedata.category(username[0]) in _MARKS:
        return [FieldError("username", "must be made of plain characters, in composed form (NFKC)")]
    scripts = {_script(character) for character in username if character.isalpha()}
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        return [FieldError("username", "must not mix alphabets")]
    return []


def reserved(username: str) -> bool:
    """Whether a name claims an authority that whoever registers does not have."""
    return re.sub(r"[\W\d_]", "", looks_like(username)) in RESERVED


def looks_like(username: str) -> str:
    """The name of Latin letters, in small ones, that this one is easily taken for."""
    return username.casefold().translate(_LOOKALIKES)


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or _BLANK.match(character) is not None


def _script(letter: str) -> str:
    """The first word of a letter's name, such as LATIN."""
    return re.split(r"[ -]", unicodedata.name(letter, "UNKNOWN"), maxsplit=1)[0]
