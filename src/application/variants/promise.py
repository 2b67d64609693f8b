"""The variants a new file will have: their keys are settled before a single one is made."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import FieldError, Invalid
from domain.media import MediaFile, Variant
from domain.object_keys import variant_key
from domain.placement import OWN_STORE, Placement
from domain.projects import Project
from domain.settings import ProjectSettings, StripMetadata
from domain.variants import EXTENSIONS, MIME_TYPES, WantedVariant, wanted_variants


def keeps_camera(settings: ProjectSettings) -> bool:
    """Whether pictures go on saying what camera took them."""
    return settings.strip_metadata is StripMetadata.GPS


@dataclass(frozen=True, slots=True)
class Promise:
    """Knows the engine whose pictures a recipe stands for."""

    engine: str
    placement: Placement = OWN_STORE

    def choose(self, settings: ProjectSettings, names: Sequence[str] | None = None) -> tuple[WantedVariant, ...]:
        """The variants of a project, or those named of them; an unknown name is `Invalid`."""
        specs = settings.variants
        unknown = [name for name in names or () if name not in specs]
        if unknown:
            raise Invalid(
                f"the project has no variant {', '.join(map(repr, unknown))}; it has {', '.join(specs) or 'none'}",
                errors=[FieldError("variants", f"unknown: {name}") for name in unknown],
            )
        engine = f"{self.engine} keeping the camera" if keeps_camera(settings) else self.engine
        return wanted_variants(specs, engine, only=names)

    def variants(self, project: Project, file: MediaFile, wanted: Sequence[WantedVariant]) -> tuple[Variant, ...]:
        """The rows that stand for them until they are made."""
        return tuple(self.variant(project, file, want) for want in wanted)

    def variant(self, project: Project, file: MediaFile, want: WantedVariant, *, again: bool = False) -> Variant:
        """One of them; `again` once another recipe has had the plain key, for a key never holds two pictures."""
        written = want.spec.resolved_format(file.mime_type)
        recipe = want.recipe if again else None
        plain = variant_key(project.slug, project.id, want.name, file.id, EXTENSIONS[written], recipe)
        return Variant(file.id, want.name, want.recipe, self.placement.key(project, plain), MIME_TYPES[written])
