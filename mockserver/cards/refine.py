"""From a roughly known code to the card's exact place, by the edges of the code's modules.

The decoder gives the code's corners to whole pixels; the far end of the card is three code widths away, where
such an error is several times larger. So the code is rectified with the rough corners, and the light-dark
transitions between neighbouring modules, hundreds of them, are located to a fraction of a pixel each. Their mean
displacement per block of modules gives some fifty well-known points, to which an affine map is fitted, or a
projective one when the affine residual shows perspective: the two extra parameters of a projective map are
weakly determined by so small a patch and would only add noise to a flat scene.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageStat

from mockserver.cards import layout
from mockserver.cards.find import Found
from mockserver.cards.geometry import Point, Quad, Transform, box_quad
from mockserver.cards.model import Side
from mockserver.pictures import PixelSource

#: The rectified code: pixels a module, and modules of margin around it.
PITCH = 6
MARGIN = 2
_BLOCK = 6
#: Looking at every second row and column of modules is enough for the fit and halves the work.
_ROW_STEP = 2
#: An edge counts when the modules beside it differ by this share of the code's contrast.
_MIN_STEP = 0.25
_MIN_EDGES_IN_BLOCK = 3
_MIN_BLOCKS = 12
_MAX_ROUNDS = 3
#: The decoder's corners are good to this many modules.
_CORNER_ERROR = 0.35
#: Another round is worth it while the blocks are off by more than this, in pixels of the rectified code.
_SETTLED = 0.15
#: Affine is kept unless a projective map explains the points better by this factor and the difference matters.
_RESIDUAL_RATIO = 1.07
_RESIDUAL_PX = 0.005

#: Per block (column, row) of modules: the edges across rows and those across columns, each as the position along
#: the scan, the position across it, and how far along the scan the edge is from where it should be.
_Edges = dict[tuple[int, int], tuple[list[tuple[float, float, float]], list[tuple[float, float, float]]]]


@dataclass(frozen=True, slots=True)
class Refined:
    """The card's place, and the code rectified: PITCH pixels a module with MARGIN modules around it, mode L."""

    to_picture: Transform
    rectified: Image.Image
    modules: int
    residual_px: float


def refine(source: PixelSource, found: Found) -> Refined:
    """Locate the card by its code's module edges. Raises PictureError when the picture does not decode."""
    grey = source.pixels("L", at_least=math.ceil(source.longer * 2 * PITCH / found.module_px))
    to_grey = Transform.scale(grey.width / source.width, grey.height / source.height)
    side = found.card.side
    rect_to_card = _rect_to_card(side, found.modules)
    card_to_picture = _start(box_quad(layout.code_box(side)), found)
    residual = math.inf
    for _ in range(_MAX_ROUNDS):
        rect_to_picture = rect_to_card.then(card_to_picture)
        rectified = _rectify(grey, rect_to_picture.then(to_grey), found.modules)
        points = _block_points(_edges(rectified, found.modules))
        if len(points) < _MIN_BLOCKS:
            break
        ideal = [rect_to_card.apply(p) for p, _ in points]
        seen = [rect_to_picture.apply(q) for _, q in points]
        card_to_picture, residual = _fit(ideal, seen)
        if math.sqrt(sum(math.dist(p, q) ** 2 for p, q in points) / len(points)) < _SETTLED:
            break
    return Refined(card_to_picture, rectified, found.modules, residual)


def _start(code: Quad, found: Found) -> Transform:
    """The decoder's corners as a map; without perspective when what they show of it may be their rounding.

    Edges are drawn a little towards the places where they are expected, so a perspective that is not there would
    be slow to go away.
    """
    affine, residual = Transform.affine_fit(code, found.quad)
    return affine if residual < _CORNER_ERROR * found.module_px else Transform.from_quads(code, found.quad)


def _rect_to_card(side: Side, modules: int) -> Transform:
    """Pixels of the rectified code to card pixels."""
    pixel = layout.CODE_SIZE / (modules * PITCH)
    x, y = layout.CODE_ORIGIN[side]
    margin = MARGIN * PITCH
    return Transform.translate(-margin, -margin).then(Transform.scale(pixel)).then(Transform.translate(x, y))


