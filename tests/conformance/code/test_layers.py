"""Layer versions and their permissions, each operation as an SDK uses it."""

import base64
import hashlib
import json
import re
import urllib.request

import pytest

import function_packages as packages
from api import base64_of
from layer_error_cases import GRANT, LAYERS, policy_path
from platform_fixture import ACCOUNT, REGION

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
ZIP = packages.make_zip({"python/helper.py": "VALUE = 1"})


@pytest.fixture
def layer(functions):
    return functions.new_name("layer")


def publish(client, layer, zip_bytes=ZIP, **members):
    return client.publish_layer_version(LayerName=layer, Content={"ZipFile": zip_bytes}, **members)


def test_a_new_version_is_shown_with_its_package(client, layer):
    answer = publish(client, layer, Description="ours", LicenseInfo="MIT", CompatibleRuntimes=["python3.11", "go1.x"],
                     CompatibleArchitectures=["x86_64", "arm64"])
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{layer}"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    expected = {"LayerArn": arn, "LayerVersionArn": f"{arn}:1", "Version": 1, "Description": "ours",
                "LicenseInfo": "MIT", "CompatibleRuntimes": ["python3.11", "go1.x"],
                "CompatibleArchitectures": ["x86_64", "arm64"]}
    assert {key: answer.get(key) for key in expected} == expected
    assert TIMESTAMP.fullmatch(answer["CreatedDate"])
    content = answer["Content"]
    assert content["CodeSize"] == len(ZIP)
    assert content["CodeSha256"] == base64.b64encode(hashlib.sha256(ZIP).digest()).decode()
    with urllib.request.urlopen(content["Location"], timeout=10) as package:
        assert package.read() == ZIP


def test_the_same_package_makes_a_new_version_each_time(client, layer):
    assert [publish(client, layer)["Version"] for _ in range(3)] == [1, 2, 3]


def test_a_version_is_read_by_name_and_by_arn(client, layer):
    made = publish(client, layer)
    by_name = client.get_layer_version(LayerName=layer, VersionNumber=1)
    by_layer_arn = client.get_layer_version(LayerName=made["LayerArn"], VersionNumber=1)
    by_arn = client.get_layer_version_by_arn(Arn=made["LayerVersionArn"])
    for found in (by_name, by_layer_arn, by_arn):
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert found["LayerVersionArn"] == made["LayerVersionArn"]
        assert found["CreatedDate"] == made["CreatedDate"]
        assert found["Content"]["CodeSha256"] == made["Content"]["CodeSha256"]


def test_a_deleted_version_is_gone_and_its_number_is_not_used_again(client, layer):
    publish(client, layer)
    for _ in range(2):
        deleted = client.delete_layer_version(LayerName=layer, VersionNumber=1)
        assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_layer_version(LayerName=layer, VersionNumber=1)
    assert publish(client, layer)["Version"] == 2


def test_versions_are_listed_newest_first_in_pages(client, layer):
    for _ in range(5):
        publish(client, layer)
    pages = list(client.get_paginator("list_layer_versions").paginate(
        LayerName=layer, PaginationConfig={"PageSize": 2}))
    assert [[one["Version"] for one in page["LayerVersions"]] for page in pages] == [[5, 4], [3, 2], [1]]
    assert "NextMarker" not in pages[-1]


def test_versions_are_listed_by_what_they_are_compatible_with(client, layer):
    publish(client, layer, CompatibleRuntimes=["python3.11"], CompatibleArchitectures=["arm64"])
    publish(client, layer, CompatibleRuntimes=["nodejs20.x", "python3.11"])
    publish(client, layer)

    def found(**query):
        return [one["Version"] for one in client.list_layer_versions(LayerName=layer, **query)["LayerVersions"]]
    assert found(CompatibleRuntime="python3.11") == [2, 1]
    assert found(CompatibleRuntime="python3.11", CompatibleArchitecture="arm64") == [1]
    assert found(CompatibleRuntime="ruby3.4") == []


def test_a_layer_nobody_published_has_no_versions(client, layer):
    assert client.list_layer_versions(LayerName=layer)["LayerVersions"] == []


