"""What makes clients trust the authority: variables, each for those who read it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from mockserver.tls.authority import Authority

BUNDLE = "idmock-bundle.pem"
_PYTHON_FOLDER = Path(__file__).resolve().parent / "python_trust"


def trust_variables(authority: Authority, environ: Mapping[str, str]) -> dict[str, str]:
    """Variables by which clients trust the authority beside all others that they trusted.

    ``environ`` is what they have now: a path for Python's modules goes on with its own folders.
    """
    modules = (str(_PYTHON_FOLDER), *environ.get("PYTHONPATH", "").split(os.pathsep))
    bundle = str(write_bundle(authority))
    return {
        "SSL_CERT_FILE": bundle,  # OpenSSL's own: Go, Ruby, Python's ssl
        "REQUESTS_CA_BUNDLE": bundle,  # Python's requests
        "CURL_CA_BUNDLE": bundle,
        "NODE_EXTRA_CA_CERTS": str(authority.certificate_path),
        "IDMOCK_CA_BUNDLE": bundle,  # Python's certifi, by the folder below
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, modules))),
    }


def write_bundle(authority: Authority) -> Path:
    """A file with the usual authorities and this one: those who are told of a file forget all others."""
    path = authority.certificate_path.with_name(BUNDLE)
    # Not `certifi.where()`, which names this very bundle where the variables are set.
    usual = files("certifi").joinpath("cacert.pem").read_bytes().rstrip()
    text = usual + b"\n\n" + authority.certificate_path.read_bytes()
    if not path.exists() or path.read_bytes() != text:
        partial = path.with_name(f"{BUNDLE}.partial")
        partial.write_bytes(text)
        partial.replace(path)
    return path
