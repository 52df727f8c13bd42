"""The programs on the first page run as they are shown, next to the picture that it offers.

Those for whom the vendor's SDK is not at hand are compiled against its signatures, see `tests/sdk_signatures`.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mockserver.cards.named import load_specimens
from mockserver.clients.snippets import LANGUAGES, snippets_of
from mockserver.testing import MockServer
from mockserver.vendors import names
from tests.programs import SIGNATURES, Program, build_go, compile_java, needed, run, saved, vet_go

NAME = load_specimens()["front"].cards[0].card.fields["name"]
#: Vendors without an SDK in the language: their programs need nothing, and are run.
PLAIN = {
    "Node": ("huawei", "megvii", "alimarket"),
    "Go": ("megvii", "alimarket"),
    "Java": ("megvii", "alimarket"),
}
#: Vendors with temporary keys.
TEMPORARY = ("tencent", "aliyun", "huawei")


def prints(program: Program) -> str:
    """What a program prints that ends well."""
    done = run(program)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("vendor", names())
def test_there_is_a_program_in_every_language(idmock: MockServer, vendor: str) -> None:
    """Python first, then the others in the order of the page."""
    found = [snippet.language for snippet in snippets_of(idmock.account(vendor), idmock.url)]
    assert found == ["Python", *LANGUAGES.values()]


@pytest.mark.parametrize("vendor", names())
def test_curl(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Signed in the shell."""
    assert NAME in prints(saved(idmock, tmp_path, vendor, "curl"))


@pytest.mark.parametrize("vendor", TEMPORARY)
def test_curl_with_a_temporary_key(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Its token is sent, and signed where the vendor wants it signed."""
    assert NAME in prints(saved(idmock, tmp_path, vendor, "curl", "temporary"))


@pytest.mark.parametrize("vendor", names())
def test_curl_shows_why_it_is_refused(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """In every state that the vendor refuses, whether it says so in the body or in a header."""
    contract = idmock.world.contracts[vendor]
    for state, ruling in contract.account_states.items():
        row = contract.error(ruling.code, ruling.variant)
        text = prints(saved(idmock, tmp_path, vendor, "curl", state))
        assert row.code in text or row.message() in text, (state, text)


@pytest.mark.parametrize("vendor", PLAIN["Node"])
def test_node(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Where no package is needed."""
    assert prints(saved(idmock, tmp_path, vendor, "Node")).strip() == NAME


def test_node_with_a_temporary_key(idmock: MockServer, tmp_path: Path) -> None:
    """Its token is signed."""
    assert prints(saved(idmock, tmp_path, "huawei", "Node", "temporary")).strip() == NAME


@pytest.mark.parametrize("vendor", PLAIN["Node"])
def test_node_fails_with_the_reason(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Exit code and text, here for an account that may not call."""
    contract = idmock.world.contracts[vendor]
    ruling = contract.account_states["no-permission"]
    done = run(saved(idmock, tmp_path, vendor, "Node", "no-permission"))
    assert done.returncode != 0
    row = contract.error(ruling.code, ruling.variant)
    assert row.code in done.stderr or row.message() in done.stderr


@pytest.mark.parametrize("vendor", names())
def test_node_reads_every_program(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Those with an SDK too, without running them."""
    program = saved(idmock, tmp_path, vendor, "Node")
    done = subprocess.run(
        [needed("node"), "--check", program.file], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("vendor", names())
def test_java_compiles(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Without a warning; those without an SDK also run."""
    program = saved(idmock, tmp_path, vendor, "Java")
    compiled = compile_java(tmp_path)
    assert compiled.returncode == 0, compiled.stderr
    if vendor in PLAIN["Java"]:
        assert NAME in prints(program)


@pytest.mark.parametrize("vendor", names())
def test_go_compiles(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """And passes `go vet`; those without an SDK also run."""
    program = saved(idmock, tmp_path, vendor, "Go")
    vetted = vet_go(tmp_path)
    assert vetted.returncode == 0, vetted.stderr
    if vendor in PLAIN["Go"]:
        built = build_go(tmp_path)
        assert built.returncode == 0, built.stderr
        assert NAME in prints(program)


@pytest.mark.parametrize(
    ("vendor", "right", "wrong"),
    [
        ("tencent", "request.setCardSide(", "request.setSide("),
        ("aliyun", "setBody(picture)", "setBody(42)"),
        ("huawei", 'withEndpoints(List.of("', 'withEndpoint(("'),
    ],
)
def test_a_mistake_in_java_is_found(
    idmock: MockServer, tmp_path: Path, vendor: str, right: str, wrong: str
) -> None:
    """A name that the SDK does not have, a wrong type, a deprecated call."""
    program = saved(idmock, tmp_path, vendor, "Java")
    file = tmp_path / program.file
    text = file.read_text("utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong), "utf-8")
    assert "Client.java:" in compile_java(tmp_path).stderr


@pytest.mark.parametrize(
    ("vendor", "right", "wrong"),
    [
        ("tencent", "common.NewTokenCredential(", "common.NewSessionCredential("),
        ("aliyun", "tea.StringValue(answer.Body.Data)", "tea.StringValue(answer.Data)"),
        ("huawei", "Image: &image", "Image: image"),
    ],
)
def test_a_mistake_in_go_is_found(
    idmock: MockServer, tmp_path: Path, vendor: str, right: str, wrong: str
) -> None:
    """A name that the SDK does not have, a wrong path, a wrong type."""
    program = saved(idmock, tmp_path, vendor, "Go")
    file = tmp_path / program.file
    text = file.read_text("utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong), "utf-8")
    assert "client.go:" in vet_go(tmp_path).stderr


def test_signatures_say_where_they_come_from() -> None:
    """Repository and file, and the commit or the version."""
    files = [*SIGNATURES.rglob("*.java"), *SIGNATURES.rglob("*.go")]
    assert len(files) > 20
    for file in files:
        head = "".join(file.read_text("utf-8").partition("package ")[0].split("\n"))
        assert re.search(r"[\w-]+/[\w-]+, [\w./-]+\.(java|go)", head), file
        assert re.search(r"at [0-9a-f]{12}|version [0-9.]+", head), file


@pytest.mark.parametrize("vendor", names())
def test_every_program_names_this_server_and_no_secret(idmock: MockServer, vendor: str) -> None:
    """The address is filled in, as production has none; credentials come from the variables."""
    account = idmock.account(vendor)
    for snippet in snippets_of(account, "http://127.0.0.1:12345"):
        assert "{{" not in snippet.text.replace("MultiCardDetect", "") and "$url" not in snippet.text
        assert not any(value in snippet.text for value in account.credentials.values())
        assert "127.0.0.1:12345" in snippet.text or snippet.language == "Python"
