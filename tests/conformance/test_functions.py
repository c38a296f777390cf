"""CreateFunction, GetFunction, GetFunctionConfiguration, Update*, DeleteFunction, ListFunctions."""

import base64
import hashlib
import json
import re

import pytest

import function_packages as packages
from api import arn_of, FUNCTIONS
from platform_fixture import ROLE

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
STATE_MEMBERS = {"State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
                 "LastUpdateStatusReasonCode", "RuntimeVersionConfig"}


def without_metadata(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_create_answers_pending_with_every_default(functions):
    package = packages.python()
    name = functions.new_name()
    answer = functions.client.create_function(
        FunctionName=name, Runtime="python3.11", Role=ROLE, Handler="actions.handler",
        Code={"ZipFile": package.zip_bytes})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert UUID.fullmatch(answer["RevisionId"])
    assert TIMESTAMP.fullmatch(answer["LastModified"])
    expected = {
        "FunctionName": name, "FunctionArn": arn_of(name), "Runtime": "python3.11", "Role": ROLE,
        "Handler": "actions.handler", "CodeSize": len(package.zip_bytes), "Description": "", "Timeout": 3,
        "MemorySize": 128, "Version": "$LATEST", "TracingConfig": {"Mode": "PassThrough"}, "PackageType": "Zip",
        "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"}, "State": "Pending",
        "StateReason": "The function is being created.", "StateReasonCode": "Creating",
        "CodeSha256": base64.b64encode(hashlib.sha256(package.zip_bytes).digest()).decode()}
    assert {key: answer.get(key) for key in expected} == expected
    assert "LastUpdateStatus" not in answer and "Environment" not in answer
    functions.wait_ready(name)


def test_the_raw_answer_names_logging_and_runtime_version(api, functions):
    name = functions.new_name()
    answer = json.loads(api.create(name).body)
    assert answer["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    arn = answer["RuntimeVersionConfig"]["RuntimeVersionArn"]
    assert re.fullmatch(r"arn:aws:lambda:us-east-1::runtime:.+", arn)
    functions.wait_ready(name)


def test_an_active_function_reads_active_and_successful(functions):
    created = functions.create(packages.python())
    name = created["FunctionName"]
    functions.wait_ready(name)
    found = functions.client.get_function_configuration(FunctionName=name)
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")
    assert "StateReason" not in found and "StateReasonCode" not in found
    assert found["RevisionId"] != created["RevisionId"]


def test_the_environment_is_echoed_only_when_it_was_sent(functions):
    plain = functions.create(packages.python())
    empty = functions.create(packages.python(), Environment={"Variables": {}})
    filled = functions.create(packages.python(), Environment={"Variables": {"KEY": "value"}})
    assert "Environment" not in plain
    assert empty["Environment"] == {"Variables": {}}
    assert filled["Environment"] == {"Variables": {"KEY": "value"}}
    for one in (plain, empty, filled):
        functions.wait_ready(one["FunctionName"])


def test_every_setting_is_kept_and_read_back(functions):
    settings = {"Description": "größer ✓", "Timeout": 900, "MemorySize": 10240, "EphemeralStorage": {"Size": 10240},
                "Runtime": "python3.11", "Architectures": ["x86_64"], "Environment": {"Variables": {"A1": "b"}}}
    name = functions.create(packages.python(), **settings)["FunctionName"]
    functions.wait_ready(name)
    found = functions.client.get_function_configuration(FunctionName=name)
    assert {key: found[key] for key in settings} == settings


def test_get_function_is_the_configuration_and_the_code(functions):
    name = functions.deploy(packages.python())
    answer = functions.client.get_function(FunctionName=name)
    configuration = without_metadata(functions.client.get_function_configuration(FunctionName=name))
    assert answer["Configuration"] == configuration
    assert set(answer["Code"]) == {"RepositoryType", "Location"}
    assert "Tags" not in answer and "Concurrency" not in answer


def test_update_code_answers_in_progress_and_changes_hash_and_revision(functions):
    name = functions.deploy(packages.python())
    before = functions.client.get_function_configuration(FunctionName=name)
    package = packages.python_text("def handler(event, context): return 2", handler="actions.handler")
    answer = functions.client.update_function_code(FunctionName=name, ZipFile=package.zip_bytes)
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "InProgress")
    assert answer["LastUpdateStatusReasonCode"] == "Creating"
    assert answer["LastUpdateStatusReason"] == "The function is being created."
    assert answer["CodeSha256"] != before["CodeSha256"] and answer["RevisionId"] != before["RevisionId"]
    functions.wait_ready(name)
    after = functions.client.get_function_configuration(FunctionName=name)
    assert after["RevisionId"] != answer["RevisionId"] and after["CodeSha256"] == answer["CodeSha256"]
    assert "LastUpdateStatusReason" not in after


