"""Who may call: signatures as the SDKs of several languages make them, tokens, the window, lenient and strict."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from mockserver.accounts import Account
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import VECTOR_TIME, StartMock
from tests.tencent.conftest import Client, mint
from tests.tencent.raw import HOST, Raw, tc3, v1, v1_parameters
from tests.tencent.sdk import Sdk, picture

NO_IMAGE = "InvalidParameterValue.InvalidParameterValueLimit"
FAILURE = "AuthFailure.SignatureFailure"
INVALID = "AuthFailure.InvalidAuthorization"
NOT_FOUND = "AuthFailure.SecretIdNotFound"
SIGN_METHODS = ("TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256")


@pytest.fixture
def strict_mock(start_mock: StartMock) -> MockServer:
    """A server of the edition that checks signatures as production does."""
    return start_mock(Settings(editions={"tencent": ("strict-scope",)}))


class TestSdk:
    """Every way of signing that the Python SDK has."""

    @pytest.mark.parametrize("method", ["POST", "GET"])
    @pytest.mark.parametrize("sign_method", SIGN_METHODS)
    def test_methods(
        self, idmock: MockServer, account: Account, client: Client, method: str, sign_method: str
    ) -> None:
        """TC3, HmacSHA1 and HmacSHA256, each by POST and by GET; the picture comes by address."""
        sdk = client(idmock, account, sign_method=sign_method, reqMethod=method)
        answer = sdk.call({"ImageUrl": f"{idmock.url}/_idmock/specimens/front.jpg"})
        assert answer["Name"] == "饶光鸣"

    def test_form_carries_a_picture(self, idmock: MockServer, account: Account, client: Client) -> None:
        """A v1 form holds the whole picture, as long as it is below 1 MB."""
        sdk = client(idmock, account, sign_method="HmacSHA1")
        assert sdk.call(picture(idmock, "front"))["Name"] == "饶光鸣"

    def test_unsigned_payload(self, idmock: MockServer, account: Account, client: Client) -> None:
        """The SDK's switch: the body is not part of the signature."""
        sdk = client(idmock, account, unsigned_payload=True)
        assert sdk.call(picture(idmock, "front"))["Name"] == "饶光鸣"
        assert sdk.reply.request.headers["X-TC-Content-SHA256"] == "UNSIGNED-PAYLOAD"

    @pytest.mark.parametrize("sign_method", SIGN_METHODS)
    def test_booleans_in_text(
        self, idmock: MockServer, account: Account, client: Client, sign_method: str
    ) -> None:
        """The SDK writes True and False into queries and forms."""
        sdk = client(idmock, account, sign_method=sign_method, reqMethod="GET")
        url = f"{idmock.url}/_idmock/specimens/front-birth-mismatch.jpg"
        raw = sdk.call({"ImageUrl": url, "EnableRecognitionRectify": False})
        mended = sdk.call({"ImageUrl": url, "EnableRecognitionRectify": True})
        assert "EnableRecognitionRectify=True" in str(sdk.reply.request.url)
        assert (raw["Birth"], mended["Birth"]) == ("1995/2/15", "1995/2/14")

    def test_dotted_config(self, idmock: MockServer, account: Account, client: Client) -> None:
        """A nested Config is flattened by the SDK to ``Config.Quality=True``: an object where a string belongs."""
        sdk = client(idmock, account, reqMethod="GET")
        error = sdk.refusal({"ImageUrl": "https://xx/a.jpg", "Config": {"Quality": True}})
        assert "Config.Quality=True" in str(sdk.reply.request.url)
        assert error.get_code() == "InvalidParameter"
        assert error.get_message() == "参数 `Config` 取值类型错误。参数类型应为 `string`"

    def test_proxied(self, idmock: MockServer, account: Account, client: Client) -> None:
        """Through a proxy the request line is an absolute URI and the host is the vendor's."""
        sdk = client(idmock, account, endpoint=HOST, proxy=idmock.url)
        assert sdk.call(picture(idmock, "front"))["Name"] == "饶光鸣"
        assert sdk.reply.request.headers["Host"] == HOST

    def test_gateway_endpoint(self, idmock: MockServer, account: Account, client: Client) -> None:
        """With ``apigw_endpoint`` the Host header is the mock's, while the signature covers the vendor's."""
        sdk = client(idmock, account, endpoint=HOST)
        sdk.client.profile.httpProfile.apigw_endpoint = idmock.authority
        assert sdk.call(picture(idmock, "front"))["Name"] == "饶光鸣"
        assert sdk.reply.request.headers["Host"] == idmock.authority

    def test_region_of_the_host_is_independent(self, idmock: MockServer, account: Account) -> None:
        """A region-pinned host may differ from the region that is asked for."""
        host = "ocr.ap-shanghai.tencentcloudapi.com"
        assert tc3(account, {}, host=host).send(idmock).code == NO_IMAGE

    def test_international_host_does_not_have_the_action(self, idmock: MockServer, account: Account) -> None:
        """Its catalogue has the action under another name."""
        reply = tc3(account, {}, host="ocr.intl.tencentcloudapi.com").send(idmock)
        assert reply.code == "InvalidAction"
        assert "RecognizeMainlandIDCardOCR" in reply.headers["x-idmock-hint"]

    @pytest.mark.parametrize("sign_method", SIGN_METHODS)
    def test_wrong_key(self, idmock: MockServer, account: Account, client: Client, sign_method: str) -> None:
        """The message is the one that developers see most."""
        error = client(idmock, account, secret_key="wrong", sign_method=sign_method).refusal({})
        assert (error.get_code(), error.get_message()) == (
            FAILURE,
            "请求签名验证失败，请检查您的签名计算是否正确。",
        )

    def test_skip_sign(self, idmock: MockServer, account: Account, sdk: Sdk) -> None:
        """``Authorization: SKIP`` is not of the form."""
        assert sdk.refusal({}, options={"SkipSign": True}).get_code() == INVALID


