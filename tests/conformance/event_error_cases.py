"""The requests that provoke the recorded errors of event invoke configurations; see error_cases.py."""

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