def test_a_dry_run_of_update_code_changes_nothing(functions):
    name = functions.deploy(packages.python())
    before = without_metadata(functions.client.get_function_configuration(FunctionName=name))
    package = packages.python_text("def handler(event, context): return 2")
    answer = functions.client.update_function_code(FunctionName=name, ZipFile=package.zip_bytes, DryRun=True)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert without_metadata(functions.client.get_function_configuration(FunctionName=name)) == before


@pytest.mark.parametrize("member, value", [
    ("Description", "other"), ("Timeout", 77), ("MemorySize", 512), ("Handler", "other.handler"),
    ("Runtime", "python3.12"), ("Role", ROLE + "-other"), ("EphemeralStorage", {"Size": 1024}),
    ("Environment", {"Variables": {"NEW": "1"}})])
def test_update_configuration_changes_one_setting_and_no_other(functions, member, value):
    name = functions.deploy(packages.python(), Environment={"Variables": {"OLD": "1"}}, Description="first")
    before = functions.client.get_function_configuration(FunctionName=name)
    answer = functions.client.update_function_configuration(FunctionName=name, **{member: value})
    assert answer["LastUpdateStatus"] == "InProgress" and answer[member] == value
    functions.wait_ready(name)
    after = functions.client.get_function_configuration(FunctionName=name)
    moving = {"ResponseMetadata", "RevisionId", "LastModified", "RuntimeVersionConfig", member}
    assert after[member] == value
    assert {k: v for k, v in after.items() if k not in moving} == {k: v for k, v in before.items() if k not in moving}


def test_a_redundant_update_still_changes_the_revision(functions):
    name = functions.deploy(packages.python())
    before = functions.client.get_function_configuration(FunctionName=name)
    functions.client.update_function_configuration(FunctionName=name, MemorySize=before["MemorySize"])
    functions.wait_ready(name)
    after = functions.client.get_function_configuration(FunctionName=name)
    assert after["RevisionId"] != before["RevisionId"]


def test_the_right_revision_id_lets_an_update_through(functions):
    name = functions.deploy(packages.python())
    revision = functions.client.get_function_configuration(FunctionName=name)["RevisionId"]
    answer = functions.client.update_function_configuration(FunctionName=name, Description="x", RevisionId=revision)
    assert answer["Description"] == "x"
    functions.wait_ready(name)


def test_delete_answers_204_with_no_body_and_the_function_is_gone(api, functions):
    name = functions.deploy(packages.python())
    answer = api.delete(name)
    assert (answer.status, answer.body) == (204, b"")
    assert api.get(name).status == 404
    assert name not in [one["FunctionName"] for one in functions.client.list_functions()["Functions"]]


def test_list_omits_states_and_sorts_nothing_away(functions):
    names = {functions.deploy(packages.python()) for _ in range(3)}
    listed = functions.client.get_paginator("list_functions").paginate().build_full_result()["Functions"]
    mine = [one for one in listed if one["FunctionName"] in names]
    assert {one["FunctionName"] for one in mine} == names
    for one in mine:
        assert not STATE_MEMBERS & set(one)
        assert one["FunctionArn"] == arn_of(one["FunctionName"]) and one["Version"] == "$LATEST"