class TestTokens:
    """Temporary keys come with a token."""

    @pytest.mark.parametrize("sign_method", SIGN_METHODS)
    def test_right_token(self, idmock: MockServer, client: Client, sign_method: str) -> None:
        """In a header with v3, among the signed parameters with v1."""
        temporary = mint(idmock, token="TOKENMOCK")
        sdk = client(idmock, temporary, sign_method=sign_method)
        assert sdk.refusal({}).get_code() == NO_IMAGE

    def test_ready_made_account(self, idmock: MockServer, client: Client) -> None:
        """The account ``temporary`` works with its token."""
        sdk = client(idmock, idmock.account("tencent", "temporary"))
        assert sdk.call(picture(idmock, "front"))["Name"] == "饶光鸣"

    @pytest.mark.parametrize("sign_method", SIGN_METHODS)
    @pytest.mark.parametrize(
        ("token", "code"), [(None, NOT_FOUND), ("other", "AuthFailure.TokenFailure")], ids=["none", "wrong"]
    )
    def test_other_tokens(
        self, idmock: MockServer, client: Client, sign_method: str, token: str | None, code: str
    ) -> None:
        """Without its token a temporary key is not found; with another one the token is at fault."""
        temporary = mint(idmock, token="TOKENMOCK")
        assert client(idmock, temporary, token=token, sign_method=sign_method).refusal({}).get_code() == code

    def test_token_of_a_permanent_key(self, idmock: MockServer, account: Account, client: Client) -> None:
        """A key that is not temporary has no token that could be right."""
        error = client(idmock, account, token="TOKENMOCK").refusal({})
        assert error.get_code() == "AuthFailure.TokenFailure"

    def test_token_is_not_in_the_signature_of_v3(self, idmock: MockServer) -> None:
        """Exchanged after signing, it is still the token that is refused."""
        signed = tc3(mint(idmock, token="TOKENMOCK"), {}).with_headers({"X-TC-Token": "TOKENMOCK"})
        assert signed.send(idmock).code == NO_IMAGE
        assert signed.with_headers({"X-TC-Token": "OTHER"}).send(idmock).code == "AuthFailure.TokenFailure"


class TestWindow:
    """Five minutes on either side of the server's time; the edge is inside."""

    @pytest.mark.parametrize("sign_method", SIGN_METHODS)
    @pytest.mark.parametrize("skew", [-301, -300, -299, 0, 299, 300, 301])
    def test_edges(self, frozen_mock: MockServer, client: Client, skew: int, sign_method: str) -> None:
        """For every way of signing."""
        sdk = client(frozen_mock, mint(frozen_mock), sign_method=sign_method)
        expected = "AuthFailure.SignatureExpire" if abs(skew) > 300 else NO_IMAGE
        assert sdk.refusal({}, skew=skew).get_code() == expected

    def test_fractions_of_the_servers_second_do_not_count(self, frozen_mock: MockServer) -> None:
        """Timestamps are whole seconds, so the server's time is taken as one."""
        frozen_mock.clock.shift(0.9)
        request = tc3(mint(frozen_mock), {}, timestamp=VECTOR_TIME - 300)
        assert request.send(frozen_mock).code == NO_IMAGE

    def test_scope_with_the_local_date(self, frozen_mock: MockServer) -> None:
        """Eight hours east the next day has begun: a scope with that date does not match the timestamp."""
        reply = tc3(mint(frozen_mock), {}, timestamp=VECTOR_TIME, date="2023-11-15").send(frozen_mock)
        assert reply.code == FAILURE
        hint = reply.headers["x-idmock-hint"]
        assert "the credential scope says 2023-11-15, the timestamp is 2023-11-14 in UTC; " in hint

    def test_another_date_in_the_header_than_in_the_signature(self, frozen_mock: MockServer) -> None:
        """The signature is made with the right date; the one that the header claims is not passed over."""
        request = tc3(mint(frozen_mock), {}, timestamp=VECTOR_TIME)
        claimed = request.headers["Authorization"].replace("/2023-11-14/", "/2023-11-15/")
        reply = request.with_headers({"Authorization": claimed}).send(frozen_mock)
        assert reply.code == FAILURE
        hint = "the credential scope says 2023-11-15, the timestamp is 2023-11-14 in UTC"
        assert hint in reply.headers["x-idmock-hint"]


