"""The named specimens: what each shows, and its picture to save."""

from __future__ import annotations

from flask import Flask, Response, abort, render_template, request

from mockserver.cards.named import convert_specimen, load_specimens

_TYPES = {"jpg": "image/jpeg", "png": "image/png", "bmp": "image/bmp"}


def add_routes(app: Flask) -> None:
    @app.get("/_idmock/console/specimens")
    def gallery() -> str:
        return render_template("gallery.html", specimens=load_specimens().values(), url=request.host_url)

    @app.get("/_idmock/console/specimens/<name>.<extension>")
    def specimen(name: str, extension: str) -> Response:
        """The same as under the JSON interface, for browsers that have a session and no token."""
        data = convert_specimen(name, extension) if extension in _TYPES else None
        if data is None:
            abort(404, f"no specimen {name}.{extension}")
        return Response(data, content_type=_TYPES[extension])