def test_list_is_paged_by_marker(functions):
    names = {functions.create(packages.python())["FunctionName"] for _ in range(7)}
    for name in names:
        functions.wait_ready(name)
    pages, found, marker = 0, [], None
    while True:
        more = {"Marker": marker} if marker else {}
        page = functions.client.list_functions(MaxItems=3, **more)
        assert 1 <= len(page["Functions"]) <= 3
        found += [one["FunctionName"] for one in page["Functions"]]
        pages += 1
        marker = page.get("NextMarker")
        if not marker:
            break
    assert names <= set(found) and len(found) == len(set(found)) and pages >= 3


def test_list_of_all_versions_qualifies_the_arns(functions):
    name = functions.deploy(packages.python())
    listed = functions.client.list_functions(FunctionVersion="ALL")["Functions"]
    mine = [one for one in listed if one["FunctionName"] == name]
    assert [(one["Version"], one["FunctionArn"]) for one in mine] == [("$LATEST", arn_of(name, "$LATEST"))]


@pytest.mark.parametrize("limit, status", [("0", 400), ("10001", 400), ("x", 400), ("1", 200), ("10000", 200)])
def test_list_checks_its_page_size(api, limit, status):
    assert api.call("GET", FUNCTIONS, query={"MaxItems": limit}).status == status


def test_a_foreign_marker_is_refused(api):
    assert api.call("GET", FUNCTIONS, query={"Marker": "not-one-of-ours"}).status == 400


def test_old_sdks_may_write_a_trailing_slash(api):
    with_slash = api.call("GET", FUNCTIONS + "/")
    assert with_slash.status == 200
    assert json.loads(with_slash.body).keys() == json.loads(api.call("GET", FUNCTIONS).body).keys()


@pytest.mark.parametrize("member, value, where", [
    ("Timeout", 0, "timeout"), ("Timeout", 901, None), ("MemorySize", 127, "memorySize"), ("MemorySize", 10241, None),
    ("EphemeralStorage", {"Size": 511}, "ephemeralStorage.size"), ("EphemeralStorage", {"Size": 10241}, None),
    ("Description", "x" * 257, "description"), ("Handler", "has blank", "handler"), ("Handler", "x" * 129, "handler"),
    ("Role", "", None), ("Architectures", [], None), ("PackageType", "Tar", "packageType")])
def test_a_value_out_of_range_is_refused_and_named(api, functions, member, value, where):
    answer = api.create(functions.new_name(), **{member: value})
    assert answer.status == 400, answer
    assert answer.headers["x-amzn-ErrorType"] in ("ValidationException", "InvalidParameterValueException")
    if where:
        assert f"at '{where}' failed to satisfy constraint" in answer.body.decode()


@pytest.mark.parametrize("member", ["FunctionName", "Role", "Code", "Runtime", "Handler"])
def test_a_missing_member_is_refused(api, functions, member):
    answer = api.create(functions.new_name(), without=(member,))
    assert answer.status == 400
    assert answer.headers["x-amzn-ErrorType"] in ("ValidationException", "InvalidParameterValueException")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{\"FunctionName\": 7}",
                                  b'{"FunctionName": {"a": 1}}', b"[" * 100000])
def test_a_body_that_is_no_request_is_refused(api, body):
    answer = api.call("POST", FUNCTIONS, body=body)
    assert answer.status == 400
    assert json.loads(answer.body) and answer.headers["x-amzn-ErrorType"]


def test_unknown_members_are_ignored_as_aws_ignores_them(api, functions):
    name = functions.new_name()
    assert api.create(name, NoSuchMember={"deep": [1]}).status == 201
    functions.wait_ready(name)


def test_every_answer_carries_its_request_id_and_type(api, shared):
    seen = set()
    answers = (api.get(shared), api.get("absent"), api.call("GET", FUNCTIONS), api.invoke(shared, b'{"do": "count"}'))
    for answer in answers:
        request_id = answer.headers["x-amzn-RequestId"]
        assert UUID.fullmatch(request_id) and request_id not in seen
        seen.add(request_id)
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["Date"]
