"""The command line: what it prints, its exit codes, and which source of a setting wins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mockserver import __version__
from mockserver.contract import load_accounts
from mockserver.settings import Settings

IDMOCK = Path(sys.executable).with_name("idmock")
ACCOUNT = next(row for row in load_accounts() if (row["vendor"], row["name"]) == ("tencent", "active"))


def idmock(*arguments: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a shell would, to its end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDMOCK_")}
    return subprocess.run(
        [IDMOCK, *arguments],
        cwd=cwd,
        env={**inherited, **environ},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """What `idmock serve` would serve with these arguments, started in an empty folder."""
    import click.testing

    from mockserver.cli import cli
    from mockserver.serving import granian as serving

    found: list[Settings] = []
    monkeypatch.setattr(serving, "run", found.append)
    monkeypatch.chdir(tmp_path)

    def parse(*arguments: str, **environ: str) -> Settings:
        result = click.testing.CliRunner(env=environ).invoke(cli, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return found[-1]

    return parse


def assert_one_sentence(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 2, nothing on stdout, one line on stderr that says what is wrong."""
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("idmock: ")
    for word in words:
        assert word in line


class TestHelp:
    """Without doing anything."""

    def test_version(self) -> None:
        assert idmock("--version").stdout == f"idmock, version {__version__}\n"

    @pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("serve", "--help"), ("env", "--help")])
    def test_help(self, arguments: tuple[str, ...]) -> None:
        """Names the commands, or the options with their variables."""
        result = idmock(*arguments)
        assert result.returncode == 0
        expected = "IDMOCK_" if len(arguments) == 2 else "serve"
        assert expected in result.stdout

    def test_help_of_all_commands_imports_none_of_them(self) -> None:
        """The list of commands costs no imports of what they need."""
        program = (
            "import sys\nfrom mockserver.cli import main\nsys.argv = ['idmock', '--help']\n"
            "try:\n    main()\nexcept SystemExit:\n    pass\n"
            "print(sorted({'flask', 'PIL', 'granian', 'jsonschema', 'requests'} & sys.modules.keys()))"
        )
        result = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True
        )
        assert result.stdout.rstrip().endswith("[]")

    def test_unknown_command(self) -> None:
        assert_one_sentence(idmock("server"), "No such command 'server'")


