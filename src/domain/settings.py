"""What a project's owner may settle: read from plain data with every mistake named at once, and written back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from domain.errors import FieldError, Invalid
from domain.variants import Fit, Gravity, ImageFormat, VariantSpec

VARIANT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
RESERVED_NAMES = frozenset({"original"})
LONGEST_SIDE_ASKED = 16_384
MOST_VARIANTS = 64
MOST_TYPES = 256
LONGEST_TYPE = 127
MOST_ERRORS = 100
MIB = 1 << 20
LARGEST_QUOTA = 1 << 40
LARGEST_UPLOAD = 1 << 50

_ALIAS_OF_VARIANTS = "image_variants"
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_MIME = re.compile(r"[a-z0-9.+-]+/(?:\*|[a-z0-9.+-]+)")
_FIT_ALIASES = {"inside": Fit.CONTAIN, "center-crop": Fit.COVER, "stretch": Fit.FILL, "exact": Fit.FILL}
_FORMAT_ALIASES = {"jpg": ImageFormat.JPEG}
_GRAVITY_ALIASES = {"center": Gravity.CENTRE, "top": Gravity.NORTH, "bottom": Gravity.SOUTH,
                    "left": Gravity.WEST, "right": Gravity.EAST}  # fmt: skip


class Visibility(StrEnum):
    """Whether the addresses of files are enough to read them."""

    PUBLIC = "public"
    PRIVATE = "private"


class OnDuplicate(StrEnum):
    """What an upload of bytes the project already holds becomes."""

    ALLOW = "allow"
    REJECT = "reject"
    REUSE = "reuse"


class StripMetadata(StrEnum):
    """What is taken out of files that strangers can fetch: all that is told of them, the place alone, or nothing."""

    ALL = "all"
    GPS = "gps"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """How a project treats its files."""

    variants: Mapping[str, VariantSpec] = field(default_factory=lambda: MappingProxyType({}))
    quota: int | None = None
    keep_original: bool = True
    visibility: Visibility = Visibility.PUBLIC
    auto_sync: bool = True
    on_duplicate: OnDuplicate = OnDuplicate.ALLOW
    strip_metadata: StripMetadata = StripMetadata.ALL
    allowed_types: tuple[str, ...] | None = None
    max_upload_bytes: int | None = None

    def to_mapping(self) -> dict[str, Any]:
        """As plain data; reading it back gives equal settings."""
        told: dict[str, Any] = {
            "variants": {name: spec_to_mapping(spec) for name, spec in self.variants.items()},
            "keep_original": self.keep_original,
            "visibility": self.visibility.value,
            "auto_sync": self.auto_sync,
            "on_duplicate": self.on_duplicate.value,
            "strip_metadata": self.strip_metadata.value,
        }
        optional = {
            "quota": self.quota,
            "allowed_types": None if self.allowed_types is None else list(self.allowed_types),
            "max_upload_bytes": self.max_upload_bytes,
        }
        return told | {name: value for name, value in optional.items() if value is not None}


def spec_to_mapping(spec: VariantSpec) -> dict[str, Any]:
    """A variant's recipe as plain data, without what was left to its default."""
    blank = VariantSpec()
    told = {name: getattr(spec, name) for name in VariantSpec.__slots__}
    return {n: getattr(v, "value", v) for n, v in told.items() if n == "format" or v != getattr(blank, n)}


def read_settings(data: Mapping[str, Any]) -> ProjectSettings:
    """Settings from plain data, or `Invalid` with every field that is wrong."""
    reader = _Reader("settings", data)
    settings = _settings(reader)
    reader.finish()
    return settings


def changed_settings(now: ProjectSettings, changes: Mapping[str, Any]) -> ProjectSettings:
    """These settings with what the changes name replaced; `null` gives a setting its default back."""
    asked = read_settings(changes)
    named = {"variants" if name == _ALIAS_OF_VARIANTS else name for name in changes}
    return replace(now, **{name: getattr(asked, name) for name in named})


def stored_settings(data: Any) -> ProjectSettings:
    """Settings as they were kept, perhaps by a newer program: what cannot be understood is left to its default.

    Only what nobody here knows how to hide is hidden from everybody.
    """
    kept = data if isinstance(data, Mapping) else {}
    settings = _settings(_Reader("settings", kept), most_variants=None)
    readable = kept.get("visibility") in [None, *Visibility]
    return settings if readable else replace(settings, visibility=Visibility.PRIVATE)


