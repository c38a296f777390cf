"""Runtimes that AWS has retired: refused with AWS's words, unless the configuration allows them (`hearth dev` does)."""

import json

import pytest

from api import Api
from platform_fixture import Functions, Platform

TEXT = ("The runtime parameter of {} is no longer supported for creating or updating AWS Lambda functions. We "
        "recommend you use a supported runtime while creating or updating functions.")


@pytest.fixture(scope="module")
def strict():
    made = Platform(environment={"HEARTH_RUNTIMES_ALLOW_DEPRECATED": "false"})
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.mark.parametrize("runtime", ["python3.6", "python2.7", "nodejs12.x", "go1.x"])
def test_a_retired_runtime_is_refused_where_it_is_not_allowed(strict, runtime):
    answer = Api(strict).create("retired", Runtime=runtime)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "InvalidParameterValueException")
    assert json.loads(answer.body)["message"] == TEXT.format(runtime)


def test_a_retired_runtime_is_served_by_the_nearest_where_it_is_allowed(platform):
    functions = Functions(platform)
    name = functions.new_name()
    assert Api(platform).create(name, Runtime="python3.8").status == 201
    functions.wait_ready(name)
    assert functions.invoke(name, {"do": "environ"}).value["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.8"
    functions.remove_all()