class TestCompletion:
    """Of the shell, by what click asks the command itself."""

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("idmock s", {"serve"}),
            ("idmock env te", {"tencent"}),
            ("idmock serve --vendor a", {"alimarket", "aliyun"}),
            ("idmock conform --vendor h", {"huawei"}),
            ("idmock load --vendor m", {"megvii"}),
            ("idmock serve --unknown-image ", {"error", "sample"}),
            ("idmock serve --jour", {"--journal-entries", "--journal-bytes"}),
            ("idmock cards m", {"make"}),
            ("idmock env tencent --state in-", {"in-arrears"}),
            ("idmock serve --edition tencent=s", {"tencent=strict-scope"}),
            ("idmock load --scenario s", {"smoke", "steady", "soak"}),
        ],
    )
    def test_completes(self, words: str, expected: set[str]) -> None:
        """Commands, options, choices, vendors."""
        place = str(len(words.split(" ")) - 1)
        result = idmock(_IDMOCK_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=place)
        assert result.returncode == 0, result.stderr
        assert {line.partition(",")[2] for line in result.stdout.splitlines()} == expected

    @pytest.mark.parametrize("shell", ["zsh", "fish"])
    def test_other_shells(self, shell: str) -> None:
        """The same by their protocols: there the word that is completed is passed on its own."""
        fish = {"COMP_WORDS": "idmock env", "COMP_CWORD": "te"}
        environ = fish if shell == "fish" else {"COMP_WORDS": "idmock env te", "COMP_CWORD": "2"}
        result = idmock(_IDMOCK_COMPLETE=f"{shell}_complete", **environ)
        assert (result.returncode, "tencent" in result.stdout) == (0, True), result.stderr

    def test_script_in_a_shell(self, tmp_path: Path) -> None:
        """What the documents say to source works in bash, where this machine has one for certain."""
        script = idmock(_IDMOCK_COMPLETE="bash_source").stdout
        (tmp_path / "idmock.bash").write_text(script)
        program = (
            "source idmock.bash\n"
            "function_name=$(complete -p idmock | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
            "COMP_WORDS=(idmock openapi me) COMP_CWORD=2\n"
            '"$function_name" idmock\n'
            "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
        )
        environ = {**os.environ, "PATH": f"{IDMOCK.parent}:{os.environ['PATH']}"}
        shell = subprocess.run(
            ["bash", "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=30
        )
        assert (shell.stdout, shell.stderr) == ("megvii\n", "")


class TestEnv:
    """`idmock env tencent`."""

    def test_exports(self) -> None:
        """A shell may evaluate all of it; the snippet stands behind comment signs."""
        out = idmock("env", "tencent").stdout
        exports = [line for line in out.splitlines() if line and not line.startswith("#")]
        credentials = ACCOUNT["credentials"]
        assert exports == [
            f"export TENCENTCLOUD_SECRET_ID={credentials['secret_id']}",
            f"export TENCENTCLOUD_SECRET_KEY={credentials['secret_key']}",
            "export TENCENTCLOUD_REGION=ap-guangzhou",
        ]
        assert 'endpoint="127.0.0.1:4590"' in out

    def test_a_shell_evaluates_it(self) -> None:
        """And has the variables then."""
        script = f'eval "$({IDMOCK} env tencent)"; printf %s "$TENCENTCLOUD_SECRET_ID"'
        shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=20, check=True)
        assert shell.stdout == ACCOUNT["credentials"]["secret_id"]
        assert shell.stderr == ""

    def test_temporary(self) -> None:
        """The token has a variable of its own."""
        assert "export TENCENTCLOUD_SESSION_TOKEN=" in idmock("env", "tencent", "--state", "temporary").stdout

    def test_url(self) -> None:
        """Goes into the snippet, without the scheme."""
        out = idmock("env", "tencent", "--url", "http://mock.test:8080/").stdout
        assert 'endpoint="mock.test:8080"' in out

    def test_json(self) -> None:
        """Endpoint and account, as everywhere."""
        found = json.loads(idmock("env", "tencent", "--json", "--url", "http://localhost:1").stdout)
        assert found == {"endpoint": "http://localhost:1", "account": ACCOUNT}

    def test_environment(self) -> None:
        """Options come from variables too, and the option wins."""
        out = idmock("env", "tencent", "--json", IDMOCK_URL="http://a:1", IDMOCK_STATE="in-arrears").stdout
        assert json.loads(out)["endpoint"] == "http://a:1"
        assert json.loads(out)["account"]["state"] == "in-arrears"
        out = idmock("env", "tencent", "--json", "--url", "http://b:2", IDMOCK_URL="http://a:1").stdout
        assert json.loads(out)["endpoint"] == "http://b:2"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("nobody",), ("unknown vendor 'nobody'", "tencent")),
            (("tencent", "--state", "asleep"), ("no account in state 'asleep'", "in-arrears")),
            (("tencent", "--url", "127.0.0.1:4590"), ("not of the form http://host:port",)),
            (("tencent", "--url", "ftp://x"), ("not of the form http://host:port",)),
            (("tencent", "--url", ""), ("not of the form http://host:port",)),
            ((), ("Missing argument 'VENDOR'",)),
            (("tencent", "--sate", "x"), ("No such option",)),
        ],
    )
    def test_mistakes(self, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
        """One sentence that names what there is."""
        assert_one_sentence(idmock("env", *arguments), *words)

    def test_reader_that_goes_away(self) -> None:
        """`idmock env tencent | head -1` is no error."""
        script = f"{IDMOCK} env tencent | head -c 1; exit 0"
        shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=20, check=True)
        assert shell.stderr == ""


