"""Why a program does not start."""

from typing import ClassVar


class CannotStart(Exception):
    """It cannot start, for a reason that an operator can change; `opening` and the message are one line for them."""

    opening: ClassVar[str] = ""
