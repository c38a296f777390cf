#!/usr/bin/python3
"""Writes sigv4_vectors.json: requests with the texts and signatures that Debian's botocore derives from them.

Run it by hand when a case is added; the tests only read its result. Every draw comes from a fixed seed.
"""

import json
import os
import random

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUu=="
CLASSIC_DATE = "20150830T123600Z"

PATHS = [
    "/", "", "//", "/./", "/a/./b/../c", "/../../x", "/a//b", "/a/b/", "/a/.", "/a/..", "/-._~0123456789",
    "/%E1%88%B4", "/%20", "/a%20b", "/a+b", "/a%2Bb", "/a%2Fb", "/%25", "/%2e%2e/x", "/a@b:c$d,e;f=g", "/a:b",
    "/a!b*c'd(e)f", "/~user", "/caf%C3%A9/%F0%9F%94%A5", "/a%3Fb", "/a%23b", "/..%2f", "/.hidden", "/...", "/a/...",
    "/2015-03-31/functions/hello/invocations",
    "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello/invocations",
    "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello%3A%24LATEST/invocations",
    "/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:hello/policy",
    "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello",
]
QUERIES = [
    "", "Qualifier=%24LATEST", "a=1&b=2", "b=2&a=1", "a=2&a=1", "a=&b=", "flag", "a=1&flag&b", "A=1&a=1", "a=%20x%20",
    "a=%2B", "a=%26%3D%25", "Param1=value1&Param2=value2", "%E1%88%B4=bar", "tagKeys=k%2F1&tagKeys=k%3A2",
    "MaxItems=50&Marker=abc%3D%3D", "a-b=1&a.b=2&a_b=3&a~b=4", "ab=1&a=2&a%20b=3", "x=%C3%A9&x=%C3%A0", "a=b%3Dc",
    "Version=2012-10-17&Action=Get", "-._~ABCXYZ=-._~abcxyz",
]
HEADER_SETS = [
    [],
    [["Content-Type", "application/json"]],
    [["Content-Type", "application/x-amz-json-1.0"], ["X-Amz-Target", "AWSEvents.PutEvents"]],
    [["X-Amz-Invocation-Type", "Event"], ["X-Amz-Log-Type", "Tail"], ["X-Amz-Client-Context", "e30="]],
    [["My-Header1", " value1"], ["My-Header2", " \"a   b   c\" "]],
    [["My-Header1", "value2"], ["My-Header1", "value2"], ["My-Header1", "value1"]],
    [["Zoo", "z"], ["apple", "a"], ["Mango", "m\t\tm"]],
    [["X-Empty", ""]],
    [["User-Agent", "Boto3/1.26 Botocore/1.29"], ["X-Amzn-Trace-Id", "Root=1-5e1b4151-5ac6c58f3a2e4d6a9c0d1e2f"]],
    [["Content-Type", "text/plain; charset=utf-8"], ["X-Amz-Meta-Name", "a , b,c"]],
]
BODIES = ["", "{}", "{\"key\": \"value\"}", "Param1=value1", "\u00e9\u4e2d\U0001f525", "x" * 300]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
REGIONS = ["us-east-1", "eu-central-1", "local"]
SERVICES = ["service", "lambda", "events", "sts", "iam", "logs", "sqs"]
HOSTS = ["example.amazonaws.com", "127.0.0.1:9000", "lambda.us-east-1.amazonaws.com", "hearth.example:8443"]


def target_of(path, query):
    return path + ("?" + query if query else "")


def make_case(name, method="GET", path="/", query="", headers=(), body="", host=HOSTS[0], region="us-east-1",
              service="service", date=CLASSIC_DATE, token=None, expires=None):
    credentials = Credentials(ACCESS_KEY, SECRET_KEY, token)
    request = AWSRequest(method=method, url=f"http://{host}{target_of(path, query)}", data=body.encode("utf-8"))
    request.headers.add_header("Host", host)
    for header, value in headers:
        request.headers.add_header(header, value)
    request.context["timestamp"] = date
    if expires is None:
        auth = SigV4Auth(credentials, service, region)
    else:
        auth = SigV4QueryAuth(credentials, service, region, expires=expires)
    auth._modify_request_before_signing(request)
    unsigned = request.url[len(f"http://{host}"):]
    canonical = auth.canonical_request(request)
    to_sign = auth.string_to_sign(request, canonical)
    signature = auth.signature(to_sign, request)
    auth._inject_signature_to_request(request, signature)
    return {
        "name": name, "method": method, "unsigned_target": target_of(path, query) if expires is None else unsigned,
        "target": request.url[len(f"http://{host}"):],
        "headers": [[key, value] for key, value in request.headers.items()], "body": body, "amz_date": date,
        "region": region, "service": service, "session_token": token or "", "expires_seconds": expires or 0,
        "in_query": expires is not None, "canonical_request": canonical, "string_to_sign": to_sign,
        "signature": signature,
    }


def classic_cases():
    yield make_case("get-vanilla")
    yield make_case("get-vanilla-query-order-key", query="Param2=value2&Param1=value1")
    yield make_case("get-vanilla-empty-query-key", query="Param1=value1")
    yield make_case("get-utf8", path="/%E1%88%B4")
    yield make_case("get-relative-relative", path="/example1/example2/../..")
    yield make_case("get-slashes", path="//example//")
    yield make_case("get-header-value-trim", headers=[["My-Header1", " value1"], ["My-Header2", " \"a   b   c\""]])
    yield make_case("get-header-key-duplicate",
                    headers=[["My-Header1", "value2"], ["My-Header1", "value2"], ["My-Header1", "value1"]])
    yield make_case("post-vanilla", method="POST")
    yield make_case("post-x-www-form-urlencoded", method="POST", body="Param1=value1",
                    headers=[["Content-Type", "application/x-www-form-urlencoded"]])
    yield make_case("post-sts-token", method="POST", token=TOKEN)
    yield make_case("get-vanilla-presigned", expires=3600)


def cases():
    yield from classic_cases()
    for index, path in enumerate(PATHS):
        yield make_case(f"path-{index}", path=path)
        yield make_case(f"path-{index}-presigned", path=path or "/", expires=60)
    for index, query in enumerate(QUERIES):
        yield make_case(f"query-{index}", query=query)
    for index, headers in enumerate(HEADER_SETS):
        yield make_case(f"headers-{index}", method="POST", headers=headers, body="{}")
    draw = random.Random(20260131)
    for index in range(250):
        presigned = draw.random() < 0.2
        yield make_case(
            f"drawn-{index}", method=draw.choice(METHODS), path=draw.choice(PATHS) or "/",
            query="" if presigned else draw.choice(QUERIES), headers=draw.choice(HEADER_SETS),
            body="" if presigned else draw.choice(BODIES), host=draw.choice(HOSTS), region=draw.choice(REGIONS),
            service=draw.choice(SERVICES), token=TOKEN if draw.random() < 0.3 else None,
            date=f"20{draw.randint(15, 35)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}T"
                 f"{draw.randint(0, 23):02}{draw.randint(0, 59):02}{draw.randint(0, 59):02}Z",
            expires=draw.randint(1, 604800) if presigned else None)


def main():
    document = {"access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY, "cases": list(cases())}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sigv4_vectors.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
