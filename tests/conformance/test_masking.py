"""What never stands in a report, wherever it comes from."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.operators import shortened
from conformance.curl import as_curl, as_text
from conformance.masking import Masks
from conformance.model import Account, Answer, Failure, Request, Verdict
from tests.conformance.rows import result

SECRET = "bhMOCKUCF+rQUx/U3GV784G6G=p5i8svM"
NUMBER = "11010519491231002X"
MASKS = Masks.of([SECRET], ["Authorization", "Signature", "X-Subject-Token"])
KEYS = {"secret_id": "AKIDFmMOCK1xw4kKwxQBc6ET7DnS2kK6Tpv0", "secret_key": SECRET}
ACCOUNT = Account("tencent", "active", KEYS)
printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60)


class TestText:
    """Any text."""

    @given(secret=printable, before=st.text(max_size=9), after=st.text(max_size=9))
    def test_a_secret_in_any_spelling(self, secret: str, before: str, after: str) -> None:
        """As it is, in JSON, in a query and in a form it is gone, between any words."""
        masks = Masks.of([secret])
        for spelling in (
            secret,
            json.dumps(secret)[1:-1],
            quote(secret, safe=""),
            urlencode({"": secret})[1:],
        ):
            assert spelling not in masks.text(f"{before} {spelling} {after}")

    def test_a_key_behind_an_escape(self) -> None:
        """What stands before a key in JSON can be the letter of an escape: it goes all the same."""
        assert SECRET not in MASKS.text(json.dumps(f"line\n{SECRET}line"))

    def test_a_word_is_not_torn(self) -> None:
        """A short credential, such as a user's name, hides itself and not the words that contain it."""
        assert Masks.of(["admin"]).text("admin administers admin's") == "*** administers ***'s"

    @pytest.mark.parametrize("number", [NUMBER, NUMBER.lower(), "440524188001010014"])
    def test_id_numbers(self, number: str) -> None:
        """Birth date and the digits after it are hidden; what is longer or shorter is none."""
        assert MASKS.text(f'"{number}"') == f'"{number[:6]}********{number[14:]}"'
        assert MASKS.text(f"No.{number}") == f"No.{number[:6]}********{number[14:]}"
        assert MASKS.text("1700000000000") == "1700000000000"
        assert MASKS.text("0.123456789012345678") == "0.123456789012345678"

    @pytest.mark.parametrize("wrap", ["{}", "data:image/jpeg;base64,{}", "image={}&x=1"])
    def test_pictures(self, wrap: str) -> None:
        """Base64 of some length is told by its length, percent-encoded or not."""
        picture = base64.b64encode(bytes(range(256)) * 4).decode()
        for text in (picture, quote(picture, safe="")):
            shown = MASKS.text(wrap.format(text))
            assert picture[:40] not in shown
            assert f"({len(picture)} characters)" in shown

    @pytest.mark.parametrize(
        "escape",
        [
            lambda text: json.dumps(text).replace("/", "\\/"),
            lambda text: json.dumps(text).replace("+", "\\u002B").replace("=", "\\u003d"),
            lambda text: json.dumps(json.dumps(text).replace("/", "\\/")),
            lambda text: "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76)),
            lambda text: json.dumps("\n".join(text[at : at + 64] for at in range(0, len(text), 64))),
        ],
        ids=["slashes", "pluses", "json in json", "lines of mime", "lines in json"],
    )
    def test_pictures_as_others_write_them(self, escape: Callable[[str], str]) -> None:
        """PHP escapes slashes, .NET pluses, and MIME has lines: a picture without a long run goes all the same."""
        picture = base64.b64encode(hashlib.sha512(b"x").digest() * 40).decode()
        shown = MASKS.text(escape(picture))
        assert len(shown) < 80
        assert "characters)" in shown

    def test_words_are_no_picture(self) -> None:
        """Many lines of a text, each of them long, stay as they are."""
        text = "\n".join(
            ["a line of some text that goes on for more than seventy-six characters, as a log does"] * 9
        )
        assert MASKS.text(text) == text

    @pytest.mark.parametrize("form", ["\\u{:04x}", "\\u{:04X}"])
    def test_a_secret_as_others_escape_it(self, form: str) -> None:
        """What a service echoes is escaped as its own JSON writer does."""
        secret = "AKID/of+nobody=&<'>x"
        masks = Masks.of([secret])
        net = secret.translate({ord(c): form.format(ord(c)) for c in "+&<>'"})
        go = secret.translate({ord(c): form.format(ord(c)) for c in "&<>"})
        for echoed in (net, go, secret.replace("/", "\\/")):
            assert masks.text(f"key {echoed}.") == "key ***."

    @given(text=st.text("\\/+=AKn\r\n%2Bu0", max_size=300))
    def test_any_text_is_gone_through_in_time(self, text: str) -> None:
        """However odd its escapes are."""
        MASKS.text(text * 200)

    def test_a_digest_stays(self) -> None:
        """A header with a digest in it helps, and is no picture."""
        line = "x-acs-content-sha256=" + "e3b0c44298fc1c149afbf4c8996fb924" * 2
        assert MASKS.text(line) == line

    @pytest.mark.parametrize("kept", [6, 10, len(SECRET) - 1])
    def test_the_beginning_of_a_secret_is_one_too(self, kept: int) -> None:
        """A text that was cut in the middle of a secret, or of a number, does not show its half; nor a second cut."""
        text = "x" * (240 - kept) + SECRET
        cut = f"{text[:240]}… (900 characters)"
        assert SECRET[:kept] not in MASKS.text(cut)
        assert SECRET[:kept] not in MASKS.text(f"an answer… (with a bracket) {cut}")
        for digits in (8, 13, 15):
            assert NUMBER[:digits] not in MASKS.text(f"birth {NUMBER[:digits]}… (900 characters)")

    def test_named_parameters(self) -> None:
        """A parameter that gives access is hidden by its name, whatever its value is."""
        assert MASKS.text("/?a=1&Signature=abc%3D&b=2") == "/?a=1&Signature=***&b=2"
        assert MASKS.text("XSignature=abc") == "XSignature=abc"

    @pytest.mark.parametrize(
        "echo", ["X-Subject-Token: MIIx", '{"x-subject-token": "MIIx"}', r'"{\"X-Subject-Token\":\"MIIx\"}"']
    )
    def test_headers_that_are_echoed(self, echo: str) -> None:
        """A service that answers with what it was sent does not bring a token into a report."""
        assert "MII" not in MASKS.text(echo)


