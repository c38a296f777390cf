"""Runtime management, recursion, and the members of a function's configuration that are accepted in one form only."""

import json

import pytest

import function_packages as packages
from api import arn_of, assert_aws_error

MANAGEMENT = "/2021-07-20/functions/{}/runtime-management-config"
RECURSION = "/2024-08-31/functions/{}/recursion-config"
ABSENT = "arn:aws:lambda:us-east-1::runtime:" + "0" * 64


def body_of(answer):
    assert answer.status == 200, answer
    return json.loads(answer.body)


def runtime_version(api, name):
    return json.loads(api.get_configuration(name).body)["RuntimeVersionConfig"]["RuntimeVersionArn"]


def put_management(api, name, **members):
    return api.call("PUT", MANAGEMENT.format(name), body=members)


def test_runtime_management_is_auto_and_can_be_kept(api, functions):
    name = functions.deploy(packages.python())
    assert body_of(api.call("GET", MANAGEMENT.format(name))) == {
        "UpdateRuntimeOn": "Auto", "FunctionArn": arn_of(name)}
    assert body_of(put_management(api, name, UpdateRuntimeOn="FunctionUpdate")) == {
        "UpdateRuntimeOn": "FunctionUpdate", "FunctionArn": arn_of(name)}
    served = runtime_version(api, name)
    assert body_of(put_management(api, name, UpdateRuntimeOn="Manual", RuntimeVersionArn=served)) == {
        "UpdateRuntimeOn": "Manual", "FunctionArn": arn_of(name), "RuntimeVersionArn": served}
    kept = body_of(api.call("GET", MANAGEMENT.format(name), query={"Qualifier": "$LATEST"}))
    assert kept["RuntimeVersionArn"] == served
    assert functions.invoke(name, {"do": "echo", "value": 1}).value == 1


def test_a_runtime_version_that_no_worker_has_is_refused(api, functions):
    name = functions.deploy(packages.python())
    answer = put_management(api, name, UpdateRuntimeOn="Manual", RuntimeVersionArn=ABSENT)
    assert_aws_error(answer, 400, "InvalidParameterValueException",
                     f"{ABSENT} is no version of python3.11 that a worker has.")
    assert body_of(api.call("GET", MANAGEMENT.format(name)))["UpdateRuntimeOn"] == "Auto"


@pytest.mark.parametrize("body, error_type", [
    ({}, "ValidationException"), ({"UpdateRuntimeOn": "Never"}, "ValidationException"),
    ({"UpdateRuntimeOn": "Manual"}, "InvalidParameterValueException"),
    ({"UpdateRuntimeOn": "Auto", "RuntimeVersionArn": ABSENT}, "InvalidParameterValueException"),
    ({"UpdateRuntimeOn": "Manual", "RuntimeVersionArn": "python3.11 of yesterday, please"}, "ValidationException")])
def test_runtime_management_names_what_is_wrong(api, shared, body, error_type):
    assert_aws_error(api.call("PUT", MANAGEMENT.format(shared), body=body), 400, error_type)


def test_runtime_management_of_what_is_not_there(api, shared):
    assert_aws_error(api.call("GET", MANAGEMENT.format("never-made")), 404, "ResourceNotFoundException",
                     f"Function not found: {arn_of('never-made')}")
    assert_aws_error(api.call("GET", MANAGEMENT.format(shared), query={"Qualifier": "77"}), 404,
                     "ResourceNotFoundException", f"Function not found: {arn_of(shared, '77')}")


def test_a_function_that_calls_itself_is_stopped_by_default(api, shared):
    assert body_of(api.call("GET", RECURSION.format(shared))) == {"RecursiveLoop": "Terminate"}
    answer = api.call("PUT", RECURSION.format(shared), body={"RecursiveLoop": "Terminate"})
    assert body_of(answer) == {"RecursiveLoop": "Terminate"}


def test_recursion_names_what_is_wrong(api, shared):
    assert_aws_error(
        api.call("PUT", RECURSION.format(shared), body={"RecursiveLoop": "Sometimes"}), 400, "ValidationException",
        "1 validation error detected: Value 'Sometimes' at 'recursiveLoop' failed to satisfy constraint: Member must "
        "satisfy enum value set: [Terminate, Allow]")
    assert_aws_error(api.call("GET", RECURSION.format("never-made")), 404, "ResourceNotFoundException",
                     f"Function not found: {arn_of('never-made')}")
    assert_aws_error(api.call("GET", RECURSION.format(shared + ":1")), 400, "ValidationException")


def test_snap_start_is_none_and_refused_in_awss_words_where_aws_refuses_it(api, functions):
    name = functions.new_name()
    answer = api.create(name, SnapStart={"ApplyOn": "None"})
    assert json.loads(answer.body)["SnapStart"] == {"ApplyOn": "None", "OptimizationStatus": "Off"}
    assert_aws_error(
        api.create(functions.new_name(), packages.node(), SnapStart={"ApplyOn": "PublishedVersions"}), 400,
        "InvalidParameterValueException", "nodejs20.x is not supported for SnapStart enabled functions.")
    assert_aws_error(
        api.create(functions.new_name(), SnapStart={"ApplyOn": "Always"}), 400, "ValidationException",
        "1 validation error detected: Value 'Always' at 'snapStart.applyOn' failed to satisfy constraint: Member must "
        "satisfy enum value set: [PublishedVersions, None]")


def test_members_that_say_nothing_are_accepted_in_an_update_too(api, functions):
    name = functions.deploy(packages.python())
    before = json.loads(api.get_configuration(name).body)
    answer = api.update_configuration(
        name, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}, DeadLetterConfig={}, FileSystemConfigs=[],
        TracingConfig={"Mode": "PassThrough"}, SnapStart={"ApplyOn": "None"}, LoggingConfig={})
    assert answer.status == 200, answer
    functions.wait_ready(name)
    after = json.loads(api.get_configuration(name).body)
    changing = {"RevisionId", "LastModified"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing}
