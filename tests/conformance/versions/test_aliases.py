"""CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases; invocations by alias; weighted routing."""

import concurrent.futures
import itertools
import math
import threading

import pytest

from api import arn_of, assert_aws_error, error_of, FUNCTIONS
from test_versions import answering, publish_code

MISMATCH = ("The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
            "retrieve the latest Revision Id")


@pytest.fixture
def two(functions):
    """A function with the versions 1 ("one") and 2 ("two")."""
    name = functions.deploy(answering("one"))
    functions.client.publish_version(FunctionName=name)
    publish_code(functions, name, "two")
    return name


@pytest.fixture
def live(functions, two):
    functions.client.create_alias(FunctionName=two, Name="live", FunctionVersion="1")
    return two


def aliases_of(name):
    return f"{FUNCTIONS}/{name}/aliases"


def shown(answer):
    return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "RevisionId")}


def test_an_alias_reads_as_it_was_created(functions, two):
    created = functions.client.create_alias(FunctionName=two, Name="live", FunctionVersion="1", Description="d")
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    expected = {"AliasArn": arn_of(two, "live"), "Name": "live", "FunctionVersion": "1", "Description": "d"}
    assert shown(created) == expected
    found = functions.client.get_alias(FunctionName=two, Name="live")
    assert shown(found) == expected and found["RevisionId"] == created["RevisionId"]


def test_an_invocation_by_alias_runs_its_version_and_keeps_its_name(functions, live):
    for how in ({"FunctionName": live, "Qualifier": "live"}, {"FunctionName": f"{live}:live"},
                {"FunctionName": arn_of(live, "live")}):
        name = how.pop("FunctionName")
        answer = functions.invoke(name, **how)
        assert answer.value == ["one", "1", arn_of(live, "live")]
        assert answer.version == "1"


def test_get_function_by_alias_shows_the_version_under_the_arn_of_the_alias(functions, live):
    for answer in (functions.client.get_function(FunctionName=live, Qualifier="live")["Configuration"],
                   functions.client.get_function_configuration(FunctionName=arn_of(live, "live"))):
        assert (answer["Version"], answer["FunctionArn"]) == ("1", arn_of(live, "live"))


def test_an_alias_of_latest_follows_it(functions, live):
    functions.client.create_alias(FunctionName=live, Name="head", FunctionVersion="$LATEST")
    answer = functions.invoke(live, Qualifier="head")
    assert answer.value == ["two", "$LATEST", arn_of(live, "head")]


def test_an_update_changes_what_it_names_and_the_revision(functions, live):
    before = functions.client.get_alias(FunctionName=live, Name="live")
    described = functions.client.update_alias(FunctionName=live, Name="live", Description="new")
    assert (described["FunctionVersion"], described["Description"]) == ("1", "new")
    moved = functions.client.update_alias(FunctionName=live, Name="live", FunctionVersion="2")
    assert (moved["FunctionVersion"], moved["Description"]) == ("2", "new")
    assert len({before["RevisionId"], described["RevisionId"], moved["RevisionId"]}) == 3
    assert functions.invoke(live, Qualifier="live").value[0] == "two"


def test_an_update_of_another_revision_changes_nothing(functions, live, api):
    path = f"{aliases_of(live)}/live"
    assert_aws_error(api.call("PUT", path, {"FunctionVersion": "2", "RevisionId": "other"}), 412,
                     "PreconditionFailedException", MISMATCH)
    revision = functions.client.get_alias(FunctionName=live, Name="live")["RevisionId"]
    assert api.call("PUT", path, {"FunctionVersion": "2", "RevisionId": revision}).status == 200
    assert_aws_error(api.call("PUT", path, {"FunctionVersion": "1", "RevisionId": revision}), 412,
                     "PreconditionFailedException", MISMATCH)


