"""The QR code on a specimen: a card's own fields, to bytes and back.

Payload, in order:

=========  =====================================================================================
4 bytes    ``IDM1``: the mark and the version of this layout
1 byte     side, ``F`` or ``B``
2 bytes    flags, big-endian; bit n stands for ``FLAGS[n]`` of mockserver.cards.model
any        the side's fields in printing order, GB18030, separated by a line feed (GB18030 never uses
           that byte inside a character)
4 bytes    CRC-32 of everything before it, big-endian
=========  =====================================================================================

A usual front needs some 100 bytes, which is a QR code of 41 x 41 modules at error correction level M. Measured
with a code 300 card pixels wide, JPEG quality 50 and random angles, everything up to 49 modules is read at 0.3 x
and everything up to 57 modules at 0.5 x; level Q adds modules and loses more at small scale than it wins.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import zxingcpp
from PIL import Image

from mockserver.cards.model import BACK_FIELDS, FLAGS, FRONT_FIELDS, Card, Side

MARK = b"IDM"
VERSION = b"1"
#: What fits in 57 modules at level M; a longer text would not survive a small picture.
MAX_PAYLOAD_BYTES = 213
ERROR_CORRECTION = "M"

_HEADER = struct.Struct(">4scH")
_CHECKSUM = struct.Struct(">I")
_SEPARATOR = "\n"
_SIDE_LETTERS: Mapping[Side, bytes] = {"front": b"F", "back": b"B"}
_SIDES: Mapping[bytes, Side] = {letter: side for side, letter in _SIDE_LETTERS.items()}


class CodeError(ValueError):
    """A card cannot be put into a code, or a code with our mark does not hold a card; says why."""


def fields_of(side: Side) -> tuple[str, ...]:
    """The names of a side's fields in printing order."""
    return FRONT_FIELDS if side == "front" else BACK_FIELDS


def encode(card: Card) -> bytes:
    """The payload for a card.

    Raises CodeError for missing or extra fields, unknown flags, control characters, text that is not valid
    Unicode, and for more than MAX_PAYLOAD_BYTES.
    """
    names = fields_of(card.side)
    if set(card.fields) != set(names):
        raise CodeError(f"a {card.side} has the fields {', '.join(names)}; got {', '.join(card.fields)}")
    unknown = card.flags.difference(FLAGS)
    if unknown:
        raise CodeError(f"unknown flag {min(unknown)!r}; known are {', '.join(FLAGS)}")
    for name in names:
        if any(ord(char) < 0x20 for char in card.fields[name]):
            raise CodeError(f"{name} holds a control character")
    bits = sum(1 << index for index, flag in enumerate(FLAGS) if flag in card.flags)
    try:
        text = _SEPARATOR.join(card.fields[name] for name in names).encode("gb18030")
    except UnicodeEncodeError as error:
        raise CodeError(f"a field cannot be written as GB18030: {error.reason}") from error
    body = _HEADER.pack(MARK + VERSION, _SIDE_LETTERS[card.side], bits) + text
    payload = body + _CHECKSUM.pack(zlib.crc32(body))
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise CodeError(f"the fields need {len(payload)} bytes, a code holds {MAX_PAYLOAD_BYTES}")
    return payload


def decode(payload: bytes) -> Card | None:
    """The card in a payload, or None for a code that is not ours.

    Raises CodeError for a payload that carries our mark but is damaged or of an unknown version.
    """
    if not payload.startswith(MARK):
        return None
    version = payload[len(MARK) : len(MARK) + 1]
    if version != VERSION:
        raise CodeError(f"a card code of version {version!r}, this reader knows {VERSION!r}")
    if len(payload) < _HEADER.size + _CHECKSUM.size:
        raise CodeError(f"a card code of {len(payload)} bytes is too short")
    body, checksum = payload[: -_CHECKSUM.size], payload[-_CHECKSUM.size :]
    if _CHECKSUM.pack(zlib.crc32(body)) != checksum:
        raise CodeError("the checksum of a card code does not fit its fields")
    _, letter, bits = _HEADER.unpack_from(body)
    side = _SIDES.get(letter)
    if side is None:
        raise CodeError(f"a card code names the side {letter!r}")
    if bits >> len(FLAGS):
        raise CodeError(f"a card code has unknown flags: {bits:#06x}")
    try:
        values = body[_HEADER.size :].decode("gb18030").split(_SEPARATOR)
    except UnicodeDecodeError as error:
        raise CodeError("the text of a card code is not GB18030") from error
    names = fields_of(side)
    if len(values) != len(names):
        raise CodeError(f"a card code holds {len(values)} fields, a {side} has {len(names)}")
    flags = frozenset(flag for index, flag in enumerate(FLAGS) if bits >> index & 1)
    return Card(side, dict(zip(names, values, strict=True)), flags)


def modules(payload: bytes) -> Image.Image:
    """The QR code for a payload at one pixel a module, mode L, without a quiet zone."""
    barcode = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, ec_level=ERROR_CORRECTION)
    bitmap = barcode.to_image(scale=1, add_quiet_zones=False)
    return Image.fromarray(bitmap)
