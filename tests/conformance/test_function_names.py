"""Every form of FunctionName, with and without a qualifier, on every operation that takes one."""

import json

import pytest

import function_packages as packages
from api import arn_of, base64_of, FUNCTIONS, quote
from platform_fixture import ACCOUNT

FORMS = {
    "name": "{name}", "name and version": "{name}:$LATEST", "partial arn": ACCOUNT + ":function:{name}",
    "partial arn and version": ACCOUNT + ":function:{name}:$LATEST", "function word": "function:{name}",
    "function word and version": "function:{name}:$LATEST", "arn": arn_of("{name}"),
    "arn and version": arn_of("{name}", "$LATEST"),
}


def is_qualified(form, query):
    return form.endswith("$LATEST") or query is not None


@pytest.mark.parametrize("query", [None, {"Qualifier": "$LATEST"}], ids=["plain", "Qualifier"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_reads_accept_the_form_and_answer_the_arn_as_asked(api, shared, form, query):
    expected = arn_of(shared, "$LATEST" if is_qualified(form, query) else None)
    for answer in (api.get(form.format(name=shared), query), api.get_configuration(form.format(name=shared), query)):
        assert answer.status == 200, answer
        body = json.loads(answer.body)
        assert body.get("Configuration", body)["FunctionArn"] == expected


@pytest.mark.parametrize("query", [None, {"Qualifier": "$LATEST"}], ids=["plain", "Qualifier"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_invoke_accepts_the_form_and_the_function_learns_how_it_was_called(api, shared, form, query):
    answer = api.invoke(form.format(name=shared), b'{"do": "context"}', query)
    assert answer.status == 200, answer
    assert answer.headers["X-Amz-Executed-Version"] == "$LATEST"
    expected = arn_of(shared, "$LATEST" if is_qualified(form, query) else None)
    assert json.loads(answer.body)["invoked_function_arn"] == expected


UNQUALIFIED = [key for key in FORMS if "version" not in key]


@pytest.mark.parametrize("form", UNQUALIFIED)
def test_writes_accept_the_form(api, functions, form):
    name = functions.deploy(packages.python())
    written = FORMS[form].format(name=name)
    assert api.update_configuration(written, Description="by " + form).status == 200
    functions.wait_ready(name)
    package = packages.python_text("def handler(event, context): return 1")
    assert api.update_code(written, ZipFile=base64_of(package.zip_bytes)).status == 200
    functions.wait_ready(name)
    found = functions.client.get_function_configuration(FunctionName=name)
    assert found["Description"] == "by " + form and found["CodeSize"] == len(package.zip_bytes)
    assert api.delete(written).status == 204
    assert api.get(name).status == 404


@pytest.mark.parametrize("form", UNQUALIFIED)
def test_create_accepts_the_form(api, functions, form):
    name = functions.new_name()
    answer = api.create(FORMS[form].format(name=name))
    assert answer.status == 201, answer
    assert json.loads(answer.body)["FunctionName"] == name
    assert json.loads(answer.body)["FunctionArn"] == arn_of(name)
    functions.wait_ready(name)


def test_an_arn_in_the_path_may_be_written_raw_or_encoded(platform, shared):
    arn = arn_of(shared)
    for written in (arn, quote(arn), arn.replace(":", "%3a"), arn_of(shared, "%24LATEST")):
        answer = platform.request("GET", f"{FUNCTIONS}/{written}/configuration")
        assert answer.status == 200, (written, answer)


def test_names_are_case_sensitive(api, shared):
    assert api.get(shared.upper()).status == 404


@pytest.mark.parametrize("name", ["a", "A-b_9", "x" * 64])
def test_a_legal_name_is_accepted(api, functions, name):
    answer = api.create(name)
    functions._names.append(name)
    assert answer.status == 201, answer
    functions.wait_ready(name)


def test_lower_case_latest_passes_the_pattern_and_is_not_found(api, shared):
    answer = api.get(shared, {"Qualifier": "$latest"})
    assert answer.status == 404
    assert json.loads(answer.body)["Message"] == f"Function not found: {arn_of(shared, '$latest')}"


def test_an_arn_that_ends_in_function_means_a_function_of_that_name(api):
    answer = api.get(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function")
    assert answer.status == 404
    assert json.loads(answer.body)["Message"] == f"Function not found: {arn_of('function')}"