def _settings(reader: "_Reader", most_variants: int | None = MOST_VARIANTS) -> ProjectSettings:
    return ProjectSettings(
        variants=MappingProxyType(_variants(reader, most_variants)),
        quota=reader.take("quota", _limit(LARGEST_QUOTA)),
        keep_original=reader.take("keep_original", _boolean, True),
        visibility=reader.take("visibility", _one_of(Visibility), Visibility.PUBLIC),
        auto_sync=reader.take("auto_sync", _boolean, True),
        on_duplicate=reader.take("on_duplicate", _one_of(OnDuplicate), OnDuplicate.ALLOW),
        strip_metadata=reader.take("strip_metadata", _one_of(StripMetadata), StripMetadata.ALL),
        allowed_types=reader.take("allowed_types", _mime_types),
        max_upload_bytes=reader.take("max_upload_bytes", _limit(LARGEST_UPLOAD)),
    )


class _Reader:
    """Takes fields out of plain data one by one and remembers everything that is wrong with them."""

    def __init__(self, path: str, data: Mapping[str, Any], errors: list[FieldError] | None = None) -> None:
        self.path, self.data = path, data
        self.seen: set[str] = set()
        self.errors: list[FieldError] = [] if errors is None else errors

    def wrong(self, name: str, message: str) -> None:
        if len(self.errors) >= MOST_ERRORS:
            return
        self.errors.append(FieldError(f"{self.path}.{name}", message))

    def take(self, name: str, read: Callable[[Any], Any], default: Any = None) -> Any:
        self.seen.add(name)
        value = self.data.get(name)
        if value is None:
            return default
        try:
            return read(value)
        except ValueError as error:
            self.wrong(name, str(error))
            return default

    def unknown(self) -> None:
        for name in self.data.keys() - self.seen:
            self.wrong(name, "is not a setting")

    def finish(self) -> None:
        self.unknown()
        if self.errors:
            told = sorted(self.errors, key=lambda error: error.field)
            raise Invalid("; ".join(f"{e.field} {e.message}" for e in told), errors=told)


def _variants(reader: _Reader, most: int | None) -> dict[str, VariantSpec]:
    called = _ALIAS_OF_VARIANTS if _ALIAS_OF_VARIANTS in reader.data else "variants"
    raw = reader.take(called, _mapping, {})
    if called != "variants" and "variants" in reader.data:
        reader.seen.add("variants")
        reader.wrong(called, "is another name for 'variants'; send one of them")
    if most is not None and len(raw) > most:
        reader.wrong(called, f"may name at most {most} variants")
        return {}
    specs = {}
    for name, recipe in raw.items():
        if not isinstance(name, str) or not VARIANT_NAME.fullmatch(name) or name in RESERVED_NAMES:
            reader.wrong(f"{called}.{name}", "is no name for a variant: use a-z, 0-9, '_' and '-', not 'original'")
        elif not isinstance(recipe, Mapping):
            reader.wrong(f"{called}.{name}", "must be an object")
        else:
            specs[name] = _spec(_Reader(f"{reader.path}.{called}.{name}", recipe, reader.errors))
    return specs


def _spec(reader: _Reader) -> VariantSpec:
    side = _between(1, LONGEST_SIDE_ASKED)
    spec = VariantSpec(
        format=reader.take("format", _one_of(ImageFormat, _FORMAT_ALIASES), ImageFormat.ORIGINAL),
        width=reader.take("width", side),
        height=reader.take("height", side),
        max_width=reader.take("max_width", side),
        max_height=reader.take("max_height", side),
        fit=reader.take("fit", _one_of(Fit, _FIT_ALIASES), Fit.CONTAIN),
        quality=reader.take("quality", _between(1, 100)),
        effort=reader.take("effort", _between(0, 9)),
        gravity=reader.take("gravity", _one_of(Gravity, _GRAVITY_ALIASES), Gravity.CENTRE),
        background=reader.take("background", _colour),
        enlarge=reader.take("enlarge", _boolean, False),
    )
    reader.unknown()
    return spec


def _one_of(kind: type[StrEnum], aliases: Mapping[str, StrEnum] = MappingProxyType({})) -> Callable[[Any], Any]:
    def read(value: Any) -> StrEnum:
        if isinstance(value, str):
            if value in aliases:
                return aliases[value]
            if value in {member.value for member in kind}:
                return kind(value)
        raise ValueError(f"must be one of {', '.join([m.value for m in kind] + list(aliases))}")

    return read


def _between(low: int, high: int, meaning: str = "") -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON knows one kind of number: 80.0 is 80
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}{meaning}")
        return value

    return read


def _limit(most: int) -> Callable[[Any], int]:
    return _between(-1, most, ", where -1 means no limit")


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004  every reader speaks in ValueErrors
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("must be an object")  # noqa: TRY004
    return value


def _colour(value: Any) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise ValueError("must be a colour like #rgb or #rrggbb")
    return value.lower()


def _mime_types(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) and _MIME.fullmatch(v) for v in value):
        raise ValueError("must be a list of media types such as image/jpeg or image/*")
    if len(value) > MOST_TYPES or max(map(len, value), default=0) > LONGEST_TYPE:
        raise ValueError(f"may hold at most {MOST_TYPES} media types of at most {LONGEST_TYPE} characters")
    return tuple(value)
