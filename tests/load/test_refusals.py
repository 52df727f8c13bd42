"""What `idmock load` refuses: one sentence, exit code 2, nothing hammered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.target import Description
from loadtests.errors import LoadError
from loadtests.scenarios import HERE
from loadtests.settings import check_loopback
from mockserver.cli import cli
from mockserver.contract import load_accounts
from mockserver.errors import ConfigError
from mockserver.testing import MockServer

IDMOCK = Path(sys.executable).with_name("idmock")
SECRET_ID = next(
    row["credentials"]["secret_id"]
    for row in load_accounts()
    if (row["vendor"], row["name"]) == ("tencent", "active")
)


def load(*arguments: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("IDMOCK_")}
    return subprocess.run(
        [IDMOCK, "load", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env={**own, **environ},
    )


def refusal(*arguments: str) -> str:
    """The sentence with which the command ends before it sends anything, in this process."""
    with pytest.raises(ConfigError) as raised:
        cli.main(["load", *arguments], standalone_mode=False)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def assert_sentence(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "smok"], ["no scenario 'smok'", "smoke, steady, ramp, burst, soak, limit, recovery"]),
        (["--vendor", "tencnt"], ["no vendor 'tencnt'", "alimarket, aliyun, huawei, megvii, tencent"]),
        (["--requests-per-second", "0"], ["--requests-per-second has to be above 0"]),
        (["--duration-seconds", "-1"], ["--duration-seconds has to be above 0"]),
        (["--credential", "tencent.key=x"], ["no credential 'tencent.key'", "tencent.secret_id"]),
        (["--credential", "x"], ["vendor.name=value"]),
        (["--scenario", "limit", "--requests-per-second", "5"], ["does not fit it"]),
    ],
)
def test_what_cannot_be_meant(idmock: MockServer, arguments: list[str], words: list[str]) -> None:
    """The sentence names the choices, and nothing is sent."""
    before = len(idmock.journal())
    sentence = refusal(idmock.url, *arguments)
    assert len(idmock.journal()) == before
    for word in words:
        assert word in sentence


def test_a_refusal_is_one_line_and_exit_code_2(idmock: MockServer) -> None:
    """As a shell sees it."""
    assert_sentence(load(idmock.url, "--scenario", "smok"), "no scenario 'smok'", "smoke, steady")


def test_a_wrong_key_ends_after_the_first_calls(idmock: MockServer) -> None:
    """The vendor's code and text, without the secret, after three calls."""
    flags = (
        "--credential",
        f"tencent.secret_id={SECRET_ID}",
        "--credential",
        "tencent.secret_key=WRONGwrong",
    )
    seen = len(idmock.journal(code="AuthFailure.SignatureFailure"))
    done = load(idmock.url, "--vendor", "tencent", "--scenario", "steady", *flags)
    assert_sentence(done, "tencent IDCardOCR: 0 of 3 accepted: AuthFailure.SignatureFailure")
    assert "WRONGwrong" not in done.stderr
    assert len(idmock.journal(code="AuthFailure.SignatureFailure")) == seen + 3


def test_credentials_of_the_environment_are_used(idmock: MockServer) -> None:
    """As with the conformance suite."""
    own = {"IDMOCK_TENCENT_SECRET_ID": "AKIDnobody", "IDMOCK_TENCENT_SECRET_KEY": "x"}
    assert_sentence(load(idmock.url, "--vendor", "tencent", **own), "AuthFailure.SecretIdNotFound")


def test_no_proxy_of_the_environment_is_asked(idmock: MockServer) -> None:
    """A proxy that nobody answers at changes nothing: the target itself says what is wrong with the key."""
    proxy = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    own = {"IDMOCK_TENCENT_SECRET_ID": "AKIDnobody", "IDMOCK_TENCENT_SECRET_KEY": "x"}
    assert_sentence(load(idmock.url, "--vendor", "tencent", **own, **proxy), "AuthFailure.SecretIdNotFound")


def test_locust_leaves_the_limiter_to_its_own_runner(idmock: MockServer) -> None:
    """`limit` has no stages that Locust's users could run."""
    locustfile = str(HERE / "locustfile.py")
    words = ["-f", locustfile, "--headless", "--host", idmock.url, "--scenario", "limit", "--skip-log-setup"]
    done = subprocess.run([IDMOCK.with_name("locust"), *words], capture_output=True, text=True, timeout=60)
    assert_sentence(done, "idmock load --scenario limit")


def test_a_target_that_is_not_there() -> None:
    """Not a run of a thousand refused connections."""
    assert_sentence(load("http://127.0.0.1:9"), "http://127.0.0.1:9 takes no connection")


@pytest.mark.parametrize("address", ["http://192.0.2.1", "http://8.8.8.8:80", "http://[2001:db8::1]:4590"])
def test_only_this_machine(address: str) -> None:
    """Without the flag that says whose target it is."""
    sentence = refusal(address)
    assert "is not this machine" in sentence
    assert "--i-own-this-target" in sentence


def test_an_address_that_is_none() -> None:
    """No scheme, no target."""
    assert "has to be like http://127.0.0.1:4590" in refusal("127.0.0.1:4590")
    assert "the address of the implementation is missing" in refusal()


def test_every_address_of_a_name_has_to_be_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a loopback and another address is refused; so is a vendor's own address in the target file."""
    found = [(2, 1, 6, "", ("127.0.0.1", 0)), (2, 1, 6, "", ("192.0.2.7", 0))]
    with monkeypatch.context() as patched:
        patched.setattr("socket.getaddrinfo", lambda *_, **__: found)
        with pytest.raises(LoadError, match=r"both\.test is not this machine"):
            check_loopback(Description("http://both.test"), ["tencent"])
    elsewhere = Description("http://127.0.0.1", urls={"tencent": {"ocr": "http://192.0.2.7"}})
    with pytest.raises(LoadError, match=r"192\.0\.2\.7 is not this machine"):
        check_loopback(elsewhere, ["tencent"])
    check_loopback(elsewhere, ["megvii"])
    check_loopback(Description("http://localhost:1"), ["tencent"])
    check_loopback(Description("http://[::1]:1"), ["tencent"])


def test_faults_need_the_admin_api(tmp_path: Path, idmock: MockServer) -> None:
    """A target that is declared to have none is not asked to misbehave."""
    file = tmp_path / "target.toml"
    file.write_text('capabilities = ["specimens", "accounts"]\n', "utf-8")
    done = load(idmock.url, "--vendor", "tencent", "--scenario", "recovery", "--target", str(file))
    assert_sentence(done, "sets faults, which needs the admin API")


def test_a_report_that_cannot_be_written(tmp_path: Path, idmock: MockServer) -> None:
    """Said before the run rather than after it."""
    (tmp_path / "file").write_text("", "utf-8")
    sentence = refusal(idmock.url, "--vendor", "tencent", "--report", str(tmp_path / "file" / "report"))
    assert "the report cannot be written" in sentence


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, idmock: MockServer) -> None:
    """With the command that installs it."""
    monkeypatch.setattr("mockserver.cli.load.find_spec", lambda name: None if name == "locust" else object())
    assert "pip install 'idcard-mock[load]'" in refusal(idmock.url)


def test_serving_does_not_import_locust() -> None:
    """Locust's import changes sockets and threads of its whole process."""
    code = (
        "import sys, mockserver.cli.load, mockserver.serving.granian, mockserver.app\n"
        "import loadtests.settings, loadtests.judging\n"
        "assert not {'locust', 'gevent'} & set(sys.modules), 'imported'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
