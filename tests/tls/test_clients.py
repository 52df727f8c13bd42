"""Official clients against their default endpoints: nothing in their code knows of the mock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.cards.named import load_specimens
from tests.tls.conftest import Running, bare_environment

_CLIENTS = Path(__file__).parent / "clients"
_FRONT = load_specimens()["front"]
_PERSON = _FRONT.as_json()["cards"][0]["fields"]


def _run(command: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("client", "vendor"),
    [
        ("tencent", "tencent"),
        ("aliyun", "aliyun"),
        ("aliyun_core", "aliyun"),
        ("huawei", "huawei"),
        ("megvii", "megvii"),
        ("alimarket", "alimarket"),
    ],
)
def test_a_client_reads_the_card_with_the_exports_alone(proxy: Running, client: str, vendor: str) -> None:
    """With what `idmock env V --proxy` prints, and certificates checked."""
    environ = bare_environment() | proxy.environment(vendor)
    command = [sys.executable, str(_CLIENTS / f"{client}.py"), str(_FRONT.image_path)]
    result = _run(command, environ)
    assert result.returncode == 0, result.stderr[-2000:]
    assert _PERSON["name"] in result.stdout


def test_without_the_authority_a_client_refuses(proxy: Running) -> None:
    """The proxy is believed because of its certificate, not because nobody looks."""
    environ = bare_environment() | {"HTTPS_PROXY": proxy.url, **_credentials(proxy, "megvii")}
    result = _run([sys.executable, str(_CLIENTS / "megvii.py"), str(_FRONT.image_path)], environ)
    assert result.returncode != 0
    assert "CERTIFICATE_VERIFY_FAILED" in result.stderr


def _credentials(proxy: Running, vendor: str) -> dict[str, str]:
    return {
        name: value for name, value in proxy.environment(vendor).items() if name.startswith(vendor.upper())
    }


def test_curl_as_the_vendors_page_shows_it(proxy: Running) -> None:
    """curl reads the variables by itself."""
    keys = proxy.environment("megvii")
    command = [
        "curl", "-sS", "https://api.megvii.com/faceid/v3/ocridcard",
        "-F", f"api_key={keys['MEGVII_API_KEY']}",
        "-F", f"api_secret={keys['MEGVII_API_SECRET']}",
        "-F", f"image=@{_FRONT.image_path}",
    ]  # fmt: skip
    result = _run(command, bare_environment() | keys)
    assert _PERSON["id_number"] in result.stdout, result.stderr


def test_another_sitecustomize_is_run_all_the_same(proxy: Running, tmp_path: Path) -> None:
    """A user's own start-up module is not lost behind ours."""
    (tmp_path / "sitecustomize.py").write_text("print('mine')\n", "utf-8")
    variables = proxy.environment("megvii")
    environ = bare_environment() | variables | {"PYTHONPATH": f"{variables['PYTHONPATH']}:{tmp_path}"}
    result = _run([sys.executable, "-c", "import certifi; print(certifi.where())"], environ)
    assert result.stdout.split() == ["mine", variables["SSL_CERT_FILE"]]
