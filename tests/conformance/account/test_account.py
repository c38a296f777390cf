"""GetAccountSettings."""

import function_packages as packages


def test_the_limits_are_aws_defaults(client):
    limit = client.get_account_settings()["AccountLimit"]
    assert limit == {"TotalCodeSize": 80530636800, "CodeSizeUnzipped": 262144000, "CodeSizeZipped": 52428800,
                     "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}


def test_the_usage_counts_functions_and_bytes(client, functions):
    before = client.get_account_settings()["AccountUsage"]
    package = packages.python()
    name = functions.deploy(package)
    during = client.get_account_settings()["AccountUsage"]
    assert during["FunctionCount"] == before["FunctionCount"] + 1
    assert during["TotalCodeSize"] == before["TotalCodeSize"] + len(package.zip_bytes)
    client.delete_function(FunctionName=name)
    assert client.get_account_settings()["AccountUsage"] == before


def test_old_sdks_may_write_a_trailing_slash(api):
    assert api.call("GET", "/2016-08-19/account-settings/").status == 200
