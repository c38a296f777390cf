"""Runtime management, recursion, and the members of a function's configuration that are accepted in one form only."""

import json

import botocore.exceptions
import pytest

import function_packages as packages
from api import arn_of, assert_aws_error

MANAGEMENT = "/2021-07-20/functions/{}/runtime-management-config"
RECURSION = "/2024-08-31/functions/{}/recursion-config"
ABSENT = "arn:aws:lambda:us-east-1::runtime:" + "0" * 64


def error_of(call, **members):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**members)
    return refused.value.response["Error"]


def runtime_version(functions, name):
    found = functions.client.get_function_configuration(FunctionName=name)
    return found["RuntimeVersionConfig"]["RuntimeVersionArn"]


def put_management(functions, name, **members):
    answer = functions.client.put_runtime_management_config(FunctionName=name, **members)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_runtime_management_is_auto_and_can_be_kept(functions):
    name = functions.deploy(packages.python())
    found = functions.client.get_runtime_management_config(FunctionName=name)
    assert (found["UpdateRuntimeOn"], found["FunctionArn"]) == ("Auto", arn_of(name))
    assert put_management(functions, name, UpdateRuntimeOn="FunctionUpdate") == {
        "UpdateRuntimeOn": "FunctionUpdate", "FunctionArn": arn_of(name)}
    served = runtime_version(functions, name)
    assert put_management(functions, name, UpdateRuntimeOn="Manual", RuntimeVersionArn=served) == {
        "UpdateRuntimeOn": "Manual", "FunctionArn": arn_of(name), "RuntimeVersionArn": served}
    assert functions.client.get_runtime_management_config(
        FunctionName=name, Qualifier="$LATEST")["RuntimeVersionArn"] == served
    assert functions.invoke(name, {"do": "echo", "value": 1}).value == 1


def test_a_runtime_version_that_no_worker_has_is_refused(functions):
    name = functions.deploy(packages.python())
    error = error_of(functions.client.put_runtime_management_config, FunctionName=name, UpdateRuntimeOn="Manual",
                     RuntimeVersionArn=ABSENT)
    assert error["Code"] == "InvalidParameterValueException" and ABSENT in error["Message"]
    assert functions.client.get_runtime_management_config(FunctionName=name)["UpdateRuntimeOn"] == "Auto"


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


def test_a_function_that_calls_itself_is_stopped_by_default(functions, shared):
    client = functions.client
    assert client.get_function_recursion_config(FunctionName=shared)["RecursiveLoop"] == "Terminate"
    assert client.put_function_recursion_config(
        FunctionName=shared, RecursiveLoop="Terminate")["RecursiveLoop"] == "Terminate"


def test_recursion_names_what_is_wrong(api, shared):
    assert_aws_error(
        api.call("PUT", RECURSION.format(shared), body={"RecursiveLoop": "Sometimes"}), 400, "ValidationException",
        "1 validation error detected: Value 'Sometimes' at 'recursiveLoop' failed to satisfy constraint: Member must "
        "satisfy enum value set: [Terminate, Allow]")
    assert_aws_error(api.call("GET", RECURSION.format("never-made")), 404, "ResourceNotFoundException",
                     f"Function not found: {arn_of('never-made')}")
    assert_aws_error(api.call("GET", RECURSION.format(shared + ":1")), 400, "ValidationException")


def test_snap_start_is_none_and_refused_in_awss_words_where_aws_refuses_it(functions):
    answer = functions.create(packages.python(), SnapStart={"ApplyOn": "None"})
    assert answer["SnapStart"] == {"ApplyOn": "None", "OptimizationStatus": "Off"}
    error = error_of(functions.create, package=packages.node(), SnapStart={"ApplyOn": "PublishedVersions"})
    assert error["Message"] == "nodejs20.x is not supported for SnapStart enabled functions."
    error = error_of(functions.create, package=packages.python(), SnapStart={"ApplyOn": "Always"})
    assert error["Message"] == (
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
