"""The file `.env.example`, written from the settings themselves: `python -m entrypoints.env_example > .env.example`."""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from entrypoints.settings import Settings, names

INTRODUCTION = """\
# Every setting of Darkroom. All are optional: without any, it runs on SQLite and a folder.
# Copy what you want to change into a file called .env, or set it in the environment, which wins.
"""


def render() -> str:
    """The whole file."""
    return INTRODUCTION + "".join(_section(group, fields) for group, fields in groupby(_fields(), key=_group))


def _fields() -> Iterator[Any]:
    yield from Settings.model_fields.values()


def _group(field: Any) -> str:
    group: str = field.json_schema_extra["group"]
    return group


def _section(group: str, fields: Iterator[Any]) -> str:
    lines = [f"\n# --- {group} ---\n"]
    for field in fields:
        known = names(field)
        several = "; the first of these that is set" if len(known) > 1 else ""
        lines.append(f"\n# {field.description}{several}\n")
        lines += [f"#{name}={_shown(field.default)}\n" for name in known]
    return "".join(lines)


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(map(str, value))
        case Path():
            return f"./{value}"
    return str(value)


if __name__ == "__main__":
    sys.stdout.write(render())
