"""Aliyun's contract is complete and true to its sources: codes, statuses, texts, triggers."""

from __future__ import annotations

import re

import pytest

from mockserver.cards.named import load_specimens
from mockserver.contract import Contract, load_contract
from mockserver.data import data_path


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AUTHENTICATION = words("""
    MissingAccessKeyId MissingSignature MissingTimestamp MissingSignatureNonce MissingSignatureMethod
    MissingSignatureVersion InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive SignatureDoesNotMatch
    IncompleteSignature InvalidSignatureMethod InvalidSignatureVerssion InvalidTimeStamp.Format
    InvalidTimeStamp.Expired SignatureNonceUsed MissingSecurityToken InvalidSecurityToken.Expired
    InvalidSecurityToken.Malformed InvalidSecurityToken.MismatchWithAccessKey ContentMD5NotMatched
""")
GATEWAY = words("""
    InvalidAction.NotFound InvalidProduct.NotFound InvalidVersion MissingAction MissingVersion
    InvalidParameter.Format InvalidParameter.Accept UnsupportedHTTPMethod InvalidOutputFigure
    InvalidOutputQualityInfo InvalidUrl ServiceUnavailable InternalError RequestParameterMalformed
""")
THROTTLING = words("Throttling.User Throttling.Api Throttling")
PRODUCT = words("""
    imageUrlOrBodyEmpty MissingImageUrl exceededImageUrlLength notSafeImageUrl unsupportedEncodeImageUrl
    IllegalImageUrl imageTimeOut exceededImageContent unsupportedImageFormat illegalImageContent illegalImageSize
    unmatchedImageType ExceededFaceBackCount noPermission ocrServiceNotOpen OcrServiceExpired algorithmError
    AlgorithmTimeout ServiceTimeout ServiceUnavailable deprecatedApi illegalSignature invalidStsToken illegalApiName
""")
#: Of other operations of the product, of other products, or made up: none of them may ever go out.
FOREIGN = words("""
    ExceededImageSize illegalImageType MissingImageType illegalCutType illegalSubject PaperCutEmptyImage
    unsupportedLanguage MissingLanguages InvalidCountry convertPDFToImgError exceededPDFContent illegalPDFContent
    invalidInputParameter unsupportedRegion ocrRequestTooFast insufficientBalance Forbidden.RAM InvalidImage.Content
""")

