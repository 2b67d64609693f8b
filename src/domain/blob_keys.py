"""Which keys a store takes: the same on every store, so that one can be swapped for another."""

import re

from domain.errors import Invalid

LONGEST_KEY = 1024
LONGEST_NAME = 255
# Control characters, what cannot be UTF-8 or XML (in which stores send their listings), and the backslash.
_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff\ufffe\uffff]")


def check_key(key: str) -> None:
    """Refuse a key that could leave the store, or that some store could not keep."""
    _check_signs(key)
    names = key.split("/")
    if not all(names):
        raise Invalid("A key is relative and has no empty parts.")
    if any(name in {".", ".."} for name in names):
        raise Invalid("A key has no '.' or '..' among its parts.")
    if len(key.encode()) > LONGEST_KEY or any(len(name.encode()) > LONGEST_NAME for name in names):
        raise Invalid(f"A key has at most {LONGEST_KEY} bytes, and each of its parts at most {LONGEST_NAME}.")


def check_prefix(prefix: str) -> None:
    """Refuse a prefix that no key can have; its last part may be unfinished."""
    _check_signs(prefix)
    folder, slash, _ = prefix.rpartition("/")
    if slash:
        check_key(folder)


def _check_signs(text: str) -> None:
    if _REFUSED.search(text):
        raise Invalid("A key has no control characters, lone surrogates or backslashes.")
