"""LoggingConfig: how it is shown, merged and refused, and where the log of a function goes."""

import json
import re
import time

import pytest

import function_packages as packages
from api import assert_aws_error
from platform_fixture import wait_until

OWN = re.compile(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}")


def deploy(api, functions, **members):
    name = functions.new_name()
    answer = api.create(name, **members)
    assert answer.status == 201, answer
    functions.wait_ready(name)
    return name


def shown(api, name):
    return json.loads(api.get_configuration(name).body)["LoggingConfig"]


def update(api, functions, name, **config):
    answer = api.update_configuration(name, LoggingConfig=config)
    assert answer.status == 200, answer
    functions.wait_ready(name)
    return shown(api, name)


def streams_of(platform, group):
    logs = platform.client("logs")
    try:
        return [stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def test_a_partial_update_is_merged_and_text_drops_the_levels(api, functions):
    name = deploy(api, functions)
    own = f"/aws/lambda/{name}"
    assert shown(api, name) == {"LogFormat": "Text", "LogGroup": own}
    assert update(api, functions, name, LogFormat="JSON") == {
        "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", "LogGroup": own}
    assert update(api, functions, name, ApplicationLogLevel="DEBUG", LogGroup="/mine") == {
        "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "INFO", "LogGroup": "/mine"}
    assert update(api, functions, name, SystemLogLevel="WARN") == {
        "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN", "LogGroup": "/mine"}
    assert update(api, functions, name, LogFormat="Text") == {"LogFormat": "Text", "LogGroup": "/mine"}


@pytest.mark.parametrize("config", [
    {"ApplicationLogLevel": "INFO"}, {"SystemLogLevel": "INFO"}, {"LogFormat": "Text", "SystemLogLevel": "WARN"}])
def test_a_level_without_json_is_refused(api, functions, config):
    assert_aws_error(
        api.create(functions.new_name(), LoggingConfig=config), 400, "InvalidParameterValueException",
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the '
        'LogFormat to "JSON" and try again.')


@pytest.mark.parametrize("member, value, constraint", [
    ("LogFormat", "XML", "Member must satisfy enum value set: [JSON, Text]"),
    ("ApplicationLogLevel", "LOUD", "Member must satisfy enum value set: [TRACE, DEBUG, INFO, WARN, ERROR, FATAL]"),
    ("SystemLogLevel", "ERROR", "Member must satisfy enum value set: [DEBUG, INFO, WARN]"),
    ("LogGroup", "a b", r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+")])
def test_a_value_that_is_none_is_refused_with_the_values_there_are(api, functions, member, value, constraint):
    path = "loggingConfig." + member[0].lower() + member[1:]
    assert_aws_error(
        api.create(functions.new_name(), LoggingConfig={"LogFormat": "JSON", member: value}), 400,
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {constraint}")


def test_functions_that_share_a_log_group_keep_their_streams_apart(api, platform, functions):
    group = f"/shared/{time.time_ns()}"
    names = [deploy(api, functions, LoggingConfig={"LogGroup": group}) for _ in range(2)]
    for name in names:
        value = functions.invoke(name, {"do": "environ"}).value
        assert value["AWS_LAMBDA_LOG_GROUP_NAME"] == group
    assert wait_until(lambda: len(streams_of(platform, group)) == 2, 10)
    streams = streams_of(platform, group)
    for name in names:
        form = re.compile(rf"\d{{4}}/\d\d/\d\d/{name}\[\$LATEST\][0-9a-f]{{32}}")
        assert [bool(form.fullmatch(stream)) for stream in streams].count(True) == 1
        assert streams_of(platform, f"/aws/lambda/{name}") == []


def test_the_functions_own_group_named_outright_is_its_own(api, platform, functions):
    name = functions.new_name()
    assert api.create(name, LoggingConfig={"LogGroup": f"/aws/lambda/{name}"}).status == 201
    functions.wait_ready(name)
    functions.invoke(name, {"do": "echo"})
    assert wait_until(lambda: streams_of(platform, f"/aws/lambda/{name}"), 10)
    assert OWN.fullmatch(streams_of(platform, f"/aws/lambda/{name}")[0])
