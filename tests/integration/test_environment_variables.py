"""The variables a function finds, and those it may not set.

Source: Lambda Developer Guide, "Defined runtime environment variables".
"""

import os
import re
import stat

import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import Functions, REGION

RESERVED = (
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    "HEARTH_IDENTITY_TOKEN_FILE")


@pytest.fixture(scope="module")
def environment(platform):
    made = Functions(platform)
    name = made.deploy(packages.python(), MemorySize=192, Environment={"Variables": {
        "MINE": "grün", "EMPTY_ONE": "", "LANG": "C.UTF-8", "WITH_SPACE": " a b ", "QUOTED": "\"'$HOME\n"}})
    values = made.invoke(name, {"do": "environ"}).value
    yield name, values
    made.remove_all()


@pytest.mark.parametrize("variable, value", [
    ("AWS_DEFAULT_REGION", REGION), ("AWS_REGION", REGION), ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "192"), ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("LAMBDA_TASK_ROOT", "/var/task"), ("LAMBDA_RUNTIME_DIR", "/var/runtime"), ("TZ", ":UTC"),
    ("_HANDLER", "actions.handler"), ("AWS_EXECUTION_ENV", "AWS_Lambda_python3.11"),
    ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR")])
def test_a_platform_variable_has_its_value(environment, variable, value):
    assert environment[1][variable] == value


def test_names_carry_the_functions_own_name(environment):
    name, values = environment
    assert values["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert values["AWS_LAMBDA_LOG_GROUP_NAME"] == f"/aws/lambda/{name}"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", values["AWS_LAMBDA_LOG_STREAM_NAME"])
    assert re.fullmatch(r"[\d.]+:9001", values["AWS_LAMBDA_RUNTIME_API"])


@pytest.mark.parametrize("variable, value", [("MINE", "grün"), ("EMPTY_ONE", ""), ("WITH_SPACE", " a b "),
                                             ("QUOTED", "\"'$HOME\n"), ("LANG", "C.UTF-8")])
def test_the_owners_variables_arrive_unchanged(environment, variable, value):
    assert environment[1][variable] == value


def test_nothing_of_the_platform_itself_is_visible(environment):
    ours = {name for name in environment[1] if "HEARTH" in name}
    assert ours == {"HEARTH_IDENTITY_TOKEN_FILE"}  # meant for functions: docs/howto/README.md
    assert environment[1]["PATH"].split(":")[0] == "/var/lang/bin"


@pytest.mark.parametrize("variable", RESERVED)
def test_a_reserved_variable_is_refused(functions, variable):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        functions.create(packages.python(), Environment={"Variables": {variable: "x"}})
    error = refused.value.response["Error"]
    if variable.startswith("_"):  # not even a legal name
        assert error["Code"] == "ValidationException" and "'environment.variables'" in error["Message"]
    else:
        assert error["Code"] == "InvalidParameterValueException"
        assert error["Message"].endswith(f"Reserved keys used in this request: {variable}")


def test_four_kibibytes_of_variables_pass_and_more_are_refused(functions):
    fits = {"A1": "x" * (4096 - len('{"A1":""}'))}
    name = functions.deploy(packages.python(), Environment={"Variables": fits})
    assert functions.invoke(name, {"do": "environ"}).value["A1"] == fits["A1"]
    with pytest.raises(functions.client.exceptions.InvalidParameterValueException) as refused:
        functions.create(packages.python(), Environment={"Variables": {"A1": fits["A1"] + "x"}})
    assert "exceeded the 4KB limit" in str(refused.value)


def test_variables_are_not_stored_in_clear(platform, functions):
    secret = "clear-text-canary-7c1f"
    name = functions.deploy(packages.python(), Environment={"Variables": {"SECRET": secret}})
    assert functions.invoke(name, {"do": "environ"}).value["SECRET"] == secret
    for folder, _, names in os.walk(platform.data_dir):
        for file_name in names:
            path = os.path.join(folder, file_name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                with open(path, "rb") as file:
                    assert secret.encode() not in file.read(), path