def test_layers_are_listed_with_their_latest_matching_version(client, functions):
    names = sorted(functions.new_name("layer") for _ in range(3))
    for name in names:
        publish(client, name, CompatibleRuntimes=["dotnet6"])
    publish(client, names[0])
    client.delete_layer_version(LayerName=names[2], VersionNumber=1)
    pages = client.get_paginator("list_layers").paginate(CompatibleRuntime="dotnet6", PaginationConfig={"PageSize": 1})
    found = [(one["LayerName"], one["LatestMatchingVersion"]["Version"]) for page in pages for one in page["Layers"]]
    assert found == [(names[0], 1), (names[1], 1)]
    newest = {one["LayerName"]: one for page in client.get_paginator("list_layers").paginate()
              for one in page["Layers"]}
    assert newest[names[0]]["LatestMatchingVersion"]["Version"] == 2
    assert newest[names[0]]["LayerArn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{names[0]}"


@pytest.mark.parametrize("query", [{"Marker": "bm9uc2Vuc2U="}, {"MaxItems": "0"}, {"MaxItems": "51"}])
def test_a_page_that_cannot_be_is_refused(api, query):
    for path in (LAYERS, f"{LAYERS}/x/versions"):
        answer = api.call("GET", path, query=query)
        assert answer.status == 400, answer


@pytest.mark.parametrize("name", ["with.dot", "a" * 141, "arn:aws:lambda:us-east-1:000000000000:function:x"])
def test_a_name_that_is_none_is_refused(api, name):
    answer = api.call("POST", f"{LAYERS}/{name}/versions", body={"Content": {"ZipFile": base64_of(ZIP)}})
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException")


@pytest.mark.parametrize("body, error", [
    ({}, "ValidationException"),
    ({"Content": {}}, "InvalidParameterValueException"),
    ({"Content": {"S3Bucket": "b", "S3Key": "k"}}, "InvalidParameterValueException"),
    ({"Content": {"ZipFile": base64_of(b"no zip")}}, "InvalidParameterValueException"),
    ({"Content": {"ZipFile": base64_of(packages.make_zip({"../x": "y"}))}}, "InvalidParameterValueException"),
    ({"Content": {"ZipFile": base64_of(ZIP)}, "Description": "d" * 257}, "ValidationException"),
    ({"Content": {"ZipFile": base64_of(ZIP)}, "LicenseInfo": "l" * 513}, "ValidationException"),
    ({"Content": {"ZipFile": base64_of(ZIP)}, "CompatibleRuntimes": ["python3.11"] * 16}, "ValidationException"),
    ({"Content": {"ZipFile": base64_of(ZIP)}, "CompatibleArchitectures": ["arm64"] * 3}, "ValidationException"),
    ({"Content": {"ZipFile": base64_of(ZIP)}, "CompatibleRuntimes": "python3.11"}, "SerializationException")])
def test_a_version_that_cannot_be_is_refused(api, layer, body, error):
    answer = api.call("POST", f"{LAYERS}/{layer}/versions", body=body)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, error), answer
    assert json.loads(api.call("GET", f"{LAYERS}/{layer}/versions").body)["LayerVersions"] == []


def test_layers_count_as_code_storage(client, layer):
    before = client.get_account_settings()["AccountUsage"]["TotalCodeSize"]
    publish(client, layer)
    assert client.get_account_settings()["AccountUsage"]["TotalCodeSize"] == before + len(ZIP)
    client.delete_layer_version(LayerName=layer, VersionNumber=1)
    assert client.get_account_settings()["AccountUsage"]["TotalCodeSize"] == before


def test_a_permission_is_added_shown_and_removed(client, layer):
    version = publish(client, layer)["LayerVersionArn"]
    where = {"LayerName": layer, "VersionNumber": 1}
    added = client.add_layer_version_permission(
        **where, StatementId="friend", Action="lambda:GetLayerVersion", Principal="111111111111")
    assert added["ResponseMetadata"]["HTTPStatusCode"] == 201
    statement = json.loads(added["Statement"])
    assert statement == {"Sid": "friend", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                         "Action": "lambda:GetLayerVersion", "Resource": version}
    found = client.get_layer_version_policy(**where)
    assert json.loads(found["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert found["RevisionId"] == added["RevisionId"]
    everyone = client.add_layer_version_permission(
        **where, StatementId="all", Action="lambda:GetLayerVersion", Principal="*", OrganizationId="o-0123456789",
        RevisionId=found["RevisionId"])
    assert json.loads(everyone["Statement"])["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-0123456789"}}
    assert everyone["RevisionId"] != added["RevisionId"]
    for sid in ("friend", "all"):
        removed = client.remove_layer_version_permission(**where, StatementId=sid)
        assert removed["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_layer_version_policy(**where)


@pytest.mark.parametrize("changed", [
    {"StatementId": "a b"}, {"Principal": "somebody"}, {"Principal": "arn:aws:iam::000000000000:user/x"},
    {"OrganizationId": "o-1"}, {"StatementId": None}, {"Principal": None}, {"Action": None}])
def test_a_permission_that_cannot_be_is_refused(api, client, layer, changed):
    publish(client, layer)
    answer = api.call("POST", policy_path(layer), body={**GRANT, **changed})
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException"), answer


def test_a_function_shows_keeps_and_drops_its_layers(client, functions):
    arns = [publish(client, functions.new_name("layer"))["LayerVersionArn"] for _ in range(2)]
    name = functions.deploy(packages.python(), Layers=arns)
    shown = [{"Arn": arn, "CodeSize": len(ZIP)} for arn in arns]
    assert client.get_function_configuration(FunctionName=name)["Layers"] == shown
    client.update_function_configuration(FunctionName=name, Timeout=7)
    functions.wait_ready(name)
    assert client.get_function_configuration(FunctionName=name)["Layers"] == shown
    client.update_function_configuration(FunctionName=name, Layers=arns[::-1])
    functions.wait_ready(name)
    assert client.get_function_configuration(FunctionName=name)["Layers"] == shown[::-1]
    client.update_function_configuration(FunctionName=name, Layers=[])
    functions.wait_ready(name)
    assert "Layers" not in client.get_function_configuration(FunctionName=name)


def test_code_and_layers_together_are_bounded(api, client, functions):
    zeros = packages.make_zip({"zeros": bytes(131072000)})
    arns = [publish(client, functions.new_name("layer"), zeros)["LayerVersionArn"] for _ in range(2)]
    answer = api.create(functions.new_name(), Layers=arns)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "InvalidParameterValueException")
    assert "exceeds the maximum allowed size of 262144000 bytes" in answer.body.decode()
