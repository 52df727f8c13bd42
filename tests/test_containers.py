"""`Dockerfile`, `compose.yaml` and `action.yml`, without Docker and without GitHub: what they run is run here."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from mockserver.contract import available_vendors
from tests.serving import served
from tests.test_cli import idmock

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
HAPROXY = (ROOT / "compose.haproxy.cfg").read_text("utf-8")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
OPTIONS = json.loads((ROOT / "schemas" / "idmock.schema.json").read_text("utf-8"))["properties"]["serve"]


def instructions(name: str) -> list[str]:
    """The arguments of a Dockerfile's instructions of that name."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)


def front() -> dict[str, Any]:
    """What HAProxy's configuration says, as far as it concerns the other services."""
    server = re.search(r"^  server-template \w+ (\d+) ([\w-]+):(\d+) check ", HAPROXY, re.MULTILINE)
    assert server is not None
    found = {"servers": int(server[1]), "server": (server[2], server[3])}
    patterns = {"bind": r"  bind :(\d+)", "mode": r"  mode (\w+)", "check": r"  option httpchk GET (\S+)"}
    return found | {name: re.findall(f"^{p}$", HAPROXY, re.MULTILINE)[0] for name, p in patterns.items()}


FRONT = front()


def variables() -> dict[str, str]:
    """What ENV sets in the image."""
    return dict(word.split("=", 1) for line in instructions("ENV") for word in shlex.split(line))


def is_option(variable: str) -> bool:
    return variable.removeprefix("IDMOCK_").lower().replace("_", "-") in OPTIONS["properties"]


class TestDockerfile:
    """The image."""

    def test_copies_what_the_build_needs(self) -> None:
        """Every source exists and is let through by .dockerignore; what the wheel is made of is among them."""
        sources = {
            word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]
        }
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
        assert {*wheel["packages"], *wheel["force-include"], "pyproject.toml", "README.md"} <= sources
        assert [source for source in sources if not (ROOT / source).exists()] == []
        ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        assert ignore[0] == "*"
        assert {line.removeprefix("!") for line in ignore if line.startswith("!")} == sources

    def test_does_not_run_as_root(self) -> None:
        """The last user is the one that the image makes."""
        assert instructions("USER") == ["idmock"]
        assert "useradd" in DOCKERFILE.partition("USER idmock")[0]

    def test_starts_what_there_is(self) -> None:
        """Entry point and command are `idmock serve`; each variable is one of its options, and the port is exposed."""
        assert [json.loads(line) for line in instructions("ENTRYPOINT")] == [["idmock"]]
        assert [json.loads(line) for line in instructions("CMD")] == [["serve"]]
        named = {name: value for name, value in variables().items() if name.startswith("IDMOCK_")}
        assert named.keys() == {"IDMOCK_HOST", "IDMOCK_PORT", "IDMOCK_TLS_DIR"}
        assert named["IDMOCK_HOST"] == "0.0.0.0"
        assert instructions("EXPOSE") == [named["IDMOCK_PORT"]]
        assert all(map(is_option, named))

    def test_installs_what_its_options_need(self) -> None:
        """A container is no place to add an extra to."""
        (line,) = (line for line in instructions("RUN") if "pip install" in line)
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        (extras,) = re.findall(r"'\.\[(.*)\]'", line)
        assert set(extras.split(",")) == {"redis", "tls"} <= project["optional-dependencies"].keys()

    def test_anybody_can_keep_an_authority(self) -> None:
        """Whoever `docker run --user` names may write to the folder of the certificates."""
        (line,) = (line for line in instructions("RUN") if "useradd" in line)
        assert f"install --directory --mode=1777 {variables()['IDMOCK_TLS_DIR']}" in line

    @pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
    def test_health_check(self, tmp_path: Path, tls: bool) -> None:
        """Its command succeeds while the server answers, without a token, and fails when it does not."""
        (line,) = instructions("HEALTHCHECK")
        command = json.loads(line.partition("CMD ")[2])
        assert command.pop(0) == "python"

        def check(port: str) -> int:
            environ = {**os.environ, "IDMOCK_PORT": port}
            return subprocess.run([sys.executable, *command], env=environ, capture_output=True).returncode

        secure = ("--tls", "--tls-dir", str(tmp_path / "ca")) if tls else ()
        with served(tmp_path, "--host", "0.0.0.0", "--admin-token", "secret", *secure) as server:
            port = server.url.rpartition(":")[2]
            trusted = str(tmp_path / "ca" / "idmock-ca.pem") if tls else None
            assert (
                requests.get(f"{server.url}/_idmock/journal", timeout=10, verify=trusted).status_code == 401
            )
            assert check(port) == 0
        assert check(port) != 0


