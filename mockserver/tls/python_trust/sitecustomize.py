"""Loaded by every Python that has this folder on its PYTHONPATH: `certifi` then names the bundle of IDMOCK_CA_BUNDLE.

Some official clients ask `certifi` for the authorities that they trust and nothing else, so that no variable reaches
them. A `sitecustomize` of somebody else's, further on the path, is run all the same.
"""

import importlib.util
import os
import sys
from pathlib import Path


def _trust(bundle: str) -> None:
    try:
        import certifi
        import certifi.core
    except ImportError:
        return
    certifi.where = certifi.core.where = lambda: bundle


def _run_the_next() -> None:
    here = Path(__file__).resolve().parent
    for folder in map(Path, sys.path):
        path = folder / "sitecustomize.py"
        if folder.resolve() != here and path.is_file():
            spec = importlib.util.spec_from_file_location("sitecustomize", path)
            if spec is not None and spec.loader is not None:
                spec.loader.exec_module(importlib.util.module_from_spec(spec))
            return


if os.environ.get("IDMOCK_CA_BUNDLE"):
    _trust(os.environ["IDMOCK_CA_BUNDLE"])
_run_the_next()
