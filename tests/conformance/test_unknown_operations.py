"""What Hearth does not do it refuses in AWS's shape: never an empty 200, never an HTML page."""

import csv
import os
import re

import botocore.exceptions
import pytest

from api import error_of, quote

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "testdata")
IMPLEMENTED = {"CreateFunction", "GetFunction", "GetFunctionConfiguration", "UpdateFunctionCode",
               "UpdateFunctionConfiguration", "DeleteFunction", "ListFunctions", "GetAccountSettings", "Invoke",
               "InvokeWithResponseStream", "InvokeAsync",
               "TagResource", "UntagResource", "ListTags", "PutRuntimeManagementConfig", "GetRuntimeManagementConfig",
               "PutFunctionRecursionConfig", "GetFunctionRecursionConfig", "PutFunctionEventInvokeConfig",
               "UpdateFunctionEventInvokeConfig", "GetFunctionEventInvokeConfig", "DeleteFunctionEventInvokeConfig",
               "ListFunctionEventInvokeConfigs", "AddPermission", "GetPolicy", "RemovePermission", "PublishVersion",
               "ListVersionsByFunction", "CreateAlias", "GetAlias", "UpdateAlias", "DeleteAlias", "ListAliases",
               "PutFunctionConcurrency", "GetFunctionConcurrency", "DeleteFunctionConcurrency",
               "PutProvisionedConcurrencyConfig", "GetProvisionedConcurrencyConfig",
               "ListProvisionedConcurrencyConfigs", "DeleteProvisionedConcurrencyConfig"} | {
    "PublishLayerVersion", "GetLayerVersion", "GetLayerVersionByArn", "ListLayers", "ListLayerVersions",
    "DeleteLayerVersion", "AddLayerVersionPermission", "GetLayerVersionPolicy", "RemoveLayerVersionPermission",
    "CreateCodeSigningConfig", "GetCodeSigningConfig", "UpdateCodeSigningConfig", "DeleteCodeSigningConfig",
    "ListCodeSigningConfigs", "ListFunctionsByCodeSigningConfig", "PutFunctionCodeSigningConfig",
    "GetFunctionCodeSigningConfig", "DeleteFunctionCodeSigningConfig", "CreateEventSourceMapping",
    "GetEventSourceMapping", "ListEventSourceMappings", "UpdateEventSourceMapping", "DeleteEventSourceMapping"}
LABELS = {"Resource": "arn:aws:lambda:us-east-1:000000000000:function:x", "VersionNumber": "1",
          "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-" + "0" * 17,
          "UUID": "00000000-0000-4000-8000-000000000000"}


def operations():
    with open(os.path.join(FOLDER, "ops.tsv"), encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["method"]]


def is_implemented(row):
    """Other services that share the endpoint share its tag operations too."""
    return row["name"] in IMPLEMENTED and (row["service"] == "lambda" or "/tags/" in row["uri"])


REFUSED = [row for row in operations() if not is_implemented(row)]


def target_of(row, function):
    def value(match):
        name = match.group(1)
        return quote(function if name == "FunctionName" else LABELS.get(name, "x"))
    return re.sub(r"\{(\w+)\}", value, row["uri"])


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row['service']}.{row['name']}")
def test_an_operation_that_is_not_there_is_refused_in_awss_shape(platform, shared, row):
    body = b"" if row["method"] in ("GET", "DELETE") else b"{}"
    answer = platform.request(row["method"], target_of(row, shared), body)
    error_type, _, message, _ = error_of(answer)
    if row["service"] == "lambda":
        assert (answer.status, error_type) == (400, "UnsupportedOperationException"), answer
        assert row["name"] in message
    else:
        assert (answer.status, error_type) == (404, "UnknownOperationException"), answer


@pytest.mark.parametrize("method, target", [
    ("GET", "/"), ("POST", "/"), ("GET", "/nowhere"), ("PATCH", "/2015-03-31/functions"),
    ("PUT", "/2015-03-31/functions"),
    ("GET", "/2015-03-31"), ("GET", "/2099-01-01/functions"), ("DELETE", "/2015-03-31/functions"),
    ("GET", "/2015-03-31/functions/x/y/z"), ("OPTIONS", "/2015-03-31/functions"), ("GET", "//"),
    ("GET", "/2015-03-31/functions/%00"), ("GET", "/2015-03-31/functions/%ff"), ("GET", "/2015-03-31/functions/%zz")])
def test_a_path_that_leads_nowhere_is_refused_in_awss_shape(platform, method, target):
    answer = platform.request(method, target)
    assert 400 <= answer.status < 500, answer
    assert error_of(answer)[0]
    assert b"<html" not in answer.body.lower()


def test_an_sdk_sees_a_client_error_with_a_code(client, shared):
    for call, arguments in ((client.list_function_url_configs, {"FunctionName": shared}),
                            (client.list_function_url_configs, {"FunctionName": shared, "MaxItems": 1}),
                            (client.get_function_url_config, {"FunctionName": shared})):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            call(**arguments)
        assert re.fullmatch(r"[A-Z]\w+Exception", refused.value.response["Error"]["Code"])
        assert refused.value.response["Error"]["Message"]


@pytest.mark.parametrize("service, operation", [
    ("events", "list_rules"), ("dynamodb", "list_tables"),
    ("s3", "list_buckets")])
def test_another_service_is_refused_and_not_pretended(platform, service, operation):
    with pytest.raises(botocore.exceptions.ClientError):
        getattr(platform.client(service), operation)()

