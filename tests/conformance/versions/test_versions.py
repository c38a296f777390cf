"""PublishVersion, ListVersionsByFunction, Publish with code, and functions by version."""

import base64
import concurrent.futures
import hashlib
import json
import re

import botocore.exceptions
import pytest

import function_packages as packages
from api import arn_of, assert_aws_error, FUNCTIONS, quote
from platform_fixture import ACCOUNT, ROLE, wait_until

STATE_MEMBERS = {"State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
                 "LastUpdateStatusReasonCode", "RuntimeVersionConfig"}
ANSWERS = "def handler(event, context):\n    return [{!r}, context.function_version, context.invoked_function_arn]\n"


def answering(text):
    """A function that answers with a text, its version and the ARN it was invoked by."""
    return packages.python_text(ANSWERS.format(text))


def publish_code(functions, name, text, **settings):
    functions.client.update_function_code(FunctionName=name, ZipFile=answering(text).zip_bytes)
    functions.wait_ready(name)
    return functions.client.publish_version(FunctionName=name, **settings)


def without_metadata(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@pytest.fixture
def two(functions):
    """A function with the versions 1 ("one") and 2 ("two")."""
    name = functions.deploy(answering("one"))
    functions.client.publish_version(FunctionName=name)
    publish_code(functions, name, "two")
    return name


def test_a_published_version_is_active_at_once(functions):
    name = functions.deploy(answering("one"))
    answer = functions.client.publish_version(FunctionName=name, Description="first")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (answer["Version"], answer["Description"], answer["FunctionArn"]) == ("1", "first", arn_of(name, "1"))
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "Successful")
    functions.client.get_waiter("published_version_active").wait(FunctionName=name, Qualifier="1")


def test_publishing_without_a_change_answers_the_same_version(functions):
    name = functions.deploy(answering("one"))
    first = functions.client.publish_version(FunctionName=name, Description="first")
    latest = functions.client.get_function_configuration(FunctionName=name)["RevisionId"]
    again = functions.client.publish_version(FunctionName=name, Description="second")
    assert without_metadata(again) == without_metadata(first)
    assert functions.client.get_function_configuration(FunctionName=name)["RevisionId"] == latest


def test_publishing_changes_the_revision_of_latest_and_not_that_of_the_version(functions):
    name = functions.deploy(answering("one"))
    before = functions.client.get_function_configuration(FunctionName=name)["RevisionId"]
    version = functions.client.publish_version(FunctionName=name)["RevisionId"]
    after = functions.client.get_function_configuration(FunctionName=name)["RevisionId"]
    assert len({before, version, after}) == 3
    publish_code(functions, name, "two")
    assert functions.client.get_function_configuration(FunctionName=name, Qualifier="1")["RevisionId"] == version


def test_a_configuration_change_makes_a_new_version_and_leaves_the_old_one(functions):
    name = functions.deploy(answering("one"), Environment={"Variables": {"COLOUR": "red"}})
    functions.client.publish_version(FunctionName=name)
    functions.client.update_function_configuration(FunctionName=name, Environment={"Variables": {"COLOUR": "blue"}})
    functions.wait_ready(name)
    assert functions.client.publish_version(FunctionName=name)["Version"] == "2"
    seen = [functions.client.get_function_configuration(FunctionName=name, Qualifier=version)
            ["Environment"]["Variables"]["COLOUR"] for version in ("1", "2", "$LATEST")]
    assert seen == ["red", "blue", "blue"]


def test_only_the_code_and_revision_asked_for_are_published(functions, api):
    package = answering("one")
    name = functions.deploy(package)
    current = base64.b64encode(hashlib.sha256(package.zip_bytes).digest()).decode()
    path = f"{FUNCTIONS}/{name}/versions"
    assert_aws_error(
        api.call("POST", path, {"CodeSha256": "other"}), 400, "InvalidParameterValueException",
        f"CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({current}). Please try again with the "
        "CodeSHA256 in $LATEST.")
    assert_aws_error(
        api.call("POST", path, {"RevisionId": "other"}), 412, "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve "
        "the latest Revision Id")
    revision = functions.client.get_function(FunctionName=name)["Configuration"]["RevisionId"]
    answer = functions.client.publish_version(FunctionName=name, CodeSha256=current, RevisionId=revision)
    assert answer["Version"] == "1"