#: What is compared letter by letter: rule, status, text.
TEXTS = [
    ("MissingAccessKeyId", 400, "AccessKeyId is mandatory for this action."),
    ("InvalidAccessKeyId.NotFound", 404, "Specified access key is not found."),
    ("InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled."),
    ("SignatureDoesNotMatch", 400, "Specified signature does not match our calculation."),
    ("InvalidSignatureVerssion", 400, "Invalid signature version."),
    ("InvalidTimeStamp.Format", 400, "Specified time stamp or date value is not well formatted."),
    ("SignatureNonceUsed", 400, "Specified signature nonce was used already."),
    ("InvalidAction.NotFound", 404, "Specified api is not found, please check your url and method."),
    ("UnsupportedHTTPMethod", 400, "Specified signature is not matched with our calculation."),
    ("Throttling.User", 400, "Request was denied due to user flow control."),
    ("noPermission", 401, "You are not authorized to perform this operation."),
    ("ocrServiceNotOpen", 401, "You have not activated the OCR service."),
    ("OcrServiceExpired", 401, "The OCR service has expired."),
    ("exceededImageContent", 413, "The image content size exceeds the 10 MB limit."),
    ("unsupportedImageFormat", 415, "The image format or content is not supported."),
    ("illegalImageSize", 416, "The image size must not be less than 5px or greater than 8192px."),
    ("unmatchedImageType", 400, "The image type does not match the API operation."),
    ("algorithmError", 503, "An algorithm error occurred."),
    ("ServiceTimeout", 504, "The requested service is timed out."),
    ("ServiceUnavailable#product", 503, "Server error."),
    ("InternalError", 500, "The request processing has failed due to some unknown error, exception or failure."),
    ("MissingSignature", 400, "Signature is mandatory for this action."),
    ("MissingTimestamp", 400, "Timestamp is mandatory for this action."),
    ("MissingSignatureNonce", 400, "SignatureNonce is mandatory for this action."),
    ("MissingSignatureMethod", 400, "SignatureMethod is mandatory for this action."),
    ("MissingSignatureVersion", 400, "SignatureVersion is mandatory for this action."),
    ("MissingSecurityToken", 400, "SecurityToken is mandatory for this action."),
    ("RequestParameterMalformed", 400, "Request parameters has malformed encoded characters."),
    ("MissingAction", 400, "Action is mandatory for this action."),
    ("MissingVersion", 400, "Version is mandatory for this action."),
    ("IncompleteSignature", 400, "The request signature does not conform to Aliyun standards."),
    ("InvalidSecurityToken.Expired", 400, "Specified SecurityToken is expired."),
    ("InvalidSecurityToken.Malformed", 400, "Specified SecurityToken is malformed."),
    ("InvalidSecurityToken.MismatchWithAccessKey", 400, "Specified SecurityToken mismatch with the AccessKey."),
    ("InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."),
    ("InvalidSignatureMethod", 400, "Specified signature method is not valid."),
    ("SignatureDoesNotMatch#rpc", 400, "Specified signature is not matched with our calculation. "
     "server string to sign is:POST&%2F&AccessKeyId%3DtestAccessKeyId"),
    ("ContentMD5NotMatched", 400, "Specified content md5 is not matched with your request body."),
    ("InvalidProduct.NotFound", 404, "Cannot find product according to your specified domain."),
    ("InvalidAction.NotFound#path", 404, "Specified api is not found, please check your url and method."),
    ("InvalidParameter.Format", 400, "Specified parameter format is not valid."),
    ("InvalidParameter.Accept", 400, "Specified parameter format is not valid."),
    ("InvalidVersion", 400, "Specified parameter Version is not valid."),
    ("InvalidOutputFigure", 400, "Specified parameter OutputFigure is not valid."),
    ("InvalidOutputQualityInfo", 400, "Specified parameter OutputQualityInfo is not valid."),
    ("InvalidUrl", 400, "Specified parameter Url is not valid."),
    ("Throttling.Api", 400, "Request was denied due to api flow control."),
    ("Throttling", 400, "Request was denied due to request throttling."),
    ("ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server."),
    ("illegalApiName", 400, "Invalid API name."),
    ("illegalSignature", 400, "The signature is incorrect."),
    ("invalidStsToken", 400, "The STS token is invalid."),
    ("deprecatedApi", 400, "The api is deprecated."),
    ("imageUrlOrBodyEmpty", 400, "The image URL or body is empty."),
    ("MissingImageUrl", 400, "You must specify image URL."),
    ("exceededImageUrlLength", 400, "The image URL length exceeds 2048 characters."),
    ("notSafeImageUrl", 400, "The image URL is not safe."),
    ("unsupportedEncodeImageUrl", 400, "The image URL encoding cannot be parsed."),
    ("IllegalImageUrl", 400, "The image URL is unavailable or has timed out."),
    ("imageTimeOut", 400, "Get image data time out."),
    ("illegalImageContent", 400, "The corresponding image content is missing."),
    ("ExceededFaceBackCount", 400, "The number of the front and back sides of the image exceeds the limit."),
    ("AlgorithmTimeout", 503, "The requested algorithm service is unavailable. Please try again with a smaller image."),
]  # fmt: skip


@pytest.fixture(scope="module")
def aliyun() -> Contract:
    return load_contract("aliyun")


def test_it_has_the_codes_of_every_source(aliyun: Contract) -> None:
    """The gateway's table and the product's page, as far as they concern this operation; nothing else."""
    codes = {row.code for row in aliyun.errors.values()}
    assert codes == AUTHENTICATION | GATEWAY | THROTTLING | PRODUCT
    assert not codes & FOREIGN


@pytest.mark.parametrize(("rule", "status", "text"), TEXTS)
def test_statuses_and_texts(aliyun: Contract, rule: str, status: int, text: str) -> None:
    """Clients match on them."""
    row = aliyun.error(rule)
    assert (row.http_status, row.text()) == (status, text)


def test_the_text_of_every_row_is_compared(aliyun: Contract) -> None:
    """A row that is added is added above as well, from the same source."""
    assert sorted(rule for rule, _, _ in TEXTS) == sorted(aliyun.errors)


