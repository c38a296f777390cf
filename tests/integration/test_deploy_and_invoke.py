"""The main job: a zip is deployed and runs, on every runtime family, with payloads up to the limits."""

import base64
import hashlib
import json

import pytest

import function_packages as packages

MAX_REQUEST, MAX_RESPONSE = 6 * 1024 * 1024, 6291556


@pytest.mark.parametrize("package", [packages.python, packages.node, packages.native],
                         ids=["python", "node", "native"])
def test_a_deployed_zip_answers(functions, package):
    made = package()
    name = functions.deploy(made)
    event = {"do": "echo", "value": {"text": "grüß dich ✓", "list": [1, 2.5, None, True]}}
    answer = functions.invoke(name, event)
    assert (answer.status, answer.error, answer.version) == (200, None, "$LATEST")
    assert answer.value in (event, event["value"])


def test_a_script_is_a_custom_runtime_too(functions):
    name = functions.deploy(packages.script("""#!/bin/sh
exec /usr/bin/python3 -c '
import http.client, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    event = api.getresponse()
    body, request_id = event.read(), event.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", "/2018-06-01/runtime/invocation/%s/response" % request_id, body)
    api.getresponse().read()
'
"""))
    assert functions.invoke(name, {"x": 1}).value == {"x": 1}


def test_an_update_of_the_code_reaches_the_next_invocation(functions):
    name = functions.deploy(packages.python_text("def handler(event, context): return 'old'"))
    assert functions.invoke(name).value == "old"
    new = packages.python_text("def handler(event, context): return 'new'")
    answer = functions.client.update_function_code(FunctionName=name, ZipFile=new.zip_bytes)
    assert answer["LastUpdateStatus"] == "InProgress"
    assert answer["CodeSha256"] == base64.b64encode(hashlib.sha256(new.zip_bytes).digest()).decode()
    functions.wait_ready(name)
    assert functions.invoke(name).value == "new"


def test_an_update_of_the_configuration_reaches_the_next_invocation(functions):
    name = functions.deploy(packages.python(), Environment={"Variables": {"COLOUR": "red"}})
    assert functions.invoke(name, {"do": "environ"}).value["COLOUR"] == "red"
    functions.client.update_function_configuration(
        FunctionName=name, MemorySize=256, Environment={"Variables": {"COLOUR": "blue"}})
    functions.wait_ready(name)
    environment = functions.invoke(name, {"do": "environ"}).value
    assert environment["COLOUR"] == "blue"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"


def test_a_deleted_function_runs_no_more(functions):
    name = functions.deploy(packages.python())
    assert functions.invoke(name, {"do": "count"}).value["count"] == 1
    functions.client.delete_function(FunctionName=name)
    with pytest.raises(functions.client.exceptions.ResourceNotFoundException):
        functions.invoke(name, {"do": "count"})


def test_a_function_made_anew_under_an_old_name_starts_afresh(functions):
    name = functions.deploy(packages.python())
    first = functions.invoke(name, {"do": "count"}).value
    functions.client.delete_function(FunctionName=name)
    functions.deploy(packages.python(), FunctionName=name)
    second = functions.invoke(name, {"do": "count"}).value
    assert second["count"] == 1 and second["environment"] != first["environment"]


@pytest.mark.parametrize("package", [packages.python, packages.native], ids=["python", "native"])
def test_six_mebibytes_travel_both_ways(functions, package):
    name = functions.deploy(package(), MemorySize=512, Timeout=30)
    wrapper = len(json.dumps({"do": "echo", "value": ""}, separators=(",", ":")))
    text = "x" * (MAX_REQUEST - wrapper)
    payload = json.dumps({"do": "echo", "value": text}, separators=(",", ":")).encode()
    assert len(payload) == MAX_REQUEST
    answer = functions.invoke(name, Payload=payload)
    assert answer.error is None
    value = answer.value
    assert (value if isinstance(value, str) else value["value"]) == text


def test_a_request_over_six_mebibytes_is_refused(platform, functions):
    name = functions.deploy(packages.python())
    payload = b'"' + b"x" * (MAX_REQUEST - 1) + b'"'
    answer = platform.request("POST", f"/2015-03-31/functions/{name}/invocations", payload)
    assert answer.status == 413
    assert answer.headers["x-amzn-ErrorType"].startswith("RequestTooLargeException")


def test_the_largest_response_passes_and_one_byte_more_does_not(functions):
    name = functions.deploy(packages.python(), MemorySize=512, Timeout=30)
    answer = functions.invoke(name, {"do": "large", "length": MAX_RESPONSE - 2})
    assert answer.error is None and len(answer.raw) == MAX_RESPONSE
    answer = functions.invoke(name, {"do": "large", "length": MAX_RESPONSE - 1})
    assert answer.error == "Unhandled"
    assert answer.value == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}
    assert functions.invoke(name, {"do": "echo", "value": "still here"}).value == "still here"


def test_a_chunked_request_body_is_accepted(platform, functions):
    name = functions.deploy(packages.python())
    target = f"/2015-03-31/functions/{name}/invocations"
    body = packages.to_json({"do": "echo", "value": "in pieces"})
    headers = platform.signed("POST", target, body)
    headers.pop("Content-Length", None)
    answer = platform.send("POST", target, iter([body[:5], body[5:]]), headers)
    assert (answer.status, answer.body) == (200, b'"in pieces"')


def test_the_code_location_gives_the_package_back_unchanged(platform, functions):
    made = packages.python()
    name = functions.deploy(made)
    code = functions.client.get_function(FunctionName=name)["Code"]
    assert code["RepositoryType"] == "S3"
    assert code["Location"].startswith(platform.endpoint + "/")
    answer = platform.send("GET", code["Location"][len(platform.endpoint):])
    assert answer.status == 200 and answer.body == made.zip_bytes
    forged = code["Location"][len(platform.endpoint):-4] + "0000"
    assert platform.send("GET", forged).status == 403
