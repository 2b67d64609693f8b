"""What the header of a picture tells before anything is decoded."""

from dataclasses import dataclass, field

from domain.errors import Invalid


class UnreadableImage(Invalid):
    """It claims to be a picture and cannot be one."""

    code = "unreadable_image"


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Size and shape of a picture as stored; `orientation` (EXIF, 1 to 8) says how to turn it upright.

    `bands` are those a decoder hands out (a palette counts as colour), `bits` those of one sample of one band.
    `exif` is the picture's EXIF block as it stands, where it has one that was come by, `shown` how much of what is
    decoded there is to see where that is not all, `profile` the colour profile where decoders may leave it out.
    """

    width: int
    height: int
    bands: int
    bits: int = 8
    frames: int = 1
    orientation: int = 1
    exif: bytes | None = field(default=None, repr=False)
    shown: tuple[int, int] | None = None
    profile: bytes | None = field(default=None, repr=False)

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as people see them."""
        width, height = self.shown or (self.width, self.height)
        return (height, width) if self.orientation >= 5 else (width, height)


class HeaderBeyond(Exception):
    """The header goes on past the bytes given: not wrong, but more of the file is needed.

    `so_far` is what they told, when only frames or orientation are open.
    """

    def __init__(self, so_far: ImageHeader | None = None) -> None:
        super().__init__("the header goes on past the bytes given")
        self.so_far = so_far
