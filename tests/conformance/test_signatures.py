"""Who may speak: every way of signing wrongly is refused with AWS's error, every right way is accepted."""

import datetime
import json
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from api import assert_aws_error, error_of, FUNCTIONS

ACCOUNT_SETTINGS = "/2016-08-19/account-settings"
MISMATCH = "The request signature we calculated does not match the signature you provided."


def test_a_signed_request_is_accepted(platform):
    assert platform.request("GET", ACCOUNT_SETTINGS).status == 200


def test_an_unsigned_request_is_refused(platform):
    assert_aws_error(platform.send("GET", ACCOUNT_SETTINGS), 403, "MissingAuthenticationTokenException")


def test_an_unknown_key_is_refused(platform):
    keys = ("AKIAIOSFODNN7EXAMPLE", platform.keys()[1])
    assert_aws_error(platform.request("GET", ACCOUNT_SETTINGS, keys=keys), 403, "UnrecognizedClientException",
                     "The security token included in the request is invalid.")


def test_a_wrong_secret_is_refused(platform):
    keys = (platform.keys()[0], "x" * 40)
    answer = platform.request("GET", ACCOUNT_SETTINGS, keys=keys)
    assert_aws_error(answer, 403, "InvalidSignatureException")
    assert error_of(answer)[2].startswith(MISMATCH)


@pytest.mark.parametrize("what", ["body", "path", "query", "header", "signature"])
def test_a_request_changed_after_signing_is_refused(platform, shared, what):
    method, target, body = "POST", f"{FUNCTIONS}/{shared}/invocations?Qualifier=%24LATEST", b'{"do": "count"}'
    headers = platform.signed(method, target, body, {"X-Amz-Log-Type": "None"})
    if what == "body":
        body = body.replace(b"count", b"fail!")
    elif what == "path":
        target = target.replace(shared, shared[:-1] + "x")
    elif what == "query":
        target = target.replace("%24LATEST", "1")
    elif what == "header":
        headers["X-Amz-Log-Type"] = "Tail"
    else:
        last = headers["Authorization"][-1]
        headers["Authorization"] = headers["Authorization"][:-1] + ("0" if last != "0" else "1")
    assert_aws_error(platform.send(method, target, body, headers), 403, "InvalidSignatureException")


def test_a_request_signed_for_another_method_is_refused(platform, shared):
    target = f"{FUNCTIONS}/{shared}"
    headers = platform.signed("GET", target)
    assert_aws_error(platform.send("DELETE", target, headers=headers), 403, "InvalidSignatureException")
    assert platform.send("GET", target, headers=headers).status == 200


def sign_at(platform, offset_seconds):
    """Headers signed as if the clock were wrong by so much."""
    request = botocore.awsrequest.AWSRequest("GET", platform.endpoint + ACCOUNT_SETTINGS)
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(*platform.keys()), "lambda", "us-east-1")
    then = datetime.datetime.utcnow() + datetime.timedelta(seconds=offset_seconds)
    request.context["timestamp"] = then.strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    signer._inject_signature_to_request(request, signature)
    return dict(request.headers)


@pytest.mark.parametrize("offset", [-280, 0, 280])
def test_a_clock_a_little_wrong_is_forgiven(platform, offset):
    assert platform.send("GET", ACCOUNT_SETTINGS, headers=sign_at(platform, offset)).status == 200


@pytest.mark.parametrize("offset, word", [(-330, "Signature expired"), (-86400, "Signature expired"),
                                          (330, "Signature not yet current"), (86400, "Signature not yet current")])
def test_a_clock_far_wrong_is_refused(platform, offset, word):
    answer = platform.send("GET", ACCOUNT_SETTINGS, headers=sign_at(platform, offset))
    assert_aws_error(answer, 403, "InvalidSignatureException")
    assert error_of(answer)[2].startswith(word)


@pytest.mark.parametrize("service, region", [("s3", "us-east-1"), ("logs", "us-east-1"), ("lambda", "eu-west-1")])
def test_a_scope_of_another_service_or_region_is_refused(platform, service, region):
    answer = platform.request("GET", ACCOUNT_SETTINGS, service=service, region=region)
    assert answer.status == 403
    assert error_of(answer)[0] in ("InvalidSignatureException", "SignatureDoesNotMatch")


def presign(platform, target, expires=60, method="GET", key=None):
    request = botocore.awsrequest.AWSRequest(method, platform.endpoint + target)
    credentials = botocore.credentials.Credentials(*(key or platform.keys()))
    botocore.auth.SigV4QueryAuth(credentials, "lambda", "us-east-1", expires=expires).add_auth(request)
    url = urllib.parse.urlsplit(request.url)
    return f"{url.path}?{url.query}"