def test_what_cannot_be_published_is_refused(functions, api):
    name = functions.deploy(answering("one"))
    assert_aws_error(api.call("POST", f"{FUNCTIONS}/absent/versions", {}), 404, "ResourceNotFoundException",
                     f"Function not found: {arn_of('absent')}")
    assert_aws_error(api.call("POST", f"{FUNCTIONS}/{quote(arn_of(name, '1'))}/versions", {}), 400,
                     "InvalidParameterValueException")
    assert_aws_error(api.call("POST", f"{FUNCTIONS}/{name}/versions", {"Description": "d" * 257}), 400,
                     "ValidationException")


def test_publishing_while_an_update_is_in_progress_is_a_conflict(functions, api):
    """The state lasts for milliseconds only: several at once, until one comes too early."""
    name = functions.deploy(answering("one"))

    def publish(_):
        api.update_configuration(name, Description="again")
        return api.call("POST", f"{FUNCTIONS}/{name}/versions", {})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            for answer in pool.map(publish, range(8)):
                if answer.status != 201:
                    assert_aws_error(answer, 409, "ResourceConflictException",
                                     "The operation cannot be performed at this time. An update is in progress for "
                                     f"resource: {arn_of(name)}")
                    return
    pytest.fail("no publication came while an update was in progress")


def test_a_new_function_is_published_with_its_code(functions):
    name = functions.new_name()
    package = answering("one")
    answer = functions.client.create_function(
        FunctionName=name, Runtime=package.runtime, Role=ROLE, Handler=package.handler, Publish=True,
        Code={"ZipFile": package.zip_bytes})
    assert (answer["Version"], answer["FunctionArn"], answer["State"]) == ("1", arn_of(name), "Pending")
    functions.wait_ready(name)
    assert functions.client.get_function_configuration(FunctionName=name, Qualifier="1")["State"] == "Active"
    assert functions.invoke(name, Qualifier="1").value == ["one", "1", arn_of(name, "1")]


def test_an_update_of_the_code_is_published_with_it(functions):
    name = functions.deploy(answering("one"))
    answer = functions.client.update_function_code(FunctionName=name, ZipFile=answering("two").zip_bytes, Publish=True)
    assert (answer["Version"], answer["FunctionArn"], answer["State"]) == ("1", arn_of(name, "1"), "Pending")
    functions.wait_ready(name)
    configuration = functions.client.get_function_configuration(FunctionName=name, Qualifier="1")
    assert (configuration["State"], configuration["LastUpdateStatus"]) == ("Active", "Successful")
    assert functions.invoke(name, Qualifier="1").value[0] == "two"


def test_versions_run_side_by_side_in_environments_of_their_own(functions, two):
    for qualifier, text, version in (("1", "one", "1"), ("2", "two", "2"), ("$LATEST", "two", "$LATEST")):
        answer = functions.invoke(two, Qualifier=qualifier)
        assert answer.value == [text, version, arn_of(two, qualifier)]
        assert answer.version == version
    assert functions.invoke(arn_of(two, "1")).value == ["one", "1", arn_of(two, "1")]
    assert functions.invoke(two).value == ["two", "$LATEST", arn_of(two)]


def test_the_variables_of_a_version_reach_its_function(functions):
    source = "import os\ndef handler(event, context):\n    return [os.environ['COLOUR'], " \
             "os.environ['AWS_LAMBDA_FUNCTION_VERSION']]\n"
    name = functions.deploy(packages.python_text(source), Environment={"Variables": {"COLOUR": "red"}})
    functions.client.publish_version(FunctionName=name)
    assert functions.invoke(name, Qualifier="1").value == ["red", "1"]


def test_log_streams_carry_the_version(functions, two, platform):
    functions.invoke(two, Qualifier="2")
    logs = platform.client("logs")

    def streams():
        try:
            found = logs.describe_log_streams(logGroupName=f"/aws/lambda/{two}")["logStreams"]
        except botocore.exceptions.ClientError:
            return None
        return [stream["logStreamName"] for stream in found if "[2]" in stream["logStreamName"]]
    found = wait_until(streams, 20, 0.2)
    assert found and re.fullmatch(r"\d{4}/\d\d/\d\d/\[2\][0-9a-f]{32}", found[0])


