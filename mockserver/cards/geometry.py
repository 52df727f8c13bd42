"""Plane geometry for cards in pictures: projective transforms, fits, areas. Pure Python, no dependencies.

Coordinates are continuous: a picture W pixels wide spans 0..W and the centre of its first pixel is at 0.5.
x grows to the right, y downwards, so a positive angle turns clockwise as seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
#: Four corners: top-left, top-right, bottom-right, bottom-left of the thing itself, however it lies.
Quad = tuple[Point, Point, Point, Point]
#: Left, top, right, bottom.
Box = tuple[float, float, float, float]

_Matrix = tuple[float, float, float, float, float, float, float, float, float]


class DegenerateGeometry(ValueError):
    """The points do not determine a transform (three of them on one line, or all the same)."""


@dataclass(frozen=True, slots=True)
class Transform:
    """A projective map of the plane, as the nine entries of its 3 x 3 matrix in row order."""

    matrix: _Matrix

    @staticmethod
    def identity() -> Transform:
        """The map that leaves everything where it is."""
        return Transform((1, 0, 0, 0, 1, 0, 0, 0, 1))

    @staticmethod
    def translate(dx: float, dy: float) -> Transform:
        """Move by (dx, dy)."""
        return Transform((1, 0, dx, 0, 1, dy, 0, 0, 1))

    @staticmethod
    def scale(sx: float, sy: float | None = None) -> Transform:
        """Scale about the origin, by one factor or by one per axis."""
        return Transform((sx, 0, 0, 0, sx if sy is None else sy, 0, 0, 0, 1))

    @staticmethod
    def rotate(degrees: float, centre: Point = (0.0, 0.0)) -> Transform:
        """Turn clockwise (as seen on a screen) about ``centre``."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        x, y = centre
        return Transform((cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y, 0, 0, 1))

    @staticmethod
    def from_quads(src: Quad, dst: Quad) -> Transform:
        """The projective map that takes each corner of ``src`` to that of ``dst``.

        Raises DegenerateGeometry when three corners of either lie on a line.
        """
        rows: list[list[float]] = []
        for (x, y), (u, v) in zip(src, dst, strict=True):
            rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
            rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
        a, b, c, d, e, f, g, h = solve(rows)
        return Transform((a, b, c, d, e, f, g, h, 1.0))

    @staticmethod
    def affine_fit(src: Sequence[Point], dst: Sequence[Point]) -> tuple[Transform, float]:
        """The affine map closest to ``src`` -> ``dst`` in the least-squares sense, and its residual.

        The residual is the root mean square distance between mapped and wanted points, in the units of
        ``dst``. Raises DegenerateGeometry for fewer than three points or points on one line.
        """
        normal = [[0.0] * 3 for _ in range(3)]
        right_u, right_v = [0.0] * 3, [0.0] * 3
        for (x, y), (u, v) in zip(src, dst, strict=True):
            row = (x, y, 1.0)
            for r in range(3):
                right_u[r] += row[r] * u
                right_v[r] += row[r] * v
                for c in range(3):
                    normal[r][c] += row[r] * row[c]
        a, b, c0 = solve([[*normal[r], right_u[r]] for r in range(3)])
        d, e, f = solve([[*normal[r], right_v[r]] for r in range(3)])
        fitted = Transform((a, b, c0, d, e, f, 0.0, 0.0, 1.0))
        squares = sum(math.dist(fitted.apply(p), q) ** 2 for p, q in zip(src, dst, strict=True))
        return fitted, math.sqrt(squares / len(src))

    def apply(self, point: Point) -> Point:
        """Map one point. Raises DegenerateGeometry for a point on the map's vanishing line."""
        a, b, c, d, e, f, g, h, i = self.matrix
        x, y = point
        w = g * x + h * y + i
        if abs(w) < 1e-12:
            raise DegenerateGeometry(f"point {point} lies on the vanishing line")
        return ((a * x + b * y + c) / w, (d * x + e * y + f) / w)

    def apply_quad(self, quad: Quad) -> Quad:
        """Map four corners, keeping their order."""
        first, second, third, fourth = (self.apply(p) for p in quad)
        return (first, second, third, fourth)

    def apply_box(self, box: Box) -> Quad:
        """Map an upright box to the quad it becomes."""
        return self.apply_quad(box_quad(box))

    def then(self, after: Transform) -> Transform:
        """The map that applies this one first and ``after`` second."""
        m, n = after.matrix, self.matrix
        return _normalised(
            [sum(m[3 * r + k] * n[3 * k + c] for k in range(3)) for r in range(3) for c in range(3)]
        )

    def inverse(self) -> Transform:
        """The map back. Raises DegenerateGeometry when there is none."""
        a, b, c, d, e, f, g, h, i = self.matrix
        cofactors = [
            e * i - f * h, c * h - b * i, b * f - c * e,
            f * g - d * i, a * i - c * g, c * d - a * f,
            d * h - e * g, b * g - a * h, a * e - b * d,
        ]  # fmt: skip
        determinant = a * cofactors[0] + b * cofactors[3] + c * cofactors[6]
        scale = max(abs(v) for v in cofactors)
        if scale == 0 or abs(determinant) < 1e-15 * scale:
            raise DegenerateGeometry("the transform flattens the plane and has no inverse")
        return _normalised(cofactors)

    def coefficients(self) -> tuple[float, ...]:
        """The eight numbers Pillow's PERSPECTIVE transform wants (it maps output pixels to input pixels)."""
        i = self.matrix[8]
        if abs(i) < 1e-12:
            raise DegenerateGeometry("the origin lies on the vanishing line")
        return tuple(v / i for v in self.matrix[:8])

    @staticmethod
    def projective_fit(src: Sequence[Point], dst: Sequence[Point]) -> tuple[Transform, float]:
        """The projective map closest to ``src`` -> ``dst``, and its residual as for affine_fit.

        Least squares on the linearised equations, in coordinates centred and scaled for good condition. Raises
        DegenerateGeometry for fewer than four points or points on one line.
        """
        to_unit_src, to_unit_dst = _to_unit(src), _to_unit(dst)
        normal = [[0.0] * 9 for _ in range(8)]
        for p, q in zip(src, dst, strict=True):
            (x, y), (u, v) = to_unit_src.apply(p), to_unit_dst.apply(q)
            for row in (
                (x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u),
                (0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v),
            ):
                for r in range(8):
                    if row[r]:
                        line, factor = normal[r], row[r]
                        for c in range(9):
                            line[c] += factor * row[c]
        a, b, c0, d, e, f, g, h = solve(normal)
        unit = Transform((a, b, c0, d, e, f, g, h, 1.0))
        fitted = to_unit_src.then(unit).then(to_unit_dst.inverse())
        squares = sum(math.dist(fitted.apply(p), q) ** 2 for p, q in zip(src, dst, strict=True))
        return fitted, math.sqrt(squares / len(src))


