"""Event invoke configurations through boto3 and the aws CLI."""

import json
import os
import subprocess

import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, REGION


@pytest.fixture
def name(functions):
    return functions.deploy(packages.python())


def arn_of(name):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def test_put_replaces_update_merges_delete_removes(client, functions, name):
    listener = functions.deploy(packages.python())
    put = client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1,
                                                  MaximumEventAgeInSeconds=60)
    assert put["FunctionArn"] == arn_of(name) + ":$LATEST"
    assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    merged = client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    assert (merged["MaximumRetryAttempts"], merged["MaximumEventAgeInSeconds"]) == (0, 60)
    got = client.get_function_event_invoke_config(FunctionName=name)
    assert got["MaximumRetryAttempts"] == 0 and got["LastModified"] == merged["LastModified"]
    replaced = client.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": arn_of(listener)}})
    assert "MaximumRetryAttempts" not in replaced
    assert replaced["DestinationConfig"]["OnFailure"] == {"Destination": arn_of(listener)}
    client.delete_function_event_invoke_config(FunctionName=name)
    with pytest.raises(client.exceptions.ResourceNotFoundException) as gone:
        client.get_function_event_invoke_config(FunctionName=name)
    assert gone.value.response["Error"]["Message"] == \
        f"The function {arn_of(name)}:$LATEST doesn't have an EventInvokeConfig"


def test_each_qualifier_has_its_own_and_the_list_has_all(client, name):
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    client.put_function_event_invoke_config(FunctionName=name, Qualifier="$LATEST", MaximumRetryAttempts=2)
    listed = client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert [one["MaximumRetryAttempts"] for one in listed] == [2]
    assert client.list_function_event_invoke_configs(FunctionName=name, MaxItems=1).get("NextMarker") is None


def test_the_list_comes_in_pages(client, name):
    for description in ("one", "two"):
        client.update_function_configuration(FunctionName=name, Description=description)
        client.get_waiter("function_updated_v2").wait(FunctionName=name)
        client.publish_version(FunctionName=name)
    for retries, qualifier in enumerate(("$LATEST", "1", "2")):
        client.put_function_event_invoke_config(FunctionName=name, Qualifier=qualifier, MaximumRetryAttempts=retries)
    pages = list(client.get_paginator("list_function_event_invoke_configs").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 1}))
    assert [len(page["FunctionEventInvokeConfigs"]) for page in pages] == [1, 1, 1]
    listed = [page["FunctionEventInvokeConfigs"][0] for page in pages]
    assert sorted((one["FunctionArn"].rpartition(":")[2], one["MaximumRetryAttempts"]) for one in listed) == [
        ("$LATEST", 0), ("1", 1), ("2", 2)]


@pytest.mark.parametrize("destination", [
    f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue", f"arn:aws:sns:{REGION}:{ACCOUNT}:topic",
    f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/bus", "arn:aws:s3:::bucket"])
def test_a_destination_that_could_not_be_told_is_refused(client, name, destination):
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnFailure": {"Destination": destination}})
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function_event_invoke_config(FunctionName=name)


def test_a_function_takes_its_configuration_along(client, functions, name):
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    client.delete_function(FunctionName=name)
    functions.create(packages.python(), FunctionName=name)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function_event_invoke_config(FunctionName=name)


def test_the_aws_cli_sends_an_event(platform, name, tmp_path):
    access_key, secret_key = platform.keys()
    out = subprocess.run(
        ["/usr/bin/aws", "--endpoint-url", platform.endpoint, "--region", REGION, "lambda", "invoke", "--function-name",
         name, "--invocation-type", "Event", "--payload", "e30=", str(tmp_path / "out")],
        env={**os.environ, "AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key}, check=True,
        capture_output=True, timeout=60).stdout
    assert json.loads(out) == {"StatusCode": 202}