def test_the_family_tells_who_answers(aliyun: Contract) -> None:
    """The order of an error's members follows from it."""
    gateway = {r.code for r in aliyun.errors.values() if r.family in aliyun.operation["gateway_families"]}
    product = {r.code for r in aliyun.errors.values() if r.family not in aliyun.operation["gateway_families"]}
    assert gateway == AUTHENTICATION | GATEWAY | THROTTLING
    assert product == PRODUCT


def test_triggers_use_specimens_and_members_that_are_explained(aliyun: Contract) -> None:
    """By whoever reads the README beside the data."""
    text = data_path("schemas", "README.md").read_text(encoding="utf-8")
    section = text.split("### `request` for Aliyun")[1].split("\n#")[0]
    explained = set(re.findall(r"`([a-z_]+)`", section))
    for row in aliyun.errors.values():
        assert row.trigger.specimen in load_specimens(), row.rule
        assert set(row.trigger.request) <= explained, row.rule


def test_no_two_rows_have_the_same_trigger(aliyun: Contract) -> None:
    """And none is an ordinary call."""
    seen = [
        (t.specimen, t.account, str(t.parameters), t.omit, str(t.image), str(t.request))
        for t in (row.trigger for row in aliyun.errors.values())
    ]
    assert len(set(seen)) == len(seen)
    assert ("front", "active", "{}", (), "None", "{}") not in seen


def test_every_row_names_its_section(aliyun: Contract) -> None:
    """Nothing in the catalogue is without source."""
    for row in aliyun.errors.values():
        assert "contract §" in row.source, row.rule


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("ocr-api.cn-hangzhou.aliyuncs.com", True),
        ("OCR-API.cn-hangzhou.aliyuncs.com:443", True),
        ("ecs.aliyuncs.com", True),
        ("aliyuncs.com.example.org", False),
        ("idc.market.alicloudapi.com", False),
        ("127.0.0.1:4590", False),
    ],
)
def test_hosts(aliyun: Contract, host: str, own: bool) -> None:
    """All of the platform's, so that a wrong product is told by the vendor; not the marketplace's."""
    assert aliyun.is_vendor_host(host) == own


def test_the_pages_own_example_fits_the_schema(aliyun: Contract) -> None:
    """The templates of the contract's §6.5, with the placeholder texts of Code and Message left out."""
    person = {"key": "name", "keyProb": 100, "value": "王銘宇", "valueProb": 100}
    face = (
        '{"algo_version":"48f3e265513a79d5f9bc26f0c010476bbd856b2d","data":{"face":{"algo_version":'
        '"48f3e265513a79d5f9bc26f0c010476bbd856b2d","angle":0,"data":{"address":"四川省攀枝花市榕树街277号",'
        '"birthDate":"1986年1月9日","ethnicity":"汉","idNumber":"510124198809071234","name":"王銘宇","sex":"男"},'
        '"figure":[{"box":{"angle":0,"h":190,"w":150,"x":485,"y":175},"h":190,"points":[{"x":410,"y":80},'
        '{"x":560,"y":80},{"x":560,"y":270},{"x":410,"y":270}],"type":"face","w":150,"x":410,"y":80}],"ftype":0,'
        '"height":397,"orgHeight":397,"orgWidth":619,"prism_keyValueInfo":[ENTRIES],"sliceRect":{"x0":10,"x1":623,'
        '"x2":629,"x3":10,"y0":17,"y1":18,"y2":398,"y3":412},"warning":{"completenessScore":100,"isCopy":0,'
        '"isReshoot":0,"qualityScore":89.296059,"tamperScore":99.99968},"width":619}},"height":416,"orgHeight":416,'
        '"orgWidth":629,"width":629}'
    )
    keys = ("name", "sex", "ethnicity", "birthDate", "address", "idNumber")
    entries = ",".join(str({**person, "key": key}).replace("'", '"') for key in keys)
    body = {
        "RequestId": "86B83935-DD36-195B-B6E4-D07BE370C8B6",
        "Data": face.replace("ENTRIES", entries),
    }
    assert not list(aliyun.response_validator.iter_errors(body))
    swapped = {**body, "Data": body["Data"].replace('"key": "sex"', '"key": "name"')}
    assert list(aliyun.response_validator.iter_errors(swapped))
