"""Which ImageMagick line recipes are named after, told without loading it: the API process never decodes."""


def engine_version() -> str:
    """The engine's name in recipes: the line whose library wand binds here."""
    return "imagemagick-6"