class TestServeSettings:
    """Flag before environment before file."""

    def test_defaults(self, settings_of: Any) -> None:
        assert settings_of("serve") == Settings()

    def test_precedence(self, settings_of: Any, tmp_path: Path) -> None:
        """Each source alone, and against the next."""
        (tmp_path / "idmock.toml").write_text("port = 1001\n[serve]\nhost = '127.0.0.9'\n")
        assert settings_of("serve").port == 1001
        assert settings_of("serve").host == "127.0.0.9"
        assert settings_of("serve", IDMOCK_PORT="1002").port == 1002
        assert settings_of("serve", "--port", "1003", IDMOCK_PORT="1002").port == 1003

    def test_table_of_a_command_wins_over_the_top(self, settings_of: Any, tmp_path: Path) -> None:
        (tmp_path / "idmock.toml").write_text("port = 1\nfetch-allow = ['a', 'b']\n[serve]\nport = 2\n")
        assert settings_of("serve").port == 2
        assert settings_of("serve").fetch_allow == ("a", "b")

    def test_file_by_another_name(self, settings_of: Any, tmp_path: Path) -> None:
        """By option and by variable."""
        file = tmp_path / "other.toml"
        file.write_text("unknown-image = 'sample'\n")
        assert settings_of("--config", str(file), "serve").unknown_image == "sample"
        assert settings_of("serve", IDMOCK_CONFIG=str(file)).unknown_image == "sample"

    def test_repeatable(self, settings_of: Any) -> None:
        """Options that may be given several times; editions are grouped by vendor and keep their order."""
        found = settings_of(
            "serve", "--fetch-allow", "a", "--fetch-allow", "b:1", "--vendor", "tencent",
            "--edition", "tencent=current", "--edition", "tencent=strict-scope",
        )  # fmt: skip
        assert found.fetch_allow == ("a", "b:1")
        assert found.vendors == ("tencent",)
        assert found.editions == {"tencent": ("current", "strict-scope")}

    def test_repeatable_in_the_file(self, settings_of: Any, tmp_path: Path) -> None:
        """The key is the option's name; its value is a list."""
        (tmp_path / "idmock.toml").write_text("vendor = ['tencent']\nedition = ['tencent=current']\n")
        assert settings_of("serve").vendors == ("tencent",)
        assert settings_of("serve").editions == {"tencent": ("current",)}

    def test_repeatable_by_variable(self, settings_of: Any) -> None:
        """Separated by spaces."""
        assert settings_of("serve", IDMOCK_FETCH_ALLOW="a b:1").fetch_allow == ("a", "b:1")


class TestServeMistakes:
    """Refused before anything is served."""

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--workers", "2"), ("idmock serve --workers 2 --state redis://127.0.0.1:6379/0",)),
            (("--state", "redis://127.0.0.1:1/0"), ("redis://127.0.0.1:1/0 is not available",)),
            (("--state", "sqlite"), ("neither memory nor of the form redis://host:port/db",)),
            (("--port", "65536"), ("65536",)),
            (("--port", "http"), ("not a valid integer",)),
            (("--host", "no.such.host.invalid"), ("cannot be resolved",)),
            (("--vendor", "nobody"), ("unknown vendor 'nobody'", "tencent")),
            (("--edition", "tencent"), ("not of the form VENDOR=NAME",)),
            (("--edition", "tencent=next"), ("no edition 'next'", "strict-scope")),
            (("--edition", "nobody=current"), ("unknown vendor 'nobody'",)),
            (("--unknown-image", "guess"), ("error", "sample")),
            (("--cards", "no-such-folder"), ("no-such-folder",)),
        ],
    )
    def test_mistake(self, tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
        """One sentence, exit code 2."""
        assert_one_sentence(idmock("serve", "--port", "0", *arguments, cwd=tmp_path), *words)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("port = ", ("cannot be read",)),
            ("[server]\nport = 1", ("[server] is no command", "serve")),
            ("port = 'many'", ("many",)),
            ("prot = 1", ("'prot' is no option", "port")),
            ("[serve]\nflag = 'slow'", ("[serve]", "'flag' is no option")),
        ],
    )
    def test_settings_file(self, tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
        """The file is named."""
        (tmp_path / "idmock.toml").write_text(text)
        assert_one_sentence(idmock("serve", cwd=tmp_path), *words)

    def test_settings_file_that_is_not_there(self, tmp_path: Path) -> None:
        """Absent is fine unless it was named."""
        assert_one_sentence(idmock("--config", "x.toml", "serve", cwd=tmp_path), "x.toml does not exist")