class TestOtherClients:
    """Node, Java and Go sign differently against a local address; the default takes them all."""

    def test_node(self, idmock: MockServer, account: Account) -> None:
        """Host without its port, service from the endpoint's first label, compact JSON."""
        body = json.dumps({"ImageUrl": "https://xx/a.jpg"}, separators=(",", ":")).encode()
        request = tc3(account, body=body, host=idmock.authority, signed_host="127.0.0.1", service="127")
        assert request.send(idmock).code == "FailedOperation.DownLoadError"

    def test_node_at_localhost(self, idmock: MockServer, account: Account) -> None:
        """The service is the whole ``localhost:port``: there is no dot before which it could end."""
        host = idmock.authority.replace("127.0.0.1", "localhost")
        request = tc3(account, {}, host=host, signed_host="localhost", service=host)
        assert request.send(idmock).code == NO_IMAGE

    def test_java(self, idmock: MockServer, account: Account) -> None:
        """Content-Type with a charset, signed as sent; host with its port."""
        request = tc3(
            account, {}, host=idmock.authority, service="127", content_type="application/json; charset=utf-8"
        )
        assert request.send(idmock).code == NO_IMAGE
        other = request.with_headers({"Content-Type": "application/json"})
        assert other.send(idmock).code == FAILURE

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_go_leaves_empty_values_out(self, idmock: MockServer, account: Account, method: str) -> None:
        """Of the string to sign, not of the request."""
        sent = v1_parameters(account, CardSide="", ImageUrl="https://xx/a.jpg")
        signed = {name: value for name, value in sent.items() if value != ""}
        reply = v1(account, sent, method=method, host=idmock.authority, signed=signed).send(idmock)
        assert (reply.code, reply.rule) == (NO_IMAGE, f"{NO_IMAGE}#card-side")

    def test_python_dots_for_underscores(self, idmock: MockServer, account: Account) -> None:
        """A name with an underscore is signed with a dot: the signature holds, the parameter is unknown."""
        sent = v1_parameters(account, Odd_Name="1")
        signed = {name.replace("_", "."): value for name, value in sent.items()}
        reply = v1(account, sent, signed=signed).send(idmock)
        assert (reply.code, reply.message) == (
            "UnknownParameter",
            "The parameter `Odd_Name` is not recognized.",
        )

    def test_default_method_of_v1(self, idmock: MockServer, account: Account) -> None:
        """Without a SignatureMethod the signature is HmacSHA1."""
        sent = v1_parameters(account)
        del sent["SignatureMethod"]
        assert v1(account, sent).send(idmock).code == NO_IMAGE

    def test_more_signed_headers(self, idmock: MockServer, account: Account) -> None:
        """A client may sign more headers than the two it has to."""
        request = tc3(account, {}, signed_headers={"x-extra": "Value"})
        assert request.send(idmock).code == NO_IMAGE
        assert request.with_headers({"x-extra": "Other"}).send(idmock).code == FAILURE

    def test_signed_values_in_lower_case(self, idmock: MockServer, account: Account) -> None:
        """The vendor's document has values of signed headers in lower case; what is sent keeps its own."""
        request = tc3(account, {}, signed_headers={"x-tc-action": "idcardocr"})
        headers = {name: value for name, value in request.headers.items() if name != "x-tc-action"}
        for action, code in (
            ("IDCardOCR", NO_IMAGE),
            ("IDCardOC", "InvalidAction"),
            ("IDCARDocr", "InvalidAction"),
        ):
            sent = replace(request, headers={**headers, "X-TC-Action": action})
            assert sent.send(idmock).code == code
        region = tc3(account, {}, signed_headers={"x-tc-region": "ap-shanghai"})
        headers = {name: value for name, value in region.headers.items() if name != "x-tc-region"}
        assert replace(region, headers={**headers, "X-TC-Region": "ap-beijing"}).send(idmock).code == FAILURE


