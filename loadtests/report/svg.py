"""Plots as inline SVG: bars stacked over time, and lines over percentiles. Colours come from the page's style sheet.

Every plot is 720 × 220 user units with the axes inside; texts are escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 30


def stacked_bars(
    columns: Sequence[Mapping[str, float]],
    order: Sequence[str],
    *,
    title: str,
    unit: str,
    at: Sequence[float] | None = None,
    marks: Sequence[tuple[float, str]] = (),
    level: float | None = None,
) -> str:
    """One column for each step, its parts from bottom to top in ``order``, which are style classes too.

    ``at`` are the columns' labels (default their number), ``marks`` are (column, text) of vertical lines, ``level`` is
    a horizontal line, such as what a limiter may let pass.
    """
    highest = max([sum(c.values()) for c in columns] + [level or 0, 1])
    top = _round_up(highest)
    width = (WIDTH - _LEFT - _RIGHT) / max(len(columns), 1)
    parts = [_frame(title), *_grid(top, unit)]
    for number, column in enumerate(columns):
        parts += _column(column, order, _LEFT + number * width, max(width - 1, 0.5), top)
    for column_at, text in marks:
        x = _LEFT + column_at * width
        parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text x="{x + 3:.1f}" y="{_TOP + 9}">{escape(text)}</text>')
    if level is not None:
        y = _y(level, top)
        parts.append(f'<line class="level" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    parts += _column_labels(at or range(len(columns)), width)
    return "".join([*parts, "</svg>"])


def _column(
    column: Mapping[str, float], order: Sequence[str], x: float, width: float, top: float
) -> Iterator[str]:
    below = 0.0
    for name in order:
        value = column.get(name, 0)
        if value:
            y, base = _y(below + value, top), _y(below, top)
            yield (
                f'<rect class="{escape(name)}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{base - y:.1f}">'
                f"<title>{escape(name)}: {value:g}</title></rect>"
            )
            below += value


def _column_labels(labels: Sequence[float], width: float) -> Iterator[str]:
    step = max(1, math.ceil(len(labels) / 12))
    for number in range(0, len(labels), step):
        x = _LEFT + (number + 0.5) * width
        yield f'<text class="x" x="{x:.1f}" y="{HEIGHT - 12}">{labels[number]:g}</text>'


def percentile_lines(
    lines: Mapping[str, Sequence[tuple[float, float]]], *, title: str, unit: str, bound: float | None = None
) -> str:
    """Lines over percentiles, each a list of (per cent, value); the axis gives every further nine the same room.

    Names of lines are style classes. ``bound`` is a horizontal line.
    """
    highest = max([value for line in lines.values() for _, value in line] + [bound or 0, 0.001])
    top = _round_up(highest)
    parts = [_frame(title), *_grid(top, unit)]
    percents = sorted({percent for line in lines.values() for percent, _ in line})
    last = max((_nines(p) for p in percents), default=1.0)
    for name, line in lines.items():
        points = " ".join(f"{_x(_nines(percent), last):.1f},{_y(value, top):.1f}" for percent, value in line)
        parts.append(f'<polyline class="{escape(name)}" points="{points}"/>')
    for percent in percents:
        x = _x(_nines(percent), last)
        parts.append(f'<text class="x" x="{x:.1f}" y="{HEIGHT - 12}">{_percent_name(percent)}</text>')
    if bound is not None:
        y = _y(bound, top)
        parts.append(f'<line class="level" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    return "".join([*parts, "</svg>"])


def _nines(percent: float) -> float:
    """0 for 0 %, 1 for 90 %, 2 for 99 %; 100 % stands at 3.5."""
    return 3.5 if percent >= 100 else -math.log10(1 - percent / 100)


def _percent_name(percent: float) -> str:
    return "max" if percent >= 100 else f"p{percent:g}"


def _x(value: float, last: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT - 20) * value / last


def _y(value: float, top: float) -> float:
    return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - value / top)


def _frame(title: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'


def _grid(top: float, unit: str) -> Iterator[str]:
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _y(top * share, top)
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="y" x="{_LEFT - 4}" y="{y + 4:.1f}">{top * share:g}</text>'
    yield f'<text x="{_LEFT}" y="{HEIGHT - 1}">{escape(unit)}</text>'


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 10 times a power of ten: quarters of them are short numbers."""
    magnitude = 10.0 ** math.floor(math.log10(value))
    return next(step * magnitude for step in (1, 2, 4, 10) if step * magnitude >= value * 0.999999)
