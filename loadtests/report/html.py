"""The report as one HTML page: no script, no font, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from loadtests.findings import Finding, Window
from loadtests.outcome import Kind
from loadtests.report.model import GeneratorPart, LoadReport, StageRow, VendorPart
from loadtests.report.svg import percentile_lines, stacked_bars

_STYLE = """
:root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--line:#d0d7de;--ok:#2da44e;--warn:#bf8700;--bad:#cf222e;
--odd:#8250df;--none:#57606a;--a:#0969da;--b:#bc4c00}
@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0d1117;--line:#30363d}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg)}
body{max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{border-bottom:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.verdict{font-weight:600}.pass{color:var(--ok)}.fail{color:var(--bad)}.inconclusive{color:var(--warn)}
svg{width:100%;height:auto}svg text{font-size:10px;fill:var(--fg)}
svg text.x{text-anchor:middle}svg text.y{text-anchor:end}svg .grid{stroke:var(--line)}
svg .mark{stroke:var(--none);stroke-dasharray:3}svg .level{stroke:var(--bad);stroke-dasharray:6 3}
svg polyline{fill:none;stroke-width:2}svg .raw{stroke:var(--a)}svg .corrected{stroke:var(--b)}
svg rect.accepted,svg rect.passed{fill:var(--ok)}svg rect.throttled,svg rect.refused-by-limit{fill:var(--warn)}
svg rect.refused{fill:var(--bad)}svg rect.misread{fill:var(--b)}
svg rect.unreadable{fill:var(--odd)}svg rect.no-answer{fill:var(--none)}
.key span{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
.key .accepted,.key .passed{background:var(--ok)}.key .throttled,.key .refused-by-limit{background:var(--warn)}
.key .refused{background:var(--bad)}.key .misread{background:var(--b)}
.key .unreadable{background:var(--odd)}.key .no-answer{background:var(--none)}
.key .raw{background:var(--a)}.key .corrected{background:var(--b)}
"""


def as_html(report: LoadReport) -> str:
    """The page."""
    title = f"{report.scenario}: {report.verdict}"
    body = [
        f'<h1>{escape(report.scenario)}: <span class="{report.verdict}">{report.verdict}</span></h1>',
        f"<p>{escape(report.says)}<br>Target: {escape(report.target)}. Ended {escape(report.ended_at)}.</p>",
        _findings(report.findings),
        *(_part(part) for part in report.parts),
        *_windows(report.windows),
    ]
    if report.generator is not None:
        body.append(_generator(report.generator))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _findings(findings: Sequence[Finding]) -> str:
    rows = "".join(
        f'<tr><td class="verdict {f.verdict}">{f.verdict}</td><td>{escape(f"{f.vendor} {f.clause}".strip())}</td>'
        f"<td>{escape(f.demanded)}</td><td>{escape(f.found)}</td><td>{escape(f.because)}</td></tr>"
        for f in findings
    )
    heads = "".join(f"<th>{head}</th>" for head in ("verdict", "clause", "demanded", "found", "because"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _part(part: VendorPart) -> str:
    kinds = [str(kind) for kind in Kind]
    marks = [(stage.starts_at_seconds, stage.name) for stage in part.stages if len(part.stages) > 1]
    rate = stacked_bars(
        part.per_second,
        kinds,
        title=f"{part.name}: answers by second",
        unit="answers/s over seconds",
        marks=marks,
    )
    pieces = [
        f"<h2>{escape(part.name)}</h2>",
        _stages(part.stages),
        "<h3>Answers over time</h3>",
        rate,
        _key(kinds),
    ]
    if part.percentiles:
        lines = {
            "raw": [(p.percent, p.raw_ms) for p in part.percentiles],
            "corrected": [(p.percent, p.corrected_ms) for p in part.percentiles],
        }
        plot = percentile_lines(lines, title=f"{part.name}: latency by percentile", unit="ms")
        pieces += ["<h3>Latency of accepted answers</h3>", plot, _key(["raw", "corrected"])]
        pieces.append("<p>Raw is measured from the moment of sending, corrected from the intended one.</p>")
    counts = "".join(
        f'<tr><td>{escape(label)}</td><td class="n">{n}</td></tr>' for label, n in part.outcomes.items()
    )
    heads = '<thead><tr><th>answer</th><th class="n">times</th></tr></thead>'
    pieces.append(f"<table>{heads}<tbody>{counts}</tbody></table>")
    return "".join(pieces)


def _stages(stages: Sequence[StageRow]) -> str:
    heads = ("intended/s", "achieved/s", "not started", "accepted", "p50 ms", "p95 ms", "p99 ms")
    rows = []
    for stage in stages:
        latencies = ["-" if v is None else f"{v:.1f}" for v in (stage.p50_ms, stage.p95_ms, stage.p99_ms)]
        numbers = (stage.intended_rate, stage.achieved_rate, stage.not_started, stage.accepted)
        cells = "".join(f'<td class="n">{cell}</td>' for cell in (*(f"{n:g}" for n in numbers), *latencies))
        fault = f" ({escape(stage.fault)})" if stage.fault else ""
        rows.append(f"<tr><td>{escape(stage.name)}{fault}</td>{cells}</tr>")
    head = "".join(f'<th class="n">{text}</th>' for text in heads)
    return f"<table><thead><tr><th>stage</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _windows(windows: Sequence[Window]) -> Iterator[str]:
    """For each clause that has windows, what passed and what was refused in each."""
    for (vendor, clause), group in groupby(windows, key=lambda window: (window.vendor, window.clause)):
        shown = list(group)
        name = f"{vendor}: {clause}".strip(": ")
        columns = [{"passed": w.passed, "refused-by-limit": w.refused} for w in shown]
        allowed = {w.allowed for w in shown}
        level = next(iter(allowed)) if len(allowed) == 1 else None
        yield f"<h3>{escape(name)}</h3>"
        yield stacked_bars(
            columns,
            ["passed", "refused-by-limit"],
            title=name,
            unit="calls in each window, by its start in seconds",
            at=[w.at_seconds for w in shown],
            level=level,
        )
        yield _key(["passed", "refused-by-limit"])


def _key(names: Sequence[str]) -> str:
    entries = "".join(f'<span class="{name}"></span>{name.replace("-", " ")}' for name in names)
    return f'<p class="key">{entries}</p>'


def _generator(part: GeneratorPart) -> str:
    late = "-" if part.late_p95_ms is None else f"{part.late_p95_ms:.1f} ms"
    rows = (
        ("processes", f"{part.processes}"),
        ("connections for each vendor", f"{part.connections_per_vendor}"),
        ("arrivals not started", f"{part.not_started} of {part.intended}"),
        ("share of a processor, busiest second", f"{part.peak_processor_share:.0%}"),
        ("share of a processor, on average", f"{part.mean_processor_share:.0%}"),
        ("composing and signing a call", f"{part.composing_ms:.2f} ms"),
        ("arrivals offered late, p95", late),
    )
    cells = "".join(f'<tr><td>{name}</td><td class="n">{value}</td></tr>' for name, value in rows)
    return f"<h2>The generator itself</h2><table><tbody>{cells}</tbody></table>"
