"""The pages of docs/ are true: their commands run as they stand, their tables are current, their links lead somewhere.

The shell blocks of a page are one script, run in a folder that holds the page's own files and the project's fixtures,
with the ports of the page replaced by free ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.pytest_runs import environment
from tools.make_docs import DOCS, PARTS, outdated, renewed

ROOT = Path(__file__).parent.parent
PAGES = sorted(DOCS.glob("*.md"))
#: Written out, so that a page that loses its commands is noticed.
WITH_COMMANDS = [
    "accounts.md",
    "ci.md",
    "load-tests.md",
    "local-development.md",
    "reference.md",
    "specimens.md",
]


def blocks(page: str, language: str) -> list[str]:
    """The fenced code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def files(page: str) -> dict[str, str]:
    """Files that a page shows: a line with the name in backticks, and the block under it."""
    return dict(re.findall(r"^`([\w./-]+)`\n```\w+\n(.*?)^```", page, re.MULTILINE | re.DOTALL))


def free_ports(number: int) -> list[int]:
    """Ports that nobody has now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports


def run_script(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A script in a shell that stops at the first failure; what it leaves running ends with it."""
    inherited = {name: value for name, value in environment().items() if "proxy" not in name.lower()}
    environ = inherited | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_DATA_HOME": str(folder / "data"),
        "PYTEST_ADDOPTS": f"{inherited['PYTEST_ADDOPTS']} -p no:cacheprovider -W ignore::DeprecationWarning",
    }
    log = folder / "said.txt"
    with log.open("w") as said:
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder, env=environ, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait(timeout=180)
        finally:
            with contextlib.suppress(ProcessLookupError):  # the script left nothing running
                os.killpg(process.pid, signal.SIGTERM)
    return subprocess.CompletedProcess([], code, log.read_text("utf-8", "replace"))


def test_pages_with_commands_are_known() -> None:
    """Those that the next test runs."""
    assert [page.name for page in PAGES if blocks(page.read_text("utf-8"), "sh")] == WITH_COMMANDS


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_commands_run(name: str, tmp_path: Path) -> None:
    """From the page's first command to its last, none fails."""
    page = (DOCS / name).read_text("utf-8")
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    for file, text in files(page).items():
        (tmp_path / file).write_text(text, "utf-8")
    script = "\n".join(blocks(page, "sh"))
    for shown, free in zip(("4590", "4591"), free_ports(2), strict=True):
        script = script.replace(shown, str(free))
    done = run_script(script, tmp_path)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "Traceback" not in done.stdout


def test_generated_parts_are_current() -> None:
    """`make docs` would change nothing."""
    assert [path.name for path in outdated()] == []


def test_every_generated_part_stands_on_a_page() -> None:
    """And a marker that is not understood is an error, not a comment."""
    pages = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert set(re.findall(r"<!-- made by tools/make_docs\.py: ([\w-]+) -->", pages)) == PARTS.keys()
    with pytest.raises(KeyError):
        renewed("<!-- made by tools/make_docs.py: poetry -->\n<!-- end -->")


def test_make_has_a_target_for_them() -> None:
    """`make docs`, as the tests advise."""
    done = subprocess.run(["make", "--dry-run", "docs"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "tools/make_docs.py" in done.stdout


@pytest.mark.parametrize("path", [*PAGES, *sorted(ROOT.glob("README*.md"))], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Files exist, and so do the headings that anchors name."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    for target in targets:
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found.read_text("utf-8")), target


def anchors(text: str) -> set[str]:
    """Headings as the anchors that a reader's links name."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_is_listed() -> None:
    """On the page that lists them."""
    listed = (DOCS / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in listed] == []


def test_the_chinese_readme_has_the_same_blocks() -> None:
    """Commands and code are those of the English one, in the same order; what is proven there holds here."""
    english, chinese = (
        re.findall(r"^```\w+\n.*?^```", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL)
        for name in ("README.md", "README.zh.md")
    )
    assert english
    assert chinese == english


def test_settings_of_the_page_fit_their_schema() -> None:
    """The idmock.toml that is shown."""
    schema = json.loads((ROOT / "schemas" / "idmock.schema.json").read_text("utf-8"))
    shown = files((DOCS / "local-development.md").read_text("utf-8"))["idmock.toml"]
    assert list(Draft202012Validator(schema).iter_errors(tomllib.loads(shown))) == []


def test_workflow_uses_inputs_that_the_action_has() -> None:
    """The GitHub job of the page."""
    (block,) = blocks((DOCS / "ci.md").read_text("utf-8"), "yaml")
    steps = yaml.safe_load(block)["jobs"]["test"]["steps"]
    (step,) = (step for step in steps if "idcard-mock" in step.get("uses", ""))
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert step["with"].keys() <= action["inputs"].keys()
