"""`idmock grade`: how the user's own client behaved."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mockserver.cli.options import option


@click.command()
@click.argument("base_url")
@option("--account", required=True, help="Whose run: the name of an account, or vendor/name.")
@option("--vendor", multiple=True, help="The account's vendor, if --account does not say it; repeatable.")
@option("--since", help="The first request that counts: its id, or a time (Unix seconds, ISO 8601).")
@option(
    "--parallel",
    type=click.IntRange(min=1),
    help="How many workers of the client call at a time. Default: as many as were seen to.",
)
@option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for grade.md and grade.xml (JUnit).",
)
@option("--admin-token", help="What the mock's /_idmock/ asks for.")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON on standard output.")
def grade(
    base_url: str,
    account: str,
    vendor: tuple[str, ...],
    since: str | None,
    parallel: int | None,
    report: Path | None,
    admin_token: str | None,
    as_json: bool,
) -> None:
    """Grade the client whose requests the mock at BASE_URL has answered.

    Reads the mock's journal, and says of every rule whether the client was good, poor or bad, or gave no occasion. Ends
    with 0, with 1 when it was bad by a rule of level must or should, and with 2 when the run cannot be judged.
    """
    import orjson

    from loadtests.grade.fetch import Asked, CannotJudge, fetch
    from loadtests.grade.judges import judge
    from loadtests.grade.report import Graded, as_document, as_text, write_reports
    from loadtests.grade.verdict import fails
    from loadtests.grade.verdict import grade as grade_of

    fetched = fetch(Asked(base_url, account, vendor, since, parallel, admin_token))
    verdicts = judge(fetched.run)
    letter = grade_of(verdicts)
    if letter is None:
        raise CannotJudge("the run gave no occasion for any rule")
    graded = Graded(fetched, verdicts, letter)
    if report is not None:
        try:
            write_reports(graded, report)
        except OSError as error:
            raise CannotJudge(f"the reports cannot be written to {report}: {error.strerror}") from None
    if as_json:
        click.echo(orjson.dumps(as_document(graded), option=orjson.OPT_INDENT_2))
    else:
        click.echo(as_text(graded), nl=False)
    if fails(verdicts):
        sys.exit(1)
