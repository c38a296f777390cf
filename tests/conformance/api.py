"""The Lambda API spoken without an SDK, for what SDKs hide: raw targets, bodies, headers and error bodies."""

import base64
import json
import urllib.parse

import function_packages as packages
from platform_fixture import ACCOUNT, REGION, ROLE

FUNCTIONS = "/2015-03-31/functions"


def arn_of(name, qualifier=None, region=REGION, account=ACCOUNT):
    return f"arn:aws:lambda:{region}:{account}:function:{name}" + (f":{qualifier}" if qualifier else "")


def quote(text):
    return urllib.parse.quote(text, safe="")


class Api:
    """Calls by method and path; answers are Response(status, headers, body) with .json and .error added."""

    def __init__(self, platform):
        self.platform = platform

    def call(self, method, path, body=None, query=None, headers=None):
        target = path + ("?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote) if query else "")
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.platform.request(method, target, raw, headers)

    def get(self, name, query=None):
        return self.call("GET", f"{FUNCTIONS}/{quote(name)}", query=query)

    def get_configuration(self, name, query=None):
        return self.call("GET", f"{FUNCTIONS}/{quote(name)}/configuration", query=query)

    def delete(self, name, query=None):
        return self.call("DELETE", f"{FUNCTIONS}/{quote(name)}", query=query)

    def update_code(self, name, **members):
        return self.call("PUT", f"{FUNCTIONS}/{quote(name)}/code", body=members)

    def update_configuration(self, name, **members):
        return self.call("PUT", f"{FUNCTIONS}/{quote(name)}/configuration", body=members)

    def invoke(self, name, body=b"{}", query=None, headers=None):
        return self.call("POST", f"{FUNCTIONS}/{quote(name)}/invocations", body=body, query=query, headers=headers)

    def add_permission(self, name, query=None, **members):
        return self.call("POST", f"{FUNCTIONS}/{quote(name)}/policy", body=members, query=query)

    def get_policy(self, name, query=None):
        return self.call("GET", f"{FUNCTIONS}/{quote(name)}/policy", query=query)

    def remove_permission(self, name, statement_id, query=None):
        return self.call("DELETE", f"{FUNCTIONS}/{quote(name)}/policy/{quote(statement_id)}", query=query)

    def create(self, name, package=None, without=(), **members):
        made = package or packages.python()
        request = {"FunctionName": name, "Runtime": made.runtime, "Handler": made.handler, "Role": ROLE,
                   "Code": {"ZipFile": base64_of(made.zip_bytes)}, **members}
        return self.call("POST", FUNCTIONS, body={key: value for key, value in request.items() if key not in without})


def base64_of(data):
    return base64.b64encode(data).decode()


def error_of(answer):
    """(type, message key, message, Type member) of an AWS-shaped rest-json error; asserts the shape."""
    assert answer.headers.get("Content-Type", "").startswith("application/json"), answer
    assert answer.headers.get("x-amzn-RequestId"), answer
    error_type = answer.headers.get("x-amzn-ErrorType", "").split(":")[0]
    assert error_type, answer
    body = json.loads(answer.body)
    keys = [key for key in ("message", "Message") if key in body]
    assert len(keys) == 1, answer
    return error_type, keys[0], body[keys[0]], body.get("Type")


def assert_aws_error(answer, status, error_type, message=None):
    found_type, _, found_message, _ = error_of(answer)
    assert (answer.status, found_type) == (status, error_type), answer
    if message is not None:
        assert found_message == message
