"""The servers that the benchmark compares, each started as a process of its own: ``python -m loadtests.bench_server``.

``bare`` is the ceiling: the same Flask behind the same server, with a handler that takes the body in, hashes it,
decodes the multipart, or the JSON and the Base64, where there are any, and answers. ``mock`` is the real thing, with
accounts whose limits do not end the measurement.
"""

from __future__ import annotations

import base64
import hashlib
import sys

import orjson
from flask import Flask, Response, request

from mockserver.app import create_app
from mockserver.serving import serve_app
from mockserver.settings import Settings

UNLIMITED = 1_000_000_000


def bare() -> Flask:
    """A Flask application that does what no implementation could leave out."""
    app = Flask("bare", static_folder=None)

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def handle(path: str) -> Response:
        if request.mimetype == "multipart/form-data":
            (part,) = request.files.values()
            body = part.read()
        else:
            body = request.get_data()
        digest = hashlib.sha256(body).hexdigest()
        picture = body
        if body.startswith(b"{"):
            value = orjson.loads(body)
            encoded = next((v for v in value.values() if isinstance(v, str) and len(v) > 1000), "")
            picture = base64.b64decode(encoded)
        answer = {"digest": digest, "bytes": len(picture), "result": "ok"}
        return Response(orjson.dumps(answer), content_type="application/json")

    @app.get("/_idmock/health")
    def health() -> Response:
        return Response(b"{}", content_type="application/json")

    return app


def mock() -> Flask:
    """The mock as ``idmock serve`` runs it."""
    return unlimited(Settings(port=0))


def unlimited(settings: Settings) -> Flask:
    """The mock, with every active account's limits set beyond reach."""
    app = create_app(settings)
    for account in app.extensions["idmock"].accounts.select(state="active"):
        object.__setattr__(account, "limits", {"requests_per_second": UNLIMITED, "concurrency": UNLIMITED})
    return app


if __name__ == "__main__":
    serve_app({"bare": bare, "mock": mock}[sys.argv[1]](), Settings(port=0))
