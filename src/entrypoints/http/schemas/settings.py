"""What a project's settings may be, for readers of the document; the domain reads and refuses them itself."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import WithJsonSchema

from domain.settings import (
    LARGEST_QUOTA,
    LARGEST_UPLOAD,
    LONGEST_SIDE_ASKED,
    MOST_VARIANTS,
    RESERVED_NAMES,
    OnDuplicate,
    StripMetadata,
    Visibility,
)
from domain.variants import Fit, Gravity, ImageFormat

Schema = dict[str, Any]


def _one_of(kind: type[StrEnum], *aliases: str) -> Schema:
    return {"enum": [*(member.value for member in kind), *aliases, None]}


def _whole(low: int, high: int) -> Schema:
    return {"type": ["integer", "null"], "minimum": low, "maximum": high}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


_YES_OR_NO: Schema = {"type": ["boolean", "null"]}
_SIDE = _whole(1, LONGEST_SIDE_ASKED)
_VARIANT = _object(
    {
        "format": _one_of(ImageFormat, "jpg"),
        "width": _SIDE,
        "height": _SIDE,
        "max_width": _SIDE,
        "max_height": _SIDE,
        "fit": _one_of(Fit, "inside", "center-crop", "stretch", "exact"),
        "quality": _whole(1, 100),
        "effort": _whole(0, 9),
        "gravity": _one_of(Gravity, "center", "top", "bottom", "left", "right"),
        "background": {"type": ["string", "null"], "pattern": "^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"},
        "enlarge": _YES_OR_NO,
    }
)
_VARIANTS: Schema = {
    "type": ["object", "null"],
    "maxProperties": MOST_VARIANTS,
    "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$", "not": {"enum": sorted(RESERVED_NAMES)}},
    "additionalProperties": _VARIANT,
}
_MIME_TYPE = {"type": "string", "pattern": r"^[a-z0-9.+-]+/(\*|[a-z0-9.+-]+)$"}
_SETTINGS = _object(
    {
        "variants": _VARIANTS,
        "image_variants": _VARIANTS | {"description": "Another name for `variants`"},
        "quota": _whole(-1, LARGEST_QUOTA) | {"description": "In MiB; -1 = no limit"},
        "keep_original": _YES_OR_NO,
        "visibility": _one_of(Visibility),
        "auto_sync": _YES_OR_NO,
        "on_duplicate": _one_of(OnDuplicate),
        "strip_metadata": _one_of(StripMetadata),
        "allowed_types": {"type": ["array", "null"], "items": _MIME_TYPE},
        "max_upload_bytes": _whole(-1, LARGEST_UPLOAD),
    }
)

SettingsBody = Annotated[
    dict[str, Any], WithJsonSchema({**_SETTINGS, "not": {"required": ["variants", "image_variants"]}})
]