def test_of_updates_on_one_revision_exactly_one_wins(functions, live, api):
    revision = functions.client.get_alias(FunctionName=live, Name="live")["RevisionId"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: api.call(
            "PUT", f"{aliases_of(live)}/live", {"Description": str(n), "RevisionId": revision}), range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7


def test_a_deleted_alias_is_gone_and_deleting_it_again_succeeds(functions, live, api):
    for _ in range(2):
        assert api.call("DELETE", f"{aliases_of(live)}/live").status == 204
    assert_aws_error(api.call("GET", f"{aliases_of(live)}/live"), 404, "ResourceNotFoundException",
                     f"Cannot find alias arn: {arn_of(live, 'live')}")
    assert_aws_error(api.invoke(live, query={"Qualifier": "live"}), 404, "ResourceNotFoundException",
                     f"Function not found: {arn_of(live, 'live')}")


def test_a_version_an_alias_points_to_cannot_be_deleted(functions, live, api):
    functions.client.update_alias(FunctionName=live, Name="live",
                                  RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    for version in ("1", "2"):
        assert_aws_error(api.delete(live, {"Qualifier": version}), 409, "ResourceConflictException",
                         "Unable to delete version because the following aliases reference it: [live]")
    functions.client.delete_alias(FunctionName=live, Name="live")
    assert api.delete(live, {"Qualifier": "1"}).status == 204


def test_what_is_taken_or_absent_is_named(functions, live, api):
    cases = [
        ("POST", "", {"Name": "live", "FunctionVersion": "1"}, 409, "ResourceConflictException",
         f"Alias already exists: {arn_of(live, 'live')}"),
        ("POST", "", {"Name": "x", "FunctionVersion": "9"}, 404, "ResourceNotFoundException",
         f"Function not found: {arn_of(live, '9')}"),
        ("PUT", "/live", {"FunctionVersion": "9"}, 404, "ResourceNotFoundException",
         f"Function not found: {arn_of(live, '9')}"),
        ("GET", "/x", None, 404, "ResourceNotFoundException", f"Cannot find alias arn: {arn_of(live, 'x')}"),
        ("PUT", "/x", {}, 404, "ResourceNotFoundException", f"Alias not found: {arn_of(live, 'x')}")]
    for method, path, body, status, error, message in cases:
        assert_aws_error(api.call(method, aliases_of(live) + path, body), status, error, message)
    for method, path, body in (("POST", "", {"Name": "x", "FunctionVersion": "1"}), ("GET", "/x", None),
                               ("PUT", "/x", {}), ("DELETE", "/x", None), ("GET", "", None)):
        assert_aws_error(api.call(method, aliases_of("absent") + path, body), 404, "ResourceNotFoundException",
                         f"Function not found: {arn_of('absent')}")


INVALID, CONSTRAINT = "InvalidParameterValueException", "ValidationException"
MAP = ("1 validation error detected: Value '{}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
       "constraint: ")
VALUES = MAP + ("Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must "
                "have value greater than or equal to 0.0, Member must not be null]")
KEYS = MAP + ("Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have "
              "length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]")


@pytest.mark.parametrize("version, weights, error, message", [
    ("1", {"2": 0.1, "3": 0.1}, INVALID, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
    ("1", {"2": 2.0}, CONSTRAINT, VALUES.format("{2=2.0}")),
    ("1", {"2": -0.5}, CONSTRAINT, VALUES.format("{2=-0.5}")),
    ("1", {"$LATEST": 0.5}, CONSTRAINT, KEYS.format("{$LATEST=0.5}")),
    ("1", {"1": 0.5}, INVALID,
     "Invalid function version 1. Function version 1 is already included in routing configuration."),
    ("$LATEST", {"1": 0.5}, INVALID, "$LATEST is not supported for an alias pointing to more than 1 version")])
def test_routing_that_aws_refuses_is_refused_in_its_words(live, api, version, weights, error, message):
    routing = {"AdditionalVersionWeights": weights}
    for method, path in (("POST", ""), ("PUT", "/live")):
        body = {"Name": "new", "FunctionVersion": version, "RoutingConfig": routing}
        answer = api.call(method, aliases_of(live) + path, body)
        assert_aws_error(answer, 400, error, message)
        if version == "$LATEST":
            assert error_of(answer)[3] is None
    assert api.call("GET", f"{aliases_of(live)}/new").status == 404


def test_both_versions_of_an_alias_must_run_as_the_same_role(functions, live, api):
    functions.client.update_function_configuration(FunctionName=live, Role="arn:aws:iam::000000000000:role/other")
    functions.wait_ready(live)
    version = functions.client.publish_version(FunctionName=live)["Version"]
    routing = {"AdditionalVersionWeights": {version: 0.1}}
    assert_aws_error(api.call("PUT", f"{aliases_of(live)}/live", {"RoutingConfig": routing}), 400, INVALID)


def test_names_that_are_numbers_or_too_long_are_refused(live, api):
    assert_aws_error(
        api.call("POST", aliases_of(live), {"Name": "2024", "FunctionVersion": "1"}), 400, CONSTRAINT,
        "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular "
        "expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")
    for name in ("a" * 129, "a.b", ""):
        assert_aws_error(api.call("POST", aliases_of(live), {"Name": name, "FunctionVersion": "1"}), 400, CONSTRAINT)
    assert_aws_error(api.call("POST", aliases_of(live), {"Name": "x", "FunctionVersion": "live"}), 400, CONSTRAINT)


def test_aliases_are_listed_by_name_in_pages_and_by_version(functions, two):
    for name, version in (("c", "1"), ("a", "2"), ("b", "1"), ("d", "$LATEST")):
        functions.client.create_alias(FunctionName=two, Name=name, FunctionVersion=version)

    def listed(**request):
        pages = functions.client.get_paginator("list_aliases").paginate(
            FunctionName=two, PaginationConfig={"PageSize": 1}, **request)
        return [alias["Name"] for page in pages for alias in page["Aliases"]]
    assert listed() == ["a", "b", "c", "d"]
    assert listed(FunctionVersion="1") == ["b", "c"]
    assert listed(FunctionVersion="$LATEST") == ["d"]


def test_a_weight_sends_its_share_to_the_additional_version(functions, live):
    weight, count = 0.3, 300
    updated = functions.client.update_alias(FunctionName=live, Name="live",
                                            RoutingConfig={"AdditionalVersionWeights": {"2": weight}})
    assert updated["RoutingConfig"] == {"AdditionalVersionWeights": {"2": weight}}
    answers = [functions.invoke(live, Qualifier="live") for _ in range(count)]
    for answer in answers:
        text = {"1": "one", "2": "two"}[answer.version]
        assert answer.value == [text, answer.version, arn_of(live, "live")]
    additional = sum(answer.version == "2" for answer in answers)
    # Four sigma: a sound draw fails once in 16,000 runs.
    assert abs(additional - count * weight) <= 4 * math.sqrt(count * weight * (1 - weight))


def test_an_empty_map_of_weights_ends_the_routing(functions, live):
    functions.client.update_alias(FunctionName=live, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 1}})
    assert functions.invoke(live, Qualifier="live").version == "2"
    answer = functions.client.update_alias(FunctionName=live, Name="live",
                                           RoutingConfig={"AdditionalVersionWeights": {}})
    assert "RoutingConfig" not in answer
    assert {functions.invoke(live, Qualifier="live").version for _ in range(10)} == {"1"}


def test_no_invocation_that_begins_after_an_update_runs_the_old_target(functions, live):
    """Callers note the target that was acknowledged last before they began, and whether it changed meanwhile."""
    acknowledged = [1]  # the update that was answered last; the alias points to 1 after odd ones, to 2 after even ones
    begun = [1]         # the update that was sent last
    stop = threading.Event()
    wrong = []

    def call():
        while not stop.is_set():
            first = acknowledged[0]
            version = functions.invoke(live, Qualifier="live").version
            allowed = {"12"[(n + 1) % 2] for n in range(first, begun[0] + 1)}
            if version not in allowed:
                wrong.append((first, version))

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    for number in itertools.islice(itertools.count(2), 60):
        begun[0] = number
        functions.client.update_alias(FunctionName=live, Name="live", FunctionVersion="12"[(number + 1) % 2])
        acknowledged[0] = number
        assert functions.invoke(live, Qualifier="live").version == "12"[(number + 1) % 2]
    stop.set()
    for caller in callers:
        caller.join()
    assert wrong == []


def test_no_invocation_that_begins_after_an_update_succeeded_runs_the_old_code(functions):
    name = functions.deploy(answering("0"))
    for number in range(1, 6):
        functions.client.update_function_code(FunctionName=name, ZipFile=answering(str(number)).zip_bytes)
        functions.wait_ready(name)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            texts = {answer.value[0] for answer in pool.map(lambda _: functions.invoke(name), range(8))}
        assert texts == {str(number)}
