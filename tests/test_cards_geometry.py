"""Transforms, fits and areas."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mockserver.cards.geometry import (
    DegenerateGeometry,
    Point,
    Quad,
    Transform,
    area,
    bounding_box,
    box_quad,
    clip,
    contains,
    share_inside,
    visible_share,
)

Fit = Callable[[Sequence[Point], Sequence[Point]], tuple[Transform, float]]

_UNIT: Quad = ((0, 0), (100, 0), (100, 60), (0, 60))
_coordinates = st.floats(-500, 500)
_points = st.tuples(_coordinates, _coordinates)
_shifts = st.tuples(*[st.tuples(st.floats(-15, 15), st.floats(-15, 15))] * 4)


def _shifted(shifts: tuple[Point, ...]) -> Quad:
    a, b, c, d = ((x + dx, y + dy) for (x, y), (dx, dy) in zip(_UNIT, shifts, strict=True))
    return (a, b, c, d)


def _near(one: Point, other: Point, tolerance: float = 1e-6) -> bool:
    return math.dist(one, other) <= tolerance


class TestTransform:
    @given(_shifts)
    def test_takes_corners_to_corners(self, shifts: tuple[Point, ...]) -> None:
        quad = _shifted(shifts)
        assert all(map(_near, Transform.from_quads(_UNIT, quad).apply_quad(_UNIT), quad))

    @given(_shifts, st.tuples(st.floats(0, 100), st.floats(0, 60)))
    def test_inverse_leads_back(self, shifts: tuple[Point, ...], point: Point) -> None:
        there = Transform.from_quads(_UNIT, _shifted(shifts))
        assert _near(there.inverse().apply(there.apply(point)), point)

    @given(_shifts, st.tuples(st.floats(0, 100), st.floats(0, 60)), _points, st.floats(0.1, 5))
    def test_composition_applies_one_after_the_other(
        self, shifts: tuple[Point, ...], point: Point, move: Point, factor: float
    ) -> None:
        first = Transform.from_quads(_UNIT, _shifted(shifts))
        second = Transform.translate(*move).then(Transform.scale(factor, 2 * factor))
        assert _near(first.then(second).apply(point), second.apply(first.apply(point)))

    @given(_points, st.floats(-720, 720), _points)
    def test_turning_keeps_distances(self, centre: Point, degrees: float, point: Point) -> None:
        turned = Transform.rotate(degrees, centre).apply(point)
        assert math.dist(turned, centre) == pytest.approx(math.dist(point, centre), abs=1e-6)

    def test_positive_angles_turn_clockwise_as_seen(self) -> None:
        assert _near(Transform.rotate(90).apply((1, 0)), (0, 1))

    def test_identity_changes_nothing(self) -> None:
        assert Transform.identity().apply((3, 4)) == (3, 4)

    def test_three_corners_on_a_line_are_refused(self) -> None:
        with pytest.raises(DegenerateGeometry):
            Transform.from_quads(((0, 0), (1, 0), (2, 0), (0, 1)), _UNIT)

    def test_a_flat_map_has_no_inverse(self) -> None:
        with pytest.raises(DegenerateGeometry, match="no inverse"):
            Transform((1, 2, 0, 2, 4, 0, 0, 0, 1)).inverse()

    def test_the_vanishing_line_has_no_image(self) -> None:
        with pytest.raises(DegenerateGeometry, match="vanishing"):
            Transform((1, 0, 0, 0, 1, 0, 1, 0, -1)).apply((1, 0))


class TestFits:
    _GRID = tuple((float(x), float(y)) for x in range(0, 300, 60) for y in range(0, 300, 60))

    @given(_shifts)
    def test_projective_fit_finds_the_map_it_was_given(self, shifts: tuple[Point, ...]) -> None:
        true = Transform.from_quads(((0, 0), (300, 0), (300, 180), (0, 180)), _shifted(shifts))
        seen = [true.apply(p) for p in self._GRID]
        assume(area(bounding_corners(seen)) < 1e7)
        fitted, residual = Transform.projective_fit(self._GRID, seen)
        assert residual < 1e-5
        assert all(_near(fitted.apply(p), q, 1e-4) for p, q in zip(self._GRID, seen, strict=True))

    @given(st.floats(0, 360), st.floats(0.2, 5), _points)
    def test_affine_fit_finds_the_map_it_was_given(self, degrees: float, factor: float, move: Point) -> None:
        true = Transform.scale(factor).then(Transform.rotate(degrees)).then(Transform.translate(*move))
        fitted, residual = Transform.affine_fit(self._GRID, [true.apply(p) for p in self._GRID])
        assert residual < 1e-6
        assert _near(fitted.apply((1000, -1000)), true.apply((1000, -1000)), 1e-4)

    def test_affine_residual_shows_perspective(self) -> None:
        bent = Transform.from_quads(_UNIT, ((0, 0), (100, 10), (100, 50), (0, 60)))
        _, residual = Transform.affine_fit(_UNIT, bent.apply_quad(_UNIT))
        assert residual == pytest.approx(5)

    @pytest.mark.parametrize("fit", [Transform.affine_fit, Transform.projective_fit])
    def test_points_on_a_line_are_refused(self, fit: Fit) -> None:
        line = [(float(i), 2.0 * i) for i in range(8)]
        with pytest.raises(DegenerateGeometry):
            fit(line, line)


class TestAreas:
    def test_area_does_not_depend_on_direction(self) -> None:
        assert area(_UNIT) == area(tuple(reversed(_UNIT))) == 6000

    @given(st.floats(0, 360), st.floats(-200, 200), st.floats(-200, 200))
    def test_a_clipped_quad_and_the_rest_are_the_whole(self, degrees: float, dx: float, dy: float) -> None:
        quad = Transform.rotate(degrees).then(Transform.translate(dx, dy)).apply_quad(_UNIT)
        parts = [
            area(clip(quad, box))
            for box in ((-999, -999, 0, 0), (0, -999, 999, 0), (-999, 0, 0, 999), (0, 0, 999, 999))
        ]
        assert sum(parts) == pytest.approx(area(quad), abs=1e-6)

    def test_shares(self) -> None:
        assert share_inside(_UNIT, (50, 0, 500, 500)) == pytest.approx(0.5)
        assert visible_share(_UNIT, 1000, 1000) == pytest.approx(1)
        assert visible_share(box_quad((200, 200, 300, 300)), 100, 100) == 0
        assert share_inside(((1, 1), (1, 1), (1, 1), (1, 1)), (0, 0, 9, 9)) == 0

    @given(st.floats(1, 99), st.floats(1, 59))
    def test_contains(self, x: float, y: float) -> None:
        assert contains(_UNIT, (x, y))
        assert not contains(_UNIT, (x, y + 60))


def bounding_corners(points: list[Point]) -> Quad:
    return box_quad(bounding_box(points))