def test_a_presigned_request_is_accepted(platform):
    answer = platform.send("GET", presign(platform, ACCOUNT_SETTINGS))
    assert answer.status == 200 and "AccountLimit" in json.loads(answer.body)


def test_a_presigned_request_with_a_query_of_its_own_is_accepted(platform):
    assert platform.send("GET", presign(platform, FUNCTIONS + "?MaxItems=1")).status == 200


def test_a_presigned_request_changed_afterwards_is_refused(platform):
    target = presign(platform, FUNCTIONS + "?MaxItems=1").replace("MaxItems=1", "MaxItems=2")
    assert_aws_error(platform.send("GET", target), 403, "InvalidSignatureException")


@pytest.mark.parametrize("expires", [0, -5, 604801])
def test_a_presigned_request_with_an_absurd_lifetime_is_refused(platform, expires):
    assert platform.send("GET", presign(platform, ACCOUNT_SETTINGS, expires=expires)).status in (400, 403)


def test_both_ways_of_signing_at_once_are_refused(platform):
    target = presign(platform, ACCOUNT_SETTINGS)
    answer = platform.send("GET", target, headers=platform.signed("GET", ACCOUNT_SETTINGS))
    assert answer.status in (400, 403)
    assert error_of(answer)[0].startswith(("IncompleteSignature", "InvalidSignature"))


@pytest.mark.parametrize("authorization", [
    "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x",
    "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
    "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host",
    "Bearer token", "Basic dTpw", "AWS AKID:c2ln", "", "x" * 20000])
def test_a_malformed_authorization_is_refused(platform, authorization):
    answer = platform.send("GET", ACCOUNT_SETTINGS, headers={"Authorization": authorization})
    assert answer.status in (400, 403, 431)
    if answer.status != 431:
        assert error_of(answer)[0]


def test_a_signature_that_leaves_out_the_host_is_refused(platform):
    headers = platform.signed("GET", ACCOUNT_SETTINGS)
    headers["Authorization"] = headers["Authorization"].replace("SignedHeaders=host;", "SignedHeaders=")
    assert platform.send("GET", ACCOUNT_SETTINGS, headers=headers).status in (400, 403)


def test_an_amz_header_added_after_signing_is_refused(platform, shared):
    target = f"{FUNCTIONS}/{shared}/invocations"
    headers = platform.signed("POST", target, b'{"do": "count"}')
    headers["X-Amz-Invocation-Type"] = "DryRun"
    assert platform.send("POST", target, b'{"do": "count"}', headers).status in (400, 403)


def test_an_unsigned_payload_is_refused(platform, shared):
    target = f"{FUNCTIONS}/{shared}/invocations"
    request = botocore.awsrequest.AWSRequest("POST", platform.endpoint + target, data=b'{"do": "count"}',
                                             headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    signer = botocore.auth.S3SigV4Auth(botocore.credentials.Credentials(*platform.keys()), "lambda", "us-east-1")
    signer.payload = lambda _: "UNSIGNED-PAYLOAD"
    signer.add_auth(request)
    answer = platform.send("POST", target, b'{"do": "count"}', dict(request.headers))
    assert answer.status in (400, 403)


def test_a_session_token_that_we_never_gave_is_refused(platform):
    request = botocore.awsrequest.AWSRequest("GET", platform.endpoint + ACCOUNT_SETTINGS)
    credentials = botocore.credentials.Credentials(*platform.keys(), "made-up-token")
    botocore.auth.SigV4Auth(credentials, "lambda", "us-east-1").add_auth(request)
    answer = platform.send("GET", ACCOUNT_SETTINGS, headers=dict(request.headers))
    assert_aws_error(answer, 403, "UnrecognizedClientException")


def test_an_unsigned_request_learns_nothing_of_what_exists(platform, shared):
    answers = {platform.send("GET", f"{FUNCTIONS}/{name}").status for name in (shared, "absent", "bad!name")}
    assert answers == {403}


def test_the_secret_is_in_no_answer(platform, shared):
    secret = platform.keys()[1].encode()
    for target in (ACCOUNT_SETTINGS, FUNCTIONS, f"{FUNCTIONS}/{shared}", "/nowhere"):
        assert secret not in platform.request("GET", target).body
    wrong = platform.request("GET", ACCOUNT_SETTINGS, keys=(platform.keys()[0], "x" * 40))
    assert secret not in wrong.body
