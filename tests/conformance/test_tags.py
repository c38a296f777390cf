"""TagResource, UntagResource, ListTags, and the Tags of GetFunction."""

import json

import botocore.exceptions
import pytest

import function_packages as packages
from api import arn_of, assert_aws_error, quote

TAGS = "/2017-03-31/tags/"
UUID = "00000000-0000-4000-8000-000000000000"


def revision(functions, name):
    return functions.client.get_function_configuration(FunctionName=name)["RevisionId"]


def test_tags_are_merged_taken_away_and_listed(functions):
    name = functions.deploy(packages.python())
    client, arn = functions.client, arn_of(name)
    before = revision(functions, name)
    client.tag_resource(Resource=arn, Tags={"team": "blue", "stage": "test"})
    client.tag_resource(Resource=arn, Tags={"stage": "prod", "empty": ""})
    assert client.list_tags(Resource=arn)["Tags"] == {"team": "blue", "stage": "prod", "empty": ""}
    assert client.get_function(FunctionName=name)["Tags"] == {"team": "blue", "stage": "prod", "empty": ""}
    client.untag_resource(Resource=arn, TagKeys=["team", "empty", "never"])
    assert client.list_tags(Resource=arn)["Tags"] == {"stage": "prod"}
    client.untag_resource(Resource=arn, TagKeys=["stage"])
    assert client.list_tags(Resource=arn)["Tags"] == {}
    assert "Tags" not in client.get_function(FunctionName=name)
    assert revision(functions, name) == before


def test_tags_given_at_creation_are_listed(functions):
    name = functions.deploy(packages.python(), Tags={"a": "1"})
    assert functions.client.list_tags(Resource=arn_of(name))["Tags"] == {"a": "1"}


def test_an_arn_with_raw_colons_is_the_same_resource(api, shared):
    answer = api.call("GET", TAGS + arn_of(shared))
    assert (answer.status, json.loads(answer.body)) == (200, {"Tags": {}})


def test_more_than_fifty_tags_are_refused_in_all(functions):
    client, arn = functions.client, arn_of(functions.deploy(packages.python()))
    client.tag_resource(Resource=arn, Tags={f"k{i}": "v" for i in range(50)})
    with pytest.raises(botocore.exceptions.ClientError, match="Number of tags exceeds resource tag limit."):
        client.tag_resource(Resource=arn, Tags={"one more": "v"})
    assert len(client.list_tags(Resource=arn)["Tags"]) == 50


@pytest.mark.parametrize("qualifier", ["$LATEST", "1", "live"])
def test_versions_and_aliases_have_no_tags(api, shared, qualifier):
    assert_aws_error(api.call("GET", TAGS + quote(arn_of(shared, qualifier))), 400, "InvalidParameterValueException",
                     "Tags on function aliases and versions are not supported. Please specify a function ARN.")


def test_absent_resources_are_named_in_their_own_words(api):
    arn = arn_of("never-made")
    assert_aws_error(api.call("GET", TAGS + quote(arn)), 404, "ResourceNotFoundException",
                     f"Function not found: {arn}")
    mapping = arn.replace("function:never-made", f"event-source-mapping:{UUID}")
    assert_aws_error(api.call("GET", TAGS + quote(mapping)), 404, "ResourceNotFoundException",
                     f"Event source mapping not found: {mapping}")
    provider = arn.replace("function:never-made", "capacity-provider:x")
    assert_aws_error(api.call("GET", TAGS + quote(provider)), 404, "ResourceNotFoundException",
                     f"Capacity provider not found: {provider}")


def test_what_a_request_lacks_is_named(api, shared):
    path = TAGS + quote(arn_of(shared))
    assert_aws_error(api.call("POST", path, body={"Tags": {}}), 400, "InvalidParameterValueException",
                     "An error occurred and the request cannot be processed.")
    assert_aws_error(api.call("POST", path, body={}), 400, "ValidationException",
                     "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must "
                     "not be null")
    assert_aws_error(api.call("DELETE", path), 400, "ValidationException",
                     "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must "
                     "not be null")


def test_the_reserved_prefix_is_refused(api, shared):
    assert_aws_error(api.call("POST", TAGS + quote(arn_of(shared)), body={"Tags": {"aws:x": "1"}}), 400,
                     "InvalidParameterValueException")


def test_what_is_no_taggable_arn_is_refused_by_its_pattern(api):
    answer = api.call("GET", TAGS + quote("arn:aws:s3:::bucket"))
    assert_aws_error(answer, 400, "ValidationException")
    assert "Value 'arn:aws:s3:::bucket' at 'resource'" in json.loads(answer.body)["message"]
