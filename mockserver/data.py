"""Where the project's data lies: in a checkout beside the package, in an installed wheel inside it.

``schemas/`` and ``fixtures/`` are plain files at the top of the repository, so that a team that does not
write Python can use them as they are. A wheel carries the same two folders as ``mockserver/_data/``. This
module is the only place that knows about the difference.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_FOLDERS = ("schemas", "fixtures")


class DataMissing(RuntimeError):
    """A data folder or file that belongs to the project is not where the installation should have it."""


@cache
def _data_root(package: Path) -> Path:
    """The directory that holds both data folders for a package installed at ``package``.

    The packaged copy comes first: beside an installed package lies ``site-packages``, where a folder that
    happens to be called ``schemas`` belongs to somebody else.
    """
    candidates = (package / "_data", package.parent)
    for root in candidates:
        if all((root / folder).is_dir() for folder in _FOLDERS):
            return root
    looked = " and ".join(str(root) for root in candidates)
    raise DataMissing(
        f"the folders {' and '.join(_FOLDERS)} are in neither {looked}; "
        "reinstall idcard-mock, or run it from a complete checkout"
    )


def data_path(*parts: str) -> Path:
    """The path of a data file or folder, for example ``data_path("fixtures", "regions", "regions.json")``.

    The first part is ``schemas`` or ``fixtures``. Raises ``ValueError`` for any other first part and
    ``DataMissing`` when the folders, or what was asked for in them, do not exist.
    """
    if not parts or parts[0] not in _FOLDERS:
        raise ValueError(f"a data path starts with one of {', '.join(_FOLDERS)}, not {parts[:1]}")
    path = _data_root(_PACKAGE).joinpath(*parts)
    if not path.exists():
        raise DataMissing(f"{path} does not exist; reinstall idcard-mock, or complete the checkout")
    return path