class TestResults:
    """Whole results."""

    def test_nothing_of_a_result_is_left_out(self) -> None:
        """Reason, request, answer, place, expected and actual are all gone through: members have names of any kind."""
        text = f"{SECRET} {NUMBER}"
        failure = Failure("equals", f"/{text}", text, text + "!")
        shown = MASKS.result(
            result(Verdict.FAIL, reason=text, failures=(failure,), request=text, answer=text)
        )
        for secret in (SECRET, NUMBER):
            assert secret not in json.dumps(shown.as_json())

    def test_what_differs_where_it_is_masked_says_so(self) -> None:
        """Two numbers that look alike when they are masked are told apart in words."""
        failure = Failure("truth", "/n", f'"{NUMBER}"', '"11010519500101002X"')
        (shown,) = MASKS.result(result(Verdict.FAIL, failures=(failure,))).failures
        assert shown.expected == '"110105********002X"'
        assert shown.actual == '"110105********002X" (another one: they differ where they are masked)'

    def test_a_header_that_gives_access(self) -> None:
        """A token that came in a header is hidden by the header's name."""
        failure = Failure("type", "header X-Subject-Token", "type integer", '"MIIYxyz"')
        (shown,) = MASKS.result(result(Verdict.FAIL, failures=(failure,))).failures
        assert "MIIY" not in shown.actual


