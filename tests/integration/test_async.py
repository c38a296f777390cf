"""Event invocations through the whole platform: accepted, run, retried, told to destinations, kept over restarts."""

import json
import time

import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, REGION, Functions, wait_until

SOON = {"HEARTH_ASYNC_FIRST_RETRY_SECONDS": "1"}
# Says which event it was given, and fails when it is told to.
WITNESS = """
import json
def handler(event, context):
    print("RAN " + json.dumps({"event": event, "request_id": context.aws_request_id}))
    if isinstance(event, dict) and event.get("fail"):
        raise ValueError("told to")
    return "done"
"""


@pytest.fixture(scope="module")
def quick_retries():
    from platform_fixture import Platform
    made = Platform(environment=SOON)
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture
def fns(quick_retries):
    made = Functions(quick_retries)
    yield made
    made.remove_all()


def send(functions, name, event):
    answer = functions.client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    assert answer["StatusCode"] == 202 and answer["Payload"].read() == b"" and "ExecutedVersion" not in answer
    return answer["ResponseMetadata"]["RequestId"]


def runs_of(platform, name):
    """What the function said it was given, oldest first."""
    logs = platform.client("logs")
    try:
        group = f"/aws/lambda/{name}"
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern="RAN")
        events = sorted(pages.build_full_result()["events"], key=lambda one: one["timestamp"])
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [json.loads(event["message"].partition("RAN ")[2]) for event in events]


def test_the_older_form_of_an_event_runs_too(fns):
    name = fns.deploy(packages.Package("python3.11", "main.handler", packages.make_zip({"main.py": WITNESS})))
    answer = fns.client.invoke_async(FunctionName=name, InvokeArgs=json.dumps({"older": True}))
    assert answer["Status"] == 202
    wait_until(lambda: [run["event"] for run in runs_of(fns.platform, name)] == [{"older": True}], 30)
    with pytest.raises(fns.client.exceptions.InvalidRequestContentException):
        fns.client.invoke_async(FunctionName=name, InvokeArgs="not json")


def arn_of(name):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def test_an_accepted_event_runs_once(quick_retries, fns):
    name = fns.deploy(packages.python_text(WITNESS))
    request_id = send(fns, name, {"number": 1})
    assert wait_until(lambda: runs_of(quick_retries, name), 20)
    time.sleep(1.5)
    assert runs_of(quick_retries, name) == [{"event": {"number": 1}, "request_id": request_id}]


def test_an_error_is_retried_twice_and_then_told(quick_retries, fns):
    name, listener = fns.deploy(packages.python_text(WITNESS)), fns.deploy(packages.python_text(WITNESS))
    fns.client.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": arn_of(listener)}})
    request_id = send(fns, name, {"fail": True})
    assert wait_until(lambda: runs_of(quick_retries, listener), 30)
    assert [run["request_id"] for run in runs_of(quick_retries, name)] == [request_id] * 3
    record = runs_of(quick_retries, listener)[0]["event"]
    assert record["requestContext"] == {"requestId": request_id, "functionArn": arn_of(name) + ":$LATEST",
                                        "condition": "RetriesExhausted", "approximateInvokeCount": 3}
    assert record["requestPayload"] == {"fail": True}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["responsePayload"]["errorMessage"] == "told to"


def test_a_success_is_told(quick_retries, fns):
    name, listener = fns.deploy(packages.python_text(WITNESS)), fns.deploy(packages.python_text(WITNESS))
    fns.client.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnSuccess": {"Destination": arn_of(listener)}})
    send(fns, name, [1, 2])
    assert wait_until(lambda: runs_of(quick_retries, listener), 20)
    record = runs_of(quick_retries, listener)[0]["event"]
    assert record["requestContext"]["condition"] == "Success" and record["responsePayload"] == "done"
    assert record["requestPayload"] == [1, 2]


def test_only_a_role_that_may_run_a_function_tells_it(quick_retries, fns):
    iam = quick_retries.client("iam")
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
                                                    "Principal": {"Service": "lambda.amazonaws.com"}}}
    role = iam.create_role(RoleName=fns.new_name(), AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    name = fns.deploy(packages.python_text(WITNESS), Role=role["Arn"])
    listener = fns.deploy(packages.python_text(WITNESS))
    config = {"FunctionName": name, "DestinationConfig": {"OnSuccess": {"Destination": arn_of(listener)}}}
    with pytest.raises(fns.client.exceptions.InvalidParameterValueException) as refused:
        fns.client.put_function_event_invoke_config(**config)
    assert refused.value.response["Error"]["Message"] == (
        f"The function's execution role does not have permissions to call InvokeFunction on {arn_of(listener)}")
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "lambda:InvokeFunction",
                                                "Resource": arn_of(listener)}}))
    fns.client.put_function_event_invoke_config(**config)
    send(fns, name, 1)
    assert wait_until(lambda: runs_of(quick_retries, listener), 20)
    iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="p")
    send(fns, name, 2)
    assert wait_until(lambda: len(runs_of(quick_retries, name)) == 2, 20)
    time.sleep(1.5)
    assert [run["event"]["requestPayload"] for run in runs_of(quick_retries, listener)] == [1]


def test_no_retry_when_the_owner_wants_none(quick_retries, fns):
    name = fns.deploy(packages.python_text(WITNESS))
    fns.client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    send(fns, name, {"fail": True})
    assert wait_until(lambda: runs_of(quick_retries, name), 20)
    time.sleep(2.5)
    assert len(runs_of(quick_retries, name)) == 1


def test_what_waits_survives_a_restart(make_platform):
    platform = make_platform(environment={"HEARTH_ASYNC_FIRST_RETRY_SECONDS": "8"}).start()
    functions = Functions(platform)
    name = functions.deploy(packages.python_text(WITNESS))
    request_id = send(functions, name, {"fail": True})
    assert wait_until(lambda: runs_of(platform, name), 20)
    assert platform.stop() == 0
    platform.start()
    assert wait_until(lambda: len(runs_of(platform, name)) >= 2, 30)
    assert {run["request_id"] for run in runs_of(platform, name)} == {request_id}


def test_too_large_an_event_is_refused(quick_retries, fns):
    name = fns.deploy(packages.python_text(WITNESS))
    body = json.dumps("x" * (1024 * 1024)).encode()
    answer = quick_retries.request("POST", f"/2015-03-31/functions/{name}/invocations", body,
                                   {"X-Amz-Invocation-Type": "Event"})
    assert answer.status == 413 and answer.headers["x-amzn-ErrorType"] == "RequestTooLargeException"
