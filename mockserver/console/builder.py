"""The builder: a form, the picture that it makes, and what the reader sees in it.

A picture follows from its address alone, so nothing is kept, and a link shows somebody else the same picture.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Flask, Response, abort, g, render_template, request

from mockserver.cards.named import FORMATS
from mockserver.cards.names import nations
from mockserver.cards.numbers import SEXES
from mockserver.console.build import CHOSEN_FLAGS, LONGEST, LOOKS, PLACES, SIDES, make, plan_of
from mockserver.console.forms import Form

_TYPES = {"jpg": "image/jpeg", "png": "image/png", "bmp": "image/bmp"}
_CONDITIONS = ("scale", "rotation", "right", "down", "perspective", "blur")


def add_routes(app: Flask) -> None:
    @app.get("/_idmock/console/builder")
    def builder() -> tuple[str, int]:
        form = Form(request.args.to_dict(), g.texts)
        plan = plan_of(form)
        page = render_template(
            "builder.html",
            form=form,
            made=plan is not None,
            query=_query(form),
            sides=list(SIDES),
            sexes=SEXES,
            nations=list(nations()),
            flags=CHOSEN_FLAGS,
            conditions=_CONDITIONS,
            places=PLACES,
            looks=LOOKS,
            extensions=list(FORMATS),
        )
        return page, 200 if plan is not None else 422

    @app.get("/_idmock/console/builder/picture")
    def built() -> Response:
        form = Form(request.args.to_dict(), g.texts)
        plan = plan_of(form)
        if plan is None:
            abort(422, "; ".join(f"{name}: {says}" for name, says in form.errors.items()))
        made = make(plan)
        extension = form["extension"] or "jpg"
        reply = Response(made.data, content_type=_TYPES[extension])
        reply.headers["Content-Disposition"] = f'inline; filename="{made.name}.{extension}"'
        return reply


def _query(form: Form) -> str:
    """The fields that are filled in, as the query of an address. Others are left out, whatever their names are."""
    fields = (
        "side",
        "seed",
        *LONGEST,
        "sex",
        "nation",
        *_CONDITIONS,
        "glare",
        "covered",
        "look",
        "extension",
        "quality",
    )
    chosen = {
        name: form[name] for name in (*fields, *(f"flag-{flag}" for flag in CHOSEN_FLAGS)) if form[name]
    }
    return urlencode(chosen)
