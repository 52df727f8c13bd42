"""Scripts, style and icon: read once and sent from memory, so that no browser that goes away leaves a file open."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, abort, request

_FOLDER = Path(__file__).parent / "static"
#: What a page may ask for; licences and notes beside them are for people with the source.
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def add_routes(app: Flask, prefix: str) -> None:
    """Serve them under ``prefix`` as the endpoint ``static``, whose name templates use."""
    files = {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix in _TYPES}

    @app.get(f"{prefix}static/<filename>")
    def static(filename: str) -> Response:
        """A browser keeps it and asks each time whether it still is the same."""
        if filename not in files:
            abort(404)
        reply = Response(files[filename], mimetype=_TYPES[Path(filename).suffix])
        reply.cache_control.no_cache = True
        reply.add_etag()
        reply.make_conditional(request)
        return reply
