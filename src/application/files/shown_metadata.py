"""What a file tells of itself, and to whom."""

from collections.abc import Mapping
from typing import Any

from application.ports.files import FileView
from domain.access import Caller, Role, UserCaller

PLACE = "gps"


def shown_metadata(view: FileView, caller: Caller) -> Mapping[str, Any]:
    """Where a picture was taken is for the owner of its project alone, and the superuser; all else for every reader."""
    metadata = view.file.metadata
    if PLACE not in metadata or _may_know_places(caller, view):
        return metadata
    return {name: value for name, value in metadata.items() if name != PLACE}


def without_places(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same, at any depth, where nobody is told of places."""
    return {
        name: without_places(value) if isinstance(value, Mapping) else value
        for name, value in data.items()
        if name != PLACE
    }


def _may_know_places(caller: Caller, view: FileView) -> bool:
    return isinstance(caller, UserCaller) and (caller.user_id == view.owner_id or caller.role is Role.SU)