def test_versions_are_listed_latest_first_then_ascending(functions, two):
    for number in range(3, 12):
        functions.client.update_function_configuration(FunctionName=two, Description=str(number))
        functions.wait_ready(two)
        functions.client.publish_version(FunctionName=two)
    pages = functions.client.get_paginator("list_versions_by_function").paginate(
        FunctionName=two, PaginationConfig={"PageSize": 4})
    listed = [version for page in pages for version in page["Versions"]]
    assert [version["Version"] for version in listed] == ["$LATEST"] + [str(number) for number in range(1, 12)]
    for version in listed:
        assert version["FunctionArn"] == arn_of(two, version["Version"])
        assert not STATE_MEMBERS & set(version)


def test_a_list_of_functions_shows_every_version_when_asked(functions, two):
    pages = functions.client.get_paginator("list_functions").paginate(
        FunctionVersion="ALL", PaginationConfig={"PageSize": 2})
    mine = [one["FunctionArn"] for page in pages for one in page["Functions"] if one["FunctionName"] == two]
    assert mine == [arn_of(two, version) for version in ("$LATEST", "1", "2")]
    assert functions.client.list_functions(FunctionVersion="ALL", MasterRegion="ALL")["Functions"] == []


def test_markers_of_other_lists_are_refused(api, two):
    versions = f"{FUNCTIONS}/{two}/versions"
    marker = json.loads(api.call("GET", versions, query={"MaxItems": "1"}).body)["NextMarker"]
    assert_aws_error(api.call("GET", FUNCTIONS, query={"Marker": marker}), 400, "InvalidParameterValueException")
    assert_aws_error(api.call("GET", versions, query={"MaxItems": "0"}), 400, "ValidationException")
    assert_aws_error(api.call("GET", f"{FUNCTIONS}/absent/versions"), 404, "ResourceNotFoundException",
                     f"Function not found: {arn_of('absent')}")


def test_a_deleted_version_is_gone_and_its_number_is_not_used_again(functions, two, api):
    assert functions.invoke(two, Qualifier="1").value[0] == "one"
    answer = functions.client.delete_function(FunctionName=two, Qualifier="1")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert_aws_error(api.invoke(two, query={"Qualifier": "1"}), 404, "ResourceNotFoundException",
                     f"Function not found: {arn_of(two, '1')}")
    assert_aws_error(api.delete(two, {"Qualifier": "1"}), 404, "ResourceNotFoundException",
                     f"Function not found: {arn_of(two)}")
    functions.client.delete_function(FunctionName=two, Qualifier="2")
    assert functions.client.publish_version(FunctionName=two)["Version"] == "3"


def test_versions_count_in_the_code_storage(functions, platform):
    account, *keys = platform.create_account()
    client = platform.client(keys=keys)
    package = answering("one")
    client.create_function(FunctionName="counted", Runtime=package.runtime, Handler=package.handler,
                           Role=ROLE.replace(ACCOUNT, account), Code={"ZipFile": package.zip_bytes})
    client.get_waiter("function_active_v2").wait(FunctionName="counted")
    client.publish_version(FunctionName="counted")
    usage = client.get_account_settings()["AccountUsage"]
    assert usage == {"TotalCodeSize": 2 * len(package.zip_bytes), "FunctionCount": 1}
    client.delete_function(FunctionName="counted")
    assert client.get_account_settings()["AccountUsage"] == {"TotalCodeSize": 0, "FunctionCount": 0}


def test_a_function_made_again_begins_with_version_one(functions, two):
    functions.client.delete_function(FunctionName=two)
    package = answering("anew")
    functions.client.create_function(FunctionName=two, Runtime=package.runtime, Role=ROLE, Handler=package.handler,
                                     Code={"ZipFile": package.zip_bytes})
    functions.wait_ready(two)
    with pytest.raises(functions.client.exceptions.ResourceNotFoundException):
        functions.invoke(two, Qualifier="1")
    assert functions.client.publish_version(FunctionName=two)["Version"] == "1"
    assert functions.invoke(two, Qualifier="1").value[0] == "anew"
