"""`idmock cards`: make pictures of specimen cards, and say what the reader sees in a picture."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from mockserver.cards.model import FLAGS
from mockserver.cli.options import option

if TYPE_CHECKING:
    from mockserver.cards.make import Sides
    from mockserver.cards.model import Reading, Sighting
    from mockserver.pictures import Picture

T = TypeVar("T")

#: A progress bar is drawn for at least this many pictures; fewer are done in a second.
_LONG = 20
_TRUTH_FILE = "cards.json"


class Unusable(click.ClickException):
    """Something that was given cannot be used; the command ends with status 2."""

    exit_code = 2


@click.group()
def cards() -> None:
    """Make specimen cards, and read them."""


@cards.command()
@option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to.")
@option("--count", type=click.IntRange(min=1), default=1, show_default=True, help="Number of pictures.")
@option("--seed", type=int, default=0, show_default=True, help="The same seed makes the same cards.")
@option(
    "--side",
    type=click.Choice(["front", "back", "both"]),
    default="front",
    show_default=True,
    help="What each picture shows; both puts front and back into one.",
)
@option(
    "--flag",
    "flags",
    type=click.Choice(FLAGS),
    multiple=True,
    help="What the card says of itself; repeatable.",
)
@option(
    "--format",
    "extension",
    type=click.Choice(["jpg", "png", "bmp"]),
    default="jpg",
    show_default=True,
    help="File type.",
)
@option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2026-01-01",
    show_default=True,
    help="Day on which the people have their ages and their cards are valid.",
)
def make(
    out: Path, count: int, seed: int, side: Sides, flags: tuple[str, ...], extension: str, today: datetime
) -> None:
    """Make pictures of specimen cards and cards.json with the truth about them.

    cards.json has one row per picture: file, size, and for each card its fields, flags, corners and the box of every
    value, as [x, y] in picture pixels, top left, top right, bottom right, bottom left.
    """
    from mockserver.cards.make import make_many
    from mockserver.serving.interrupts import tidy_up_first

    tidy_up_first()
    pictures = make_many(count, seed=seed, sides=side, flags=flags, extension=extension, today=today.date())
    try:
        out.mkdir(parents=True, exist_ok=True)
        with (out / _TRUTH_FILE).open("w", encoding="utf-8") as truth, _rows(truth, seed) as write_row:
            for made in _with_progress(pictures, count):
                file = f"{made.name}.{extension}"
                (out / file).write_bytes(made.data)
                write_row({"file": file, **made.truth_json()})
    except OSError as error:
        raise Unusable(f"cannot write to {out}: {error.strerror or error}") from error
    except ValueError as error:
        raise Unusable(str(error)) from error
    click.echo(f"{count} picture{'s' if count > 1 else ''} and {_TRUTH_FILE} in {out}", err=True)


@cards.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="IMAGE...")
def read(images: tuple[Path, ...]) -> None:
    """Print what the reader sees in each picture, one JSON object a line.

    A picture without a specimen has an empty list of cards. A file that cannot be read as a picture is named on
    stderr and makes the status 2; the others are read all the same.
    """
    from mockserver.cards.read import read_picture
    from mockserver.pictures import PictureError, open_picture

    problems = []
    for path in _with_progress(iter(images), len(images)):
        try:
            picture = open_picture(path.read_bytes())
            reading = read_picture(picture)
        except OSError as error:
            problems.append(f"{path} cannot be read: {error.strerror or error}")
        except PictureError as error:
            problems.append(f"{path}: {error}")
        else:
            click.echo(json.dumps(_reading_json(path, picture, reading), ensure_ascii=False))
    if problems:
        raise Unusable("\n".join(problems))


def _reading_json(path: Path, picture: Picture, reading: Reading) -> dict[str, Any]:
    return {
        "file": str(path),
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "cards": [_sighting_json(sighting) for sighting in reading.sightings],
    }


def _sighting_json(sighting: Sighting) -> dict[str, Any]:
    """A sighting as plain data; positions to a tenth of a pixel, shares to a thousandth."""
    return {
        "side": sighting.card.side,
        "fields": dict(sighting.card.fields),
        "flags": sorted(sighting.card.flags),
        "rotation": round(sighting.rotation, 1) % 360,
        "quality": sighting.quality,
        "outside": round(sighting.outside, 3),
        "coverage": round(sighting.coverage, 3),
        "width_px": round(sighting.width_px, 1),
        "grey": sighting.grey,
        "glare": sorted(sighting.glare),
        "corners": _rounded(sighting.corners),
        "boxes": {name: _rounded(quad) for name, quad in sighting.boxes.items()},
    }


def _rounded(points: Iterable[tuple[float, float]]) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in points]


@contextmanager
def _rows(file: TextIO, seed: int) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Writes ``{"seed", "pictures": [...]}`` row by row; the file is whole JSON even when the work is stopped."""
    separator = "\n"

    def write(row: dict[str, Any]) -> None:
        nonlocal separator
        file.write(separator + json.dumps(row, ensure_ascii=False))
        separator = ",\n"

    file.write(f'{{"seed": {seed}, "pictures": [')
    try:
        yield write
    finally:
        file.write("\n]}\n")


def _with_progress(items: Iterator[T], length: int) -> Iterator[T]:
    """The items, with a progress bar on stderr when somebody is there to see it and the work is long."""
    if length < _LONG or not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, length=length, label="pictures", file=sys.stderr) as bar:
        yield from bar