class TestCompose:
    """The two replicas."""

    def test_share_a_redis(self) -> None:
        """The state is the service's, at the database that the command understands; it is healthy before they start."""
        mock = COMPOSE["services"]["mock"]
        assert mock["environment"]["IDMOCK_STATE"] == "redis://redis:6379/0"
        assert mock["depends_on"] == {"redis": {"condition": "service_healthy"}}
        assert "healthcheck" in COMPOSE["services"]["redis"]
        assert mock["deploy"]["replicas"] == 2

    def test_have_one_address_on_this_machine(self) -> None:
        """Which is no replica's own: Compose cannot give each its port out of a range."""
        assert "ports" not in COMPOSE["services"]["mock"]
        assert COMPOSE["services"]["front"]["ports"] == [f"127.0.0.1:{FRONT['bind']}:{FRONT['bind']}"]
        assert COMPOSE["services"]["front"]["depends_on"] == {"mock": {"condition": "service_healthy"}}

    def test_front_reaches_every_replica(self) -> None:
        """By the service's name and the image's port, with room for more, once they are healthy."""
        assert FRONT["server"] == ("mock", variables()["IDMOCK_PORT"])
        assert FRONT["servers"] >= 2 * COMPOSE["services"]["mock"]["deploy"]["replicas"]
        assert FRONT["check"] == "/_idmock/health"

    def test_front_changes_nothing(self) -> None:
        """What a client has signed is forwarded as bytes, and the file is the one that is mounted."""
        assert FRONT["mode"] == "tcp"
        (mounted,) = COMPOSE["services"]["front"]["volumes"]
        assert (ROOT / mounted.split(":")[0]).read_text("utf-8") == HAPROXY

    def test_variables_are_options(self) -> None:
        """Of `idmock serve`."""
        assert all(map(is_option, COMPOSE["services"]["mock"]["environment"]))

    def test_redis_that_is_not_there(self) -> None:
        """A replica that starts too early says so and ends; it does not serve with limits of its own."""
        done = idmock("serve", "--port", "0", IDMOCK_STATE="redis://127.0.0.1:1/0")
        assert done.returncode == 2
        assert "redis://127.0.0.1:1/0 is not available" in done.stderr


class TestAction:
    """The GitHub action. Its steps run here one after the other, but the first, which installs."""

    @pytest.fixture
    def job(self, tmp_path: Path) -> Iterator[Job]:
        job = Job(tmp_path)
        yield job
        job.stop()

    def test_installs_itself(self) -> None:
        """By pip, from its own folder."""
        step = ACTION["runs"]["steps"][0]
        assert step["env"] == {"HERE": "${{ github.action_path }}"}
        assert step["run"].split()[:4] == ["python", "-m", "pip", "install"]
        assert step["run"].endswith('"$HERE"')

    def test_every_step_names_its_shell(self) -> None:
        """As composite actions have to; inputs come by variables, never as text of a script."""
        for step in ACTION["runs"]["steps"]:
            assert step["shell"] == "bash"
            assert "${{" not in step["run"]

    def test_starts_and_exports(self, job: Job) -> None:
        """The server answers, and a later step has the variables of every vendor that was named."""
        job.run({"vendors": " ".join(available_vendors()), "port": "0", "options": "--unknown-image sample"})
        url = job.read("GITHUB_OUTPUT")["url"]
        assert requests.get(f"{url}/_idmock/health", timeout=10).json()["status"] == "ok"
        found = job.read("GITHUB_ENV")
        assert found["IDMOCK_URL"] == url
        assert "MOCK" in found["TENCENTCLOUD_SECRET_ID"]
        for vendor in available_vendors():
            wanted = _evaluated(idmock("env", vendor, "--url", url).stdout)
            assert wanted.items() <= found.items()

    def test_says_why_it_cannot_start(self, job: Job) -> None:
        """The step fails with what the server said."""
        with pytest.raises(subprocess.CalledProcessError) as failed:
            job.run({"vendors": "", "port": "0", "options": "--vendor tencnt"})
        assert "did you mean 'tencent'?" in failed.value.stderr


class Job:
    """A job that runs the action, and the files in which its steps leave something."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("GITHUB_ENV", "GITHUB_OUTPUT"):
            (folder / name).touch()

    def run(self, inputs: dict[str, str]) -> None:
        """All steps but the first. Raises CalledProcessError."""
        assert inputs.keys() == ACTION["inputs"].keys()
        for step in ACTION["runs"]["steps"][1:]:
            known = {f"inputs.{name}": value for name, value in inputs.items()}
            known["steps.start.outputs.url"] = self.read("GITHUB_OUTPUT").get("url", "")
            given = {name: known[text.strip("${} ")] for name, text in step["env"].items()}
            subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=self._folder, env=self._environ() | given, check=True, capture_output=True, text=True, timeout=60,
            )  # fmt: skip

    def read(self, name: str) -> dict[str, str]:
        """Names and values that the steps have written to a file."""
        lines = (self._folder / name).read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def stop(self) -> None:
        """End the server, as the end of a job does."""
        process = self.read("GITHUB_ENV").get("IDMOCK_PID")
        if process:
            os.kill(int(process), signal.SIGTERM)

    def _environ(self) -> dict[str, str]:
        files = {name: str(self._folder / name) for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDMOCK_")}
        return {**inherited, **files, "PATH": path, "RUNNER_TEMP": str(self._folder)}


def _evaluated(exports: str) -> dict[str, str]:
    """The variables of `idmock env`, without a shell."""
    lines = (shlex.split(line)[1] for line in exports.splitlines() if line.startswith("export "))
    return dict(line.split("=", 1) for line in lines)
