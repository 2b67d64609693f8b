"""What a change says nothing of, where nothing (None) is a value of its own."""

from enum import Enum
from typing import Final, Literal


class LeftOut(Enum):
    """The type of `LEFT_OUT`."""

    LEFT_OUT = "left out"


LEFT_OUT: Final[Literal[LeftOut.LEFT_OUT]] = LeftOut.LEFT_OUT