def _rectify(grey: Image.Image, rect_to_grey: Transform, modules: int) -> Image.Image:
    side = (modules + 2 * MARGIN) * PITCH
    return grey.transform(
        (side, side),
        Image.Transform.PERSPECTIVE,
        rect_to_grey.coefficients(),
        Image.Resampling.BICUBIC,
        fillcolor=255,
    )


def _fit(ideal: list[Point], seen: list[Point]) -> tuple[Transform, float]:
    """Affine, unless its residual shows perspective."""
    affine, affine_residual = Transform.affine_fit(ideal, seen)
    projective, residual = Transform.projective_fit(ideal, seen)
    if affine_residual > _RESIDUAL_PX + _RESIDUAL_RATIO * residual:
        return projective, residual
    return affine, affine_residual


def _edges(rectified: Image.Image, modules: int) -> _Edges:
    """Where the module edges are, in pixels of the rectified code."""
    blocks: _Edges = defaultdict(lambda: ([], []))
    dark, light = levels(rectified)
    step = 4 * _MIN_STEP * (light - dark)
    turned = rectified.transpose(Image.Transpose.TRANSPOSE)
    for axis, pixels in enumerate((rectified.tobytes(), turned.tobytes())):
        for row in range(axis, modules, _ROW_STEP):
            for x, y, shift in _scan(pixels, row, modules, step):
                along, across = int(x) // (PITCH * _BLOCK), int(y) // (PITCH * _BLOCK)
                block = blocks[(across, along) if axis else (along, across)]
                block[axis].append((x, y, shift))
    return blocks


def levels(rectified: Image.Image) -> tuple[float, float]:
    """What is dark and what is light in a code: the means of the pixels below and above the overall mean."""
    mean = ImageStat.Stat(rectified).mean[0]
    is_light = rectified.point(lambda value: 255 if value > mean else 0)
    light = ImageStat.Stat(rectified, is_light).mean[0]
    dark = ImageStat.Stat(rectified, ImageChops.invert(is_light)).mean[0]
    return dark, light


def _scan(pixels: bytes, row: int, modules: int, step: float) -> Iterator[tuple[float, float, float]]:
    """All edges across one row of modules, from the two rows of pixels in its middle."""
    width = (modules + 2 * MARGIN) * PITCH
    half = PITCH // 2
    y = (row + MARGIN) * PITCH + half
    top = (y - 1) * width
    line = [
        a + b for a, b in zip(pixels[top : top + width], pixels[top + width : top + 2 * width], strict=True)
    ]
    for x in range(MARGIN * PITCH, (MARGIN + modules) * PITCH + 1, PITCH):
        before = line[x - half - 1] + line[x - half]
        after = line[x + half - 1] + line[x + half]
        if abs(after - before) >= step:
            crossing = _crossing(line, x, (before + after) / 4)
            if crossing is not None:
                yield (x, y, crossing - x)


def _block_points(blocks: _Edges) -> list[tuple[Point, Point]]:
    """One point a block, where it should be and where it is, from the mean shift of its edges."""
    points: list[tuple[Point, Point]] = []
    for across_rows, across_columns in blocks.values():
        if min(len(across_rows), len(across_columns)) < _MIN_EDGES_IN_BLOCK:
            continue
        x0, y0, dx = _middle(across_rows)
        y1, x1, dy = _middle(across_columns)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        points.append(((x, y), (x + dx, y + dy)))
    return points


def _middle(edges: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Mean position and mean shift of the edges whose shift is in the middle half: strays do not count."""
    ranked = sorted(edges, key=lambda edge: edge[2])
    quarter = len(ranked) // 4
    kept = ranked[quarter : len(ranked) - quarter]
    n = len(kept)
    return sum(e[0] for e in kept) / n, sum(e[1] for e in kept) / n, sum(e[2] for e in kept) / n


def _crossing(line: list[int], x: int, level: float) -> float | None:
    """Where the line passes ``level`` within half a module of ``x``, nearest to it; None when it does not."""
    best: float | None = None
    for left in range(x - PITCH // 2 - 1, x + PITCH // 2):
        low, high = line[left] - level, line[left + 1] - level
        if (low < 0) != (high < 0):
            place = left + 0.5 + low / (low - high)
            if best is None or abs(place - x) < abs(best - x):
                best = place
    return best
