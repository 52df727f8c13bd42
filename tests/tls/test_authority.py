"""The authority: its files, what it may sign, and what is said when it cannot be used."""

from __future__ import annotations

import datetime
import os
import ssl
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from cryptography import x509

from mockserver.tls import TlsError, open_authority
from mockserver.tls import authority as module
from mockserver.tls.trust import write_bundle


def test_it_is_made_once_and_read_again(tmp_path: Path) -> None:
    """The same authority at the next start; its key is its owner's alone."""
    first, second = open_authority(tmp_path), open_authority(tmp_path)
    assert first.certificate == second.certificate
    assert stat.S_IMODE((tmp_path / module.KEY).stat().st_mode) == 0o600


def test_several_at_once_share_one(tmp_path: Path) -> None:
    """Whoever comes second waits for the first."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: open_authority(tmp_path / "new").certificate, range(8)))
    assert len(set(found)) == 1


def test_it_may_sign_for_the_vendors_and_this_machine_only(tmp_path: Path) -> None:
    """A client that trusts it refuses what it signs for anybody else."""
    authority = open_authority(tmp_path)
    certificate, key = authority.write_leaf(["bank.test"], tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    assert "permitted subtree violation" in _handshake(server, authority.certificate_path, "bank.test")
    constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical, "a client that does not know them would take the authority for any other"
    assert (
        _handshake(
            authority.context("ocr.tencentcloudapi.com"),
            authority.certificate_path,
            "ocr.tencentcloudapi.com",
        )
        == ""
    )


def _handshake(server: ssl.SSLContext, trusted: Path, name: str) -> str:
    """What a client says against a server's certificate, "" for nothing; without a socket."""
    client = ssl.create_default_context(cafile=str(trusted))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    """It may be anybody's by now."""
    open_authority(tmp_path)
    (tmp_path / module.KEY).chmod(0o644)
    with pytest.raises(TlsError, match="may be read by others"):
        open_authority(tmp_path)


def test_broken_files_are_named(tmp_path: Path) -> None:
    """And what to do about them."""
    open_authority(tmp_path)
    (tmp_path / module.CERTIFICATE).write_text("no certificate", "utf-8")
    with pytest.raises(TlsError, match=r"cannot be read.*remove both files"):
        open_authority(tmp_path)


def test_a_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    """Copied by half."""
    open_authority(tmp_path / "a")
    open_authority(tmp_path / "b")
    (tmp_path / "a" / module.KEY).replace(tmp_path / "b" / module.KEY)
    with pytest.raises(TlsError, match="is not the key of"):
        open_authority(tmp_path / "b")


def test_an_authority_that_is_over_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the day."""
    monkeypatch.setattr(module, "_AUTHORITY_DAYS", 0)
    monkeypatch.setattr(module, "_BEFORE", datetime.timedelta(days=3))
    with pytest.raises(TlsError, match="is over since"):
        open_authority(tmp_path)


def test_a_vendor_that_came_later_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hosts are not among those that the authority may sign for."""
    open_authority(tmp_path)
    monkeypatch.setattr(module, "permitted_domains", lambda: ["sixth.test"])
    with pytest.raises(TlsError, match=r"was made without sixth\.test"):
        open_authority(tmp_path)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """One sentence of the command, exit code 2."""
    (tmp_path / "file").write_text("", "utf-8")
    command = [
        sys.executable,
        "-m",
        "mockserver",
        "serve",
        "--port",
        "0",
        "--tls",
        "--tls-dir",
        str(tmp_path / "file" / "x"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert "the certificate authority cannot be kept in" in result.stderr
    assert "Traceback" not in result.stderr


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs them."""
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    with pytest.raises(TlsError, match=r"pip install 'idcard-mock\[tls\]'"):
        open_authority(tmp_path)


def test_the_bundle_has_the_usual_authorities_too(tmp_path: Path) -> None:
    """A client that is told of a bundle must not lose the rest of the world."""
    authority = open_authority(tmp_path)
    text = write_bundle(authority).read_bytes()
    assert text.count(b"BEGIN CERTIFICATE") > 50
    assert text.endswith(authority.certificate_path.read_bytes())
    assert write_bundle(authority).read_bytes() == text


def test_serve_speaks_https(tmp_path: Path) -> None:
    """The ready line says so, the vendors' own ports as well, and the authority is enough to trust it."""
    command = [
        sys.executable,
        "-m",
        "mockserver",
        "serve",
        "--port",
        "0",
        "--ports",
        "--tls",
        "--tls-dir",
        str(tmp_path),
    ]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDMOCK_")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=inherited
    ) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline().split() for _ in range(6)]
            trusted = str(tmp_path / module.CERTIFICATE)
            for words in lines:
                assert words[-1].startswith("https://127.0.0.1:")
                answer = requests.get(f"{words[-1]}/_idmock/health", verify=trusted, timeout=10)
                assert answer.json()["status"] == "ok"
            assert lines[-1][:2] == ["idmock", "ready"]
        finally:
            process.terminate()
            process.wait(timeout=10)
