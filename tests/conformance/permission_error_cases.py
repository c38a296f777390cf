"""The recorded errors of AddPermission, GetPolicy and RemovePermission, provoked: cases of error_cases.py."""

import function_packages as packages
from api import arn_of
from error_cases import case

SERVICE = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}


def add(api, name, query=None, **members):
    return api.add_permission(name, query, **{"StatementId": "sid", **SERVICE, **members})


@case("AddPermission", "bad StatementId")
def bad_statement_id(api, functions):
    yield add(api, "any", StatementId="example.com"), {}


@case("AddPermission", "Qualifier $LATEST")
def qualifier_latest(api, functions):
    name = functions.deploy(packages.python())
    yield add(api, name, {"Qualifier": "$LATEST"}), {}
    yield add(api, f"{name}:$LATEST"), {}


@case("AddPermission", "principal cannot be resolved")
def bad_principal(api, functions):
    name = functions.deploy(packages.python())
    for principal in ("somebody", "12345", "arn:aws:s3:::bucket"):
        yield add(api, name, Principal=principal), {}


@case("AddPermission, AddLayerVersionPermission", "sid already used")
def statement_id_taken(api, functions):
    name = functions.deploy(packages.python())
    assert add(api, name).status == 201
    yield add(api, name), {"sid": "sid"}


@case("AddPermission, RemovePermission, provisioned ops", "alias absent")
def absent_alias(api, functions):
    name = functions.deploy(packages.python())
    values = {"fnArn": arn_of(name), "alias": "live"}
    yield add(api, name, {"Qualifier": "live"}), values
    yield api.remove_permission(name, "sid", {"Qualifier": "live"}), values
    provisioned = f"/2019-09-30/functions/{name}/provisioned-concurrency?Qualifier=live"
    yield api.call("PUT", provisioned, {"ProvisionedConcurrentExecutions": 1}), values
    yield api.call("GET", provisioned), values
    yield api.call("DELETE", provisioned), values


@case("GetPolicy", "function, version or policy absent")
def absent_policy(api, functions):
    name = functions.deploy(packages.python())
    for target, query in (("absent", None), (name, None), (name, {"Qualifier": "7"}), (name, {"Qualifier": "live"})):
        yield api.get_policy(target, query), {}


@case("RemovePermission", "function exists, has no policy")
def nothing_to_remove(api, functions):
    yield api.remove_permission(functions.deploy(packages.python()), "sid"), {}


@case("RemovePermission", "function absent")
def remove_from_absent(api, functions):
    yield api.remove_permission("absent", "sid"), {"fnArn": arn_of("absent")}


@case("RemovePermission, RemoveLayerVersionPermission", "sid absent")
def absent_statement(api, functions):
    name = functions.deploy(packages.python())
    assert add(api, name).status == 201
    yield api.remove_permission(name, "other"), {"sid": "other"}


@case("AddPermission (newer recordings: function with policy, alias)", "RevisionId mismatch")
def stale_revision_of_a_policy(api, functions):
    name = functions.deploy(packages.python())
    assert add(api, name).status == 201
    yield add(api, name, StatementId="other", RevisionId="00000000-0000-4000-8000-000000000000"), {}