def _to_unit(points: Sequence[Point]) -> Transform:
    """Moves the points' mean to the origin and their mean distance from it to about 1."""
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum(math.dist(p, (x, y)) for p in points) / len(points) or 1.0
    return Transform.translate(-x, -y).then(Transform.scale(1 / spread))


def _normalised(entries: Sequence[float]) -> Transform:
    last = entries[8]
    divisor = last if abs(last) > 1e-12 else max(abs(v) for v in entries) or 1.0
    a, b, c, d, e, f, g, h, i = (v / divisor for v in entries)
    return Transform((a, b, c, d, e, f, g, h, i))


def box_quad(box: Box) -> Quad:
    """The corners of an upright box."""
    left, top, right, bottom = box
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def bounding_box(points: Iterable[Point]) -> Box:
    """The smallest upright box around the points."""
    xs, ys = zip(*points, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def solve(rows: list[list[float]]) -> list[float]:
    """Solve a square linear system given as rows of coefficients followed by the right-hand side.

    Gaussian elimination with partial pivoting; the rows are changed in place. Raises DegenerateGeometry for a
    singular system.
    """
    n = len(rows)
    largest = max((abs(v) for row in rows for v in row[:n]), default=0.0)
    for column in range(n):
        pivot = max(range(column, n), key=lambda r: abs(rows[r][column]))
        if abs(rows[pivot][column]) <= 1e-12 * largest:
            raise DegenerateGeometry("the points do not determine a transform")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        top = rows[column]
        for r in range(column + 1, n):
            factor = rows[r][column] / top[column]
            if factor:
                rows[r] = [v - factor * t for v, t in zip(rows[r], top, strict=True)]
    solution = [0.0] * n
    for r in range(n - 1, -1, -1):
        known = sum(rows[r][c] * solution[c] for c in range(r + 1, n))
        solution[r] = (rows[r][n] - known) / rows[r][r]
    return solution


def area(polygon: Sequence[Point]) -> float:
    """The area of a simple polygon, whichever way round its corners go."""
    following = [*polygon[1:], *polygon[:1]]
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(polygon, following, strict=True))) / 2


def clip(polygon: Sequence[Point], box: Box) -> list[Point]:
    """The part of a convex polygon inside an upright box (Sutherland-Hodgman); empty when there is none."""
    left, top, right, bottom = box
    result = list(polygon)
    for axis, limit, sign in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
        result = _clip_half_plane(result, axis, limit, sign)
    return result


def _clip_half_plane(polygon: list[Point], axis: int, limit: float, sign: int) -> list[Point]:
    kept: list[Point] = []
    for index, point in enumerate(polygon):
        before = polygon[index - 1]
        depth, depth_before = sign * (point[axis] - limit), sign * (before[axis] - limit)
        if (depth >= 0) != (depth_before >= 0):
            t = depth_before / (depth_before - depth)
            kept.append((before[0] + t * (point[0] - before[0]), before[1] + t * (point[1] - before[1])))
        if depth >= 0:
            kept.append(point)
    return kept


def share_inside(polygon: Sequence[Point], box: Box) -> float:
    """How much of the polygon's area lies inside the box, 0-1."""
    whole = area(polygon)
    return area(clip(polygon, box)) / whole if whole > 0 else 0.0


def visible_share(quad: Quad, width: float, height: float) -> float:
    """How much of a quad lies inside a picture of ``width`` x ``height``, 0-1."""
    return share_inside(quad, (0.0, 0.0, width, height))


def contains(quad: Quad, point: Point) -> bool:
    """Whether a point lies inside or on a convex quad."""
    sides = set()
    for (x0, y0), (x1, y1) in zip(quad, (*quad[1:], quad[0]), strict=True):
        cross = (x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)
        if cross:
            sides.add(cross > 0)
    return len(sides) <= 1
