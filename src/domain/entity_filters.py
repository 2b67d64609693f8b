"""What the library can be filtered by: `type=image,parent_id=3`, where a comma means and."""

from dataclasses import dataclass, replace

from domain.errors import FieldError, Invalid
from domain.library import MEDIA
from domain.media_kinds import MediaKind

LARGEST_ID = 2**63 - 1
FIELD = "filter_param"
NAMES = ("type", "mime_type", "is_collection", "parent_id", "is_deleted")
_TRUTHS = {"true": True, "false": False}
_NOWHERE = {"null", "none", ""}


@dataclass(frozen=True, slots=True)
class EntityFilter:
    """What an entity must be like; `at_the_top` are those that lie in no collection."""

    kind: MediaKind | None = None
    mime_type: str | None = None
    is_collection: bool | None = None
    parent_id: int | None = None
    at_the_top: bool = False
    is_deleted: bool | None = None


def read_filter(text: str) -> EntityFilter:
    """A filter as clients write it; `Invalid` for an unknown name, a value it cannot have, or a name given twice."""
    found, seen = EntityFilter(), set[str]()
    for term in filter(None, map(str.strip, text.split(","))):
        name, equals, value = (part.strip() for part in term.partition("="))
        if not equals:
            raise _refused(f"'{term}' is no name=value")
        if name in seen:
            raise _refused(f"'{name}' is there twice")
        seen.add(name)
        found = _with(found, name, value)
    return found


def _with(found: EntityFilter, name: str, value: str) -> EntityFilter:
    match name:
        case "type":
            return replace(found, kind=_kind(value))
        case "mime_type" if value:
            return replace(found, mime_type=value.lower())
        case "is_collection":
            return replace(found, is_collection=_truth(name, value))
        case "is_deleted":
            return replace(found, is_deleted=_truth(name, value))
        case "parent_id" if value.lower() in _NOWHERE:
            return replace(found, at_the_top=True)
        case "parent_id":
            return replace(found, parent_id=_id(value))
        case "mime_type":
            raise _refused("mime_type has no value")
    raise _refused(f"there is no '{name}'; there are {', '.join(NAMES)}")


def _kind(value: str) -> MediaKind:
    kinds = {kind.value: kind for kind in MEDIA}
    if value.lower() not in kinds:
        raise _refused(f"type is one of {', '.join(sorted(kinds))}")
    return kinds[value.lower()]


def _truth(name: str, value: str) -> bool:
    if value.lower() not in _TRUTHS:
        raise _refused(f"{name} is true or false")
    return _TRUTHS[value.lower()]


def _id(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 20 and 1 <= int(value) <= LARGEST_ID):
        raise _refused("parent_id is the number of a collection, or null")
    return int(value)


def _refused(told: str) -> Invalid:
    return Invalid(f"{FIELD}: {told}", errors=[FieldError(FIELD, told)])
