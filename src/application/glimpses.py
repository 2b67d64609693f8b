"""The first impression of a picture, from the few pixels that every engine hands over."""

from base64 import b64encode

from application.ports.image_transformer import Glimpse
from domain.dominant_colour import dominant_colour
from domain.thumbhash import thumbhash


def glimpse_of(width: int, height: int, rgba: bytes) -> Glimpse:
    """What an upright picture of a few dozen pixels a side looks like."""
    return Glimpse(b64encode(thumbhash(width, height, rgba)).decode(), dominant_colour(rgba))
