"""Thumbhash: a picture in about 25 bytes, by Evan Wallace's public format, so that any client can draw it.

Luminance and two opponent colours (and transparency, where there is any) are each kept as their lowest cosines, in
four bits each, behind a header with their averages and scales.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from operator import mul
from typing import NamedTuple

_MOST_LUMINANCE, _MOST_LUMINANCE_BESIDE_ALPHA = 7, 5
_LEAST_LUMINANCE, _COLOUR, _ALPHA = 3, 3, 5


class _Waves(NamedTuple):
    """One channel: its average, its largest amplitude, and all amplitudes as shares of that, from 0 to 1."""

    average: float
    scale: float
    shares: list[float]


def thumbhash(width: int, height: int, rgba: bytes) -> bytes:
    """The hash of a picture of eight-bit red, green, blue and alpha, best one no larger than 100 pixels a side."""
    alpha = [value / 255 for value in rgba[3::4]]
    has_alpha = min(alpha) < 1
    red, green, blue = (_on_average(rgba[band::4], alpha) for band in range(3))
    most = _MOST_LUMINANCE_BESIDE_ALPHA if has_alpha else _MOST_LUMINANCE
    across, down = (max(1, _rounded(most * side / max(width, height))) for side in (width, height))
    size = (width, height)
    light = _waves([(r + g + b) / 3 for r, g, b in zip(red, green, blue, strict=True)], size, _counts(across, down))
    warmth = _waves([(r + g) / 2 - b for r, g, b in zip(red, green, blue, strict=True)], size, (_COLOUR, _COLOUR))
    redness = _waves([r - g for r, g in zip(red, green, strict=True)], size, (_COLOUR, _COLOUR))
    channels = [light, warmth, redness]
    landscape = width > height
    head = _fields(
        (_rounded(63 * light.average), 6),
        (_rounded(31.5 + 31.5 * warmth.average), 6),
        (_rounded(31.5 + 31.5 * redness.average), 6),
        (_rounded(31 * light.scale), 5),
        (int(has_alpha), 1),
        (down if landscape else across, 3),
        (_rounded(63 * warmth.scale), 6),
        (_rounded(63 * redness.scale), 6),
        (int(landscape), 1),
    )
    if has_alpha:
        veil = _waves(alpha, size, (_ALPHA, _ALPHA))
        channels.append(veil)
        head += _fields((_rounded(15 * veil.average), 4), (_rounded(15 * veil.scale), 4))
    shares = [(_rounded(15 * share), 4) for channel in channels for share in channel.shares]
    return head + _fields(*shares)


def _on_average(band: bytes, alpha: Sequence[float]) -> list[float]:
    """Shares of 255; what is transparent shows the average of what is not."""
    visible = sum(alpha)
    average = sum(a * value for a, value in zip(alpha, band, strict=True)) / visible / 255 if visible else 0
    return [average * (1 - a) + a / 255 * value for a, value in zip(alpha, band, strict=True)]


def _counts(across: int, down: int) -> tuple[int, int]:
    return max(_LEAST_LUMINANCE, across), max(_LEAST_LUMINANCE, down)


def _waves(channel: Sequence[float], size: tuple[int, int], counts: tuple[int, int]) -> _Waves:
    """Its lowest cosines, rows first, then columns of the rows' sums: the two directions do not mix."""
    (width, height), (across, down) = size, counts
    rows = (channel[start : start + width] for start in range(0, width * height, width))
    columns = zip(*_transformed(rows, _cosines(across, width)), strict=True)
    found = _transformed(columns, _cosines(down, height))
    average, *rest = (found[x][y] for x, y in _triangle(across, down))
    scale = max((abs(amplitude) for amplitude in rest), default=0.0)
    return _Waves(average, scale, [0.5 + 0.5 / scale * f if scale else f for f in rest])


def _transformed(lines: Iterable[Sequence[float]], cosines: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[sum(map(mul, line, cosine)) / len(line) for cosine in cosines] for line in lines]


def _cosines(count: int, length: int) -> list[list[float]]:
    return [[math.cos(math.pi / length * wave * (place + 0.5)) for place in range(length)] for wave in range(count)]


def _triangle(across: int, down: int) -> Iterator[tuple[int, int]]:
    """The waves that are kept, the lowest first."""
    for y in range(down):
        for x in range(across):
            if x * down < across * (down - y):
                yield x, y


def _fields(*fields: tuple[int, int]) -> bytes:
    """Numbers of so many bits each, the first lowest, in as few bytes as they need."""
    whole = at = 0
    for value, bits in fields:
        whole |= value << at
        at += bits
    return whole.to_bytes((at + 7) // 8, "little")


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)
