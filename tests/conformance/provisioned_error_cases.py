"""Rows of testdata/errors.tsv about provisioned concurrency, provoked."""

import function_packages as packages
from api import quote
from error_cases import case, concurrency_of

RESERVED = "PutFunctionConcurrency"
PUT, EXISTING = "PutProvisionedConcurrencyConfig", "Get/DeleteProvisionedConcurrencyConfig"


def call(api, method, name, qualifier, count=None):
    body = None if count is None else {"ProvisionedConcurrentExecutions": count}
    return api.call(method, f"/2019-09-30/functions/{quote(name)}/provisioned-concurrency?Qualifier={quote(qualifier)}",
                    body)


def published(functions):
    name = functions.deploy(packages.python())
    functions.client.publish_version(FunctionName=name)
    return name


@case(RESERVED, "below provisioned total")
def below_provisioned(api, functions):
    name = published(functions)
    call(api, "PUT", name, "1", 3)
    yield (api.call("PUT", concurrency_of(name, "PUT"), {"ReservedConcurrentExecutions": 2}), {"n": "2", "m": "3"})


@case(PUT, "more than account has")
def more_than_account(api, functions):
    yield call(api, "PUT", published(functions), "1", 1001), {"n": "1000"}


@case(PUT, "breaks unreserved minimum")
def breaks_minimum(api, functions):
    yield call(api, "PUT", published(functions), "1", 901), {"min": "100"}


@case(PUT, "more than reserved")
def more_than_reserved(api, functions):
    name = published(functions)
    api.call("PUT", concurrency_of(name, "PUT"), {"ReservedConcurrentExecutions": 2})
    yield call(api, "PUT", name, "1", 3), {}


@case(PUT, "value 0")
def nothing(api, functions):
    yield call(api, "PUT", published(functions), "1", 0), {}


@case(PUT, "qualifier $LATEST")
def put_latest(api, functions):
    yield call(api, "PUT", published(functions), "$LATEST", 1), {}


@case(EXISTING, "qualifier $LATEST")
def existing_latest(api, functions):
    name = published(functions)
    yield call(api, "GET", name, "$LATEST"), {}
    yield call(api, "DELETE", name, "$LATEST"), {}


@case("GetProvisionedConcurrencyConfig", "none configured")
def none_configured(api, functions):
    yield call(api, "GET", published(functions), "1"), {}


@case(PUT, "alias whose version already has one")
def alias_of_provisioned(api, functions):
    name = published(functions)
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    call(api, "PUT", name, "1", 1)
    yield call(api, "PUT", name, "live", 1), {}


@case(PUT, "version that a provisioned alias points to")
def version_of_provisioned_alias(api, functions):
    name = published(functions)
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    call(api, "PUT", name, "live", 1)
    yield call(api, "PUT", name, "1", 1), {}