class TestStrict:
    """The edition ``strict-scope`` refuses what only a local address excuses."""

    def test_production_like_call(self, strict_mock: MockServer, client: Client) -> None:
        """The Python SDK signs the right service and the host it sends."""
        sdk = client(strict_mock, mint(strict_mock))
        assert sdk.call(picture(strict_mock, "front"))["Name"] == "饶光鸣"

    def test_service_of_the_endpoint(self, strict_mock: MockServer) -> None:
        """The error that Node and Java users get from production with an unusual endpoint."""
        reply = tc3(mint(strict_mock), {}, host=strict_mock.authority, service="127").send(strict_mock)
        assert reply.code == INVALID
        assert reply.message == (
            "The request `Authorization` header does not conform to tencentcloud standards: "
            "`Service` in Credential not valid."
        )

    @pytest.mark.parametrize("signed_host", ["127.0.0.1", HOST])
    def test_signed_host_must_be_the_header(self, strict_mock: MockServer, signed_host: str) -> None:
        """Neither the host without its port nor the vendor's own stands in for it."""
        request = tc3(mint(strict_mock), {}, host=strict_mock.authority, signed_host=signed_host)
        assert request.send(strict_mock).code == FAILURE

    def test_the_default_is_strict_at_a_vendor_host(self, idmock: MockServer, account: Account) -> None:
        """Leniency is for local addresses: at ocr.tencentcloudapi.com only ``ocr`` is right."""
        assert tc3(account, {}, service="127").send(idmock).code == INVALID


class TestAuthorizationHeader:
    """What is wrong with a header is named."""

    @pytest.mark.parametrize(
        ("old", "new", "element"),
        [
            ("TC3-HMAC-SHA256 ", "TC3-HMAC-SHA1 ", "Algorithm"),
            ("TC3-HMAC-SHA256 ", "", "Algorithm"),
            ("Credential=", "Credentials=", "Credential"),
            ("/tc3_request", "", "Credential"),
            ("/tc3_request", "/aws4_request", "Terminator"),
            ("/2023-", "/23-", "Date"),
            ("content-type;host", "host", "SignedHeaders"),
            ("Signature=", "Signature=x", "Signature"),
            (", ", " ; ", "Terminator"),
            ("Credential=", "Credential", "Authorization"),
        ],
    )
    def test_malformed(self, frozen_mock: MockServer, old: str, new: str, element: str) -> None:
        """Each part in turn."""
        request = tc3(mint(frozen_mock), {}, timestamp=VECTOR_TIME)
        authorization = request.headers["Authorization"].replace(old, new, 1)
        reply = request.with_headers({"Authorization": authorization}).send(frozen_mock)
        assert (reply.code, reply.rule) == (INVALID, f"{INVALID}#format")
        assert f"`{element}` not valid" in reply.message

    def test_unknown_key(self, idmock: MockServer, account: Account) -> None:
        """Not found, whatever the signature; with v1 too."""
        stranger = replace(account, credentials={"secret_id": "AKIDnobody", "secret_key": "MOCK"})
        assert tc3(stranger, {}).send(idmock).code == NOT_FOUND
        assert v1(stranger, v1_parameters(stranger)).send(idmock).code == NOT_FOUND

    def test_hint_shows_the_servers_string_to_sign(self, idmock: MockServer, account: Account) -> None:
        """With the picture and the token abridged: they are nobody's to see."""
        temporary = mint(idmock, token="TOKENMOCK" * 8)
        token = temporary.credentials["token"]
        sent = v1_parameters(temporary, ImageBase64="A" * 500, Token=token)
        reply = v1(temporary, sent, signed={}).send(idmock)
        hint = reply.headers["x-idmock-hint"]
        assert "ImageBase64=<500 characters>" in hint
        assert "AAAA" not in hint
        assert "TOKENMOCK" not in hint
        assert urlencode({"Nonce": 11886}) in hint

    def test_signature_of_a_raw_get_is_over_the_query_as_sent(
        self, idmock: MockServer, account: Account
    ) -> None:
        """Two spellings of one value are two queries, and both may be signed."""
        for query in ("CardSide=%20x", "CardSide=+x"):
            assert tc3(account, method="GET", query=query).send(idmock).code == NO_IMAGE
        swapped = replace(tc3(account, method="GET", query="CardSide=%20x"), target="/?CardSide=+x")
        assert swapped.send(idmock).code == FAILURE

    def test_body_of_a_get_is_not_signed(self, idmock: MockServer, account: Account) -> None:
        """The payload of a GET is empty, whatever follows the headers."""
        request = tc3(account, method="GET", query="CardSide=FRONT")
        assert replace(request, body=b"ignored").send(idmock).code == NO_IMAGE

    def test_no_style_at_all(self, idmock: MockServer) -> None:
        """A bare GET at the vendor's host: v1 is assumed, and Timestamp is missed first, in English."""
        reply = Raw("GET", "/", {"Host": HOST}).send(idmock)
        assert reply.code == "MissingParameter"
        assert reply.message == "The request is missing a required parameter `Timestamp`."
