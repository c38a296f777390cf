"""docs/aws_compatibility.md says what the tables say, and the tables leave nothing out."""

import pathlib
import re

import botocore.config
import botocore.exceptions
import botocore.session
import pytest

import compatibility
import test_refused_members
import test_unknown_operations
from platform_fixture import CLIENT_CONFIG


def test_the_document_is_what_the_tables_say():
    with open(compatibility.DOCUMENT, encoding="utf-8") as file:
        assert file.read() == compatibility.document(), "run tests/conformance/compatibility.py --write"


def test_every_operation_of_the_model_is_listed_once():
    names = [row["name"] for row in compatibility.operations() if row["service"] == "lambda"]
    assert len(names) == len(set(names)) == 85
    assert compatibility.implemented() == test_unknown_operations.IMPLEMENTED


def test_every_operation_that_boto3_knows_is_called_through_it():
    """By name, as a paginator or as a waiter. What Debian's boto3 does not know yet is sent by hand."""
    tests = pathlib.Path(compatibility.FOLDER).parent
    text = "\n".join(path.read_text(encoding="utf-8") for suite in ("conformance", "integration")
                     for path in (tests / suite).rglob("test_*.py"))
    known = botocore.session.get_session().get_service_model("lambda").operation_names
    names = {name: re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in test_unknown_operations.IMPLEMENTED}
    not_called = [name for name, snake in names.items() if name in known and
                  not re.search(rf'\.{snake}[(,]|"{snake}"', text)]
    assert not_called == []


def test_every_member_is_enforced_or_refused_and_says_how():
    rows = compatibility.table("members.tsv")
    assert {row["status"] for row in rows} == {"enforced", "refused"}
    assert all(row["how"] for row in rows)
    assert len({(row["operation"], row["member"]) for row in rows}) == len(rows) > 120


def test_every_refused_member_has_a_probe():
    probes = set(test_refused_members.BODY_PROBES) | set(test_refused_members.HEADER_PROBES)
    missing = [(operation, member) for operation, member in test_refused_members.REFUSED
               if member not in probes and member.replace("Code.", "").replace("Content.", "") not in probes]
    assert missing == []


@pytest.mark.parametrize("service, unknown", [
    ("iam", "InvalidAction"), ("sts", "InvalidAction"), ("kms", "UnknownOperationException")])
def test_the_operations_of_identity_and_keys_are_those_listed(platform, service, unknown):
    """Sends each operation of botocore's model without members: what is listed is known, what is not is refused."""
    rows = compatibility.table("kms.tsv") if service == "kms" else [
        row for row in compatibility.table("identity.tsv") if row["service"] == service]
    listed = {row["operation"] for row in rows}
    client = platform.client(service, config=CLIENT_CONFIG.merge(botocore.config.Config(parameter_validation=False)))
    found = {"CreateAccessKey", "AssumeRoleWithWebIdentity"} & listed  # the first would make a key of root
    for operation in set(client.meta.service_model.operation_names) - found:
        try:
            client._make_api_call(operation, {})
        except botocore.exceptions.ClientError as refused:
            # What needs no signature on AWS and is not carried out is missed its signature.
            if refused.response["Error"]["Code"] in (unknown, "MissingAuthenticationToken"):
                continue
        found.add(operation)
    assert found == listed & set(client.meta.service_model.operation_names)
