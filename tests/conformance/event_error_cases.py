"""The requests that provoke the recorded errors of event invoke configurations and mappings; see error_cases.py."""

import json

import function_packages as packages
from api import arn_of
from error_cases import case
from platform_fixture import ACCOUNT, REGION


def event_config(api, method, name, body=b"{}", tail=""):
    return api.call(method, f"/2019-09-25/functions/{name}/event-invoke-config{tail}", body)


@case("Put/UpdateFunctionEventInvokeConfig, ListFunctionEventInvokeConfigs", "function or alias absent")
def event_config_of_nobody(api, functions):
    yield event_config(api, "PUT", "absent", b'{"MaximumRetryAttempts": 1}'), {}
    yield event_config(api, "POST", "absent", b'{"MaximumRetryAttempts": 1}'), {}
    yield event_config(api, "GET", "absent", tail="/list"), {}


@case("Get/Delete/UpdateFunctionEventInvokeConfig", "no config (also if function absent)")
def no_event_config(api, functions):
    name = functions.create(packages.python())["FunctionName"]
    values = {"fnArn": arn_of(name), "qualifier or $LATEST": "$LATEST"}
    yield event_config(api, "GET", name), values
    yield event_config(api, "DELETE", name), values
    yield event_config(api, "POST", name, b'{"MaximumRetryAttempts": 1}'), values


@case("PutFunctionEventInvokeConfig", "nothing given")
def empty_event_config(api, functions):
    yield event_config(api, "PUT", functions.create(packages.python())["FunctionName"]), {}


def destination(api, functions, side, arn):
    name = functions.create(packages.python())["FunctionName"]
    body = json.dumps({"DestinationConfig": {side: {"Destination": arn(name)}}}).encode()
    return event_config(api, "PUT", name, body)


@case("Put…", "destination function absent")
def absent_destination(api, functions):
    yield destination(api, functions, "OnSuccess", lambda name: arn_of("absent")), {"arn": arn_of("absent")}


@case("Put…", "destination = itself")
def own_destination(api, functions):
    yield destination(api, functions, "OnFailure", arn_of), {}


@case("Put…", "ARN of unsupported service")
def unsupported_destination(api, functions):
    arn = f"arn:aws:iam:{REGION}:{ACCOUNT}:something"
    yield destination(api, functions, "OnSuccess", lambda name: arn), {"arn": arn}


@case("Put…", "not an ARN")
def destination_that_is_no_arn(api, functions):
    yield destination(api, functions, "OnFailure", lambda name: "invalid-arn"), {"v": "invalid-arn"}


MAPPINGS = "/2015-03-31/event-source-mappings"
ABSENT = "00000000-0000-4000-8000-000000000000"


def queue_of(api, functions):
    sqs = api.platform.client("sqs")
    url = sqs.create_queue(QueueName=functions.new_name())["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def create(api, name, arn=None, **members):
    source = {"EventSourceArn": arn} if arn else {}
    return api.call("POST", MAPPINGS, body={"FunctionName": name, "Enabled": False, **source, **members})


def function_of(functions):
    return functions.create(packages.python())["FunctionName"]


@case("Get/Update/DeleteEventSourceMapping", "UUID absent")
def mapping_of_nobody(api, functions):
    yield api.call("GET", f"{MAPPINGS}/{ABSENT}"), {}
    yield api.call("PUT", f"{MAPPINGS}/{ABSENT}", body={}), {}
    yield api.call("DELETE", f"{MAPPINGS}/{ABSENT}"), {}


@case("CreateEventSourceMapping", "no EventSourceArn and no SelfManagedEventSource")
def mapping_of_nothing(api, functions):
    yield create(api, function_of(functions)), {}


@case("CreateEventSourceMapping", "function absent")
def mapping_of_no_function(api, functions):
    yield create(api, "absent", queue_of(api, functions)), {}


@case("CreateEventSourceMapping", "DestinationConfig on SQS")
def mapping_with_destination(api, functions):
    arn = queue_of(api, functions)
    yield create(api, function_of(functions), arn, DestinationConfig={"OnFailure": {"Destination": arn}}), {}


@case("CreateEventSourceMapping", "duplicate, SQS")
def mapping_twice(api, functions):
    name, arn = function_of(functions), queue_of(api, functions)
    first = json.loads(create(api, name, arn).body)
    yield create(api, name, arn), {"arn": arn, "name": name, "uuid": first["UUID"]}


@case("Create/UpdateEventSourceMapping", "SQS batch over 10 without window")
def mapping_without_window(api, functions):
    name, arn = function_of(functions), queue_of(api, functions)
    yield create(api, name, arn, BatchSize=11), {}
    made = json.loads(create(api, name, arn).body)
    yield api.call("PUT", f"{MAPPINGS}/{made['UUID']}", body={"BatchSize": 11}), {}


@case("Create/UpdateEventSourceMapping", "bad filter JSON or operator")
def mapping_with_bad_filter(api, functions):
    name, arn = function_of(functions), queue_of(api, functions)
    for pattern in ("{", '{"body": [{"unknown": 1}]}'):
        yield create(api, name, arn, FilterCriteria={"Filters": [{"Pattern": pattern}]}), {}


@case("CreateEventSourceMapping", "queue absent")
def mapping_of_no_queue(api, functions):
    yield create(api, function_of(functions), f"arn:aws:sqs:{REGION}:{ACCOUNT}:absent"), {}
