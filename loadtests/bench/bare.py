"""The ceiling, as a process of its own: ``python -m loadtests.bench.bare PORT WORKERS``.

The same Flask behind the same server with the same threads, and a handler that takes the body in, hashes it, decodes
the multipart, or the JSON and the Base64, where there are any, and answers. It writes no log and keeps nothing.
"""

from __future__ import annotations

import base64
import hashlib
import sys

import orjson
from flask import Flask, Response, request

from mockserver.serving.granian import serve_app
from mockserver.settings import Settings

#: A text that each of its answers holds.
OK = b'"ok"'


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


if __name__ == "__main__":
    port, workers = map(int, sys.argv[1:])
    serve_app(bare(), Settings(port=port, workers=workers))
