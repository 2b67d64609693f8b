"""What the program says to the person, or the script, that called it."""

import json as json_format
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from entrypoints.cli.interrupts import interruptible


def say(as_json: bool, facts: Mapping[str, Any], sentence: str) -> None:
    """One answer, for scripts or for people."""
    print(json_format.dumps(facts) if as_json else sentence)


def in_units(size: float) -> str:
    """A number of bytes, as people read it."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def plain(text: str) -> str:
    """What strangers sent, without anything a terminal would act on instead of showing it."""
    return "".join(each if each.isprintable() else " " for each in text)


def failure(message: str) -> NoReturn:
    """One line on what is wrong, and out."""
    print(f"darkroom: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(1)


def ready(url: str) -> None:
    """Where to go now."""
    print(f"\n  Darkroom is ready at {url}\n  API documentation: {url}/docs\n  Stop with Ctrl-C\n", flush=True)


def first_password(username: str, password: str, link: str) -> None:
    """The only time a made-up password is shown."""
    print(
        f"\n  This is the first start. Sign in as the superuser:\n\n      username  {username}\n"
        f"      password  {password}\n\n  It is shown only now: keep it. This link signs in once, for 15 minutes:\n\n"
        f"      {link}",
        flush=True,
    )


@contextmanager
def asking() -> Iterator[None]:
    """Around a question: Ctrl-C is an interruption and not an answer, unlike the end of the input."""
    with interruptible():
        try:
            yield
        except typer.Abort as aborted:
            if isinstance(aborted.__context__, KeyboardInterrupt):
                print(file=sys.stderr)
                raise KeyboardInterrupt from None
            raise
