"""Cut ``fixtures/fonts/IDMockSansSC-Regular.otf`` out of Noto Sans CJK.

The result draws ASCII, GB 2312, the 8,105 general standard characters, CJK punctuation and full-width
forms, and nothing else: no layout features, no vertical writing, no hints. The same source and the same
fontTools version give the same bytes. Debian's ``fonts-noto-cjk`` package has the source:

    python tools/subset_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

The face is renamed: a modified font should not look like an unmodified one to the system that lists it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

FONTS = Path(__file__).resolve().parent.parent / "fixtures" / "fonts"
TARGET = FONTS / "IDMockSansSC-Regular.otf"

SOURCE_FAMILY = "Noto Sans CJK SC"
FAMILY = "IDMock Sans SC"
POSTSCRIPT_NAME = "IDMockSansSC-Regular"

#: Ranges drawn besides GB 2312 and the standard characters: ASCII, Latin-1 (with the middle dot of names),
#: dashes and quotes, CJK punctuation, full-width forms.
EXTRA_RANGES = ((0x20, 0x7E), (0xA0, 0xFF), (0x2010, 0x2027), (0x3000, 0x301F), (0xFF01, 0xFF5E))

#: Name records kept from the source: copyright, designers and their addresses, licence and its address.
KEPT_NAMES = (0, 8, 9, 11, 12, 13, 14)
WINDOWS_ENGLISH = (3, 1, 0x409)


def gb2312_characters() -> Iterator[str]:
    """All characters of GB 2312, symbols and both levels of hanzi, in code order."""
    for lead in range(0xA1, 0xF8):
        for trail in range(0xA1, 0xFF):
            try:
                yield bytes((lead, trail)).decode("gb2312")
            except UnicodeDecodeError:
                continue  # an unassigned position of the standard


def standard_characters() -> Iterator[str]:
    """The characters listed in ``general-standard-characters.txt``."""
    for line in (FONTS / "general-standard-characters.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield from line


def wanted(font: TTFont) -> set[int]:
    """Code points to keep. Raises ``SystemExit`` naming the required characters that the source lacks."""
    drawable = set(font.getBestCmap())
    required = {ord(char) for char in (*gb2312_characters(), *standard_characters())}
    if missing := required - drawable:
        raise SystemExit("the source font lacks " + " ".join(f"U+{code:04X}" for code in sorted(missing)))
    extra = {code for first, last in EXTRA_RANGES for code in range(first, last + 1)}
    return required | (extra & drawable)


def cut(font: TTFont, codes: set[int]) -> None:
    """Reduce ``font`` to the glyphs of ``codes``, in place."""
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.desubroutinize = False
    options.name_IDs = ["*"]  # rename() decides
    options.notdef_outline = True  # a character without a glyph must be seen, not vanish
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "BASE", "VORG", "vhea", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)


def rename(font: TTFont) -> None:
    """Give ``font`` its own names in the name table and in the CFF data; keep who made it and its licence."""
    names = font["name"]
    kept = {name_id: names.getName(name_id, *WINDOWS_ENGLISH) for name_id in KEPT_NAMES}
    version = names.getName(5, *WINDOWS_ENGLISH).toUnicode().split(";")[0]
    names.names = []
    for name_id, record in kept.items():
        if record is not None:
            names.setName(record.toUnicode(), name_id, *WINDOWS_ENGLISH)
    own = {
        1: FAMILY,
        2: "Regular",
        3: f"{version};{POSTSCRIPT_NAME}",
        4: FAMILY,
        5: version,
        6: POSTSCRIPT_NAME,
        10: f"A subset of {SOURCE_FAMILY} Regular, for drawing specimen cards.",
    }
    for name_id, text in own.items():
        names.setName(text, name_id, *WINDOWS_ENGLISH)
    cff = font["CFF "].cff
    cff.fontNames = [POSTSCRIPT_NAME]
    top = cff.topDictIndex[0]
    top.FullName = FAMILY
    top.FamilyName = FAMILY
    for index, part in enumerate(top.FDArray):
        part.FontName = f"{POSTSCRIPT_NAME}-{index}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("collection", type=Path, help="NotoSansCJK-Regular.ttc")
    with TTCollection(parser.parse_args().collection) as collection:
        faces = [face for face in collection.fonts if face["name"].getDebugName(1) == SOURCE_FAMILY]
        if len(faces) != 1:
            raise SystemExit(f"the collection holds {len(faces)} faces called {SOURCE_FAMILY}, expected one")
        font = faces[0]
        font.recalcTimestamp = False
        cut(font, wanted(font))
        rename(font)
        font.save(TARGET)
    print(f"wrote {TARGET}: {len(font.getBestCmap())} characters, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