class TestCurl:
    """The line that sends a request again."""

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (
                "TC3-HMAC-SHA256 Credential=AKIDx/2023-11-14/ocr/tc3_request, SignedHeaders=content-type;host, "
                "Signature=39af12",
                "TC3-HMAC-SHA256 Credential=***/2023-11-14/ocr/tc3_request, SignedHeaders=content-type;host, "
                "Signature=***",
            ),
            (
                "ACS3-HMAC-SHA256 Credential=LTAIx,SignedHeaders=host;x-acs-date,Signature=06563a",
                "ACS3-HMAC-SHA256 Credential=***, SignedHeaders=host;x-acs-date, Signature=***",
            ),
            (
                "SDK-HMAC-SHA256 Access=HPUAx, SignedHeaders=host;x-sdk-date, Signature=1234",
                "SDK-HMAC-SHA256 Access=***, SignedHeaders=host;x-sdk-date, Signature=***",
            ),
            ("APPCODE ebMOCK2d83902244c960030c14985d10", "APPCODE ***"),
            ("ebMOCK2d83902244c960030c14985d10", "***"),
            ("", "***"),
            ("Basic dXNlcjpwYXNz", "Basic ***"),
        ],
    )
    def test_authorization_keeps_what_helps(self, value: str, shown: str) -> None:
        """Scheme, scope and the names of what was signed stay; who called and the signature go."""
        assert MASKS.header("authorization", value) == shown

    def test_the_line_is_for_a_shell(self) -> None:
        """Quoted as a shell wants it, chunked as it was sent, without secret and picture."""
        picture = base64.b64encode(b"p" * 3000).decode()
        body = json.dumps({"ImageBase64": picture, "Note": "it's", "key": SECRET}).encode()
        request = Request(
            "POST", f"/a?SecretId={KEYS['secret_id']}", {"Host": "h", "Authorization": "x"}, body, 7
        )
        line = as_curl("http://127.0.0.1:1/", request, ACCOUNT, {"authorization"})
        assert line.startswith(
            "curl -sS -X POST -H 'Host: h' -H 'Authorization: ***' -H 'Transfer-Encoding: chunked'"
        )
        assert line.endswith("http://127.0.0.1:1/a?SecretId=***'")
        assert "(4000 characters)" in line
        assert """it'"'"'s""" in line
        for secret in (*KEYS.values(), picture[:100]):
            assert secret not in line

    def test_bytes_are_counted(self) -> None:
        """A body that is no text is told by its length, one that is too long is cut."""
        assert "'(3 bytes)'" in as_curl("http://h", Request("POST", "/", {}, b"\xff\xfe\x00"), ACCOUNT, ())
        line = as_curl("http://h", Request("POST", "/", {}, b"word " * 1000), ACCOUNT, ())
        assert len(line) < 2000
        assert "(5000 bytes)" in line

    def test_an_answer(self) -> None:
        """Status, headers and body, with the same things hidden, secrets that a cut would halve among them."""
        body = "a " * 740 + SECRET
        answer = Answer(200, [("X-Subject-Token", "MII x"), ("X-Echo", KEYS["secret_id"])], body.encode())
        text = as_text(answer, ACCOUNT, {"x-subject-token"})
        assert text.splitlines()[:3] == ["HTTP 200", "X-Subject-Token: MII ***", "X-Echo: ***"]
        assert SECRET[:8] not in text
        assert as_text(Answer(204, [], b""), ACCOUNT, ()) == "HTTP 204\n\n"

    def test_what_a_report_cuts_was_masked_before(self) -> None:
        """The operators cut a value before it is masked; the rest of a secret at the cut goes then."""
        shown = shortened("x" * 220 + SECRET + "y" * 200)
        assert SECRET[:8] in shown
        assert SECRET[:8] not in Masks.of([SECRET]).text(shown)


@pytest.mark.parametrize("padding", ["", " " * 10, " " * 1480, " " * 3000, "\n" * 2_000_000])
def test_a_body_that_is_padded(padding: str) -> None:
    """To the size of a limit, for one: it is masked and cut like any other."""
    body = json.dumps({"Number": NUMBER, "Key": SECRET}) + padding
    shown = MASKS.text(body)
    line = as_curl("http://x", Request("POST", "/", {}, body.encode()), ACCOUNT, ())
    cut = shown if len(shown) <= 1500 else f"{shown[:1500]}… ({len(body)} bytes)"
    assert f"--data-binary {shlex.quote(cut)}" in line
