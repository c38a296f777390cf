"""Functions run as their role, and only as roles that Lambda may assume."""

import json

import boto3
import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, CLIENT_CONFIG, REGION, Functions

LAMBDA_ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda-role"
CANNOT_ASSUME = "The role defined for the function cannot be assumed by Lambda."


def trust_of(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})


def client_of(platform, variables, service="sts"):
    """A client that signs with what a function found in its environment."""
    return boto3.client(service, endpoint_url=platform.endpoint, region_name=REGION, config=CLIENT_CONFIG,
                        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
                        aws_session_token=variables["AWS_SESSION_TOKEN"])


@pytest.fixture
def iam(platform):
    return platform.client("iam")


@pytest.fixture
def role(iam):
    """A role Lambda may assume, of this test alone."""
    made = iam.create_role(RoleName="runs", AssumeRolePolicyDocument=trust_of("lambda.amazonaws.com"))["Role"]
    yield made["Arn"]
    if "runs" not in [one["RoleName"] for one in iam.list_roles()["Roles"]]:
        return  # the test deleted it
    for name in iam.list_role_policies(RoleName="runs")["PolicyNames"]:
        iam.delete_role_policy(RoleName="runs", PolicyName=name)
    iam.delete_role(RoleName="runs")


def test_a_function_has_the_credentials_of_its_role(platform, functions, role):
    name = functions.deploy(packages.python(), Role=role)
    variables = functions.invoke(name, {"do": "environ"}).value
    identity = client_of(platform, variables).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/runs/{name}"
    assert identity["Account"] == ACCOUNT


def test_the_credentials_may_do_what_the_role_may(platform, functions, iam, role):
    name = functions.deploy(packages.python(), Role=role)
    own = client_of(platform, functions.invoke(name, {"do": "environ"}).value, "iam")
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        own.list_roles()
    iam.put_role_policy(RoleName="runs", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"}]}))
    assert own.list_roles()["Roles"]


def test_a_changed_role_gives_new_environments(platform, functions, role):
    name = functions.deploy(packages.python(), Role=LAMBDA_ROLE)
    functions.invoke(name, {"do": "environ"})
    functions.client.update_function_configuration(FunctionName=name, Role=role)
    functions.wait_ready(name)
    variables = functions.invoke(name, {"do": "environ"}).value
    assert ":assumed-role/runs/" in client_of(platform, variables).get_caller_identity()["Arn"]


def test_the_credentials_end_with_their_role(platform, functions, iam, role):
    name = functions.deploy(packages.python(), Role=role)
    sts = client_of(platform, functions.invoke(name, {"do": "environ"}).value)
    iam.delete_role(RoleName="runs")
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()


def test_a_role_that_does_not_trust_lambda_is_refused(functions, iam, role):
    name = functions.deploy(packages.python(), Role=LAMBDA_ROLE)
    iam.update_assume_role_policy(RoleName="runs", PolicyDocument=trust_of("ec2.amazonaws.com"))
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        functions.create(packages.python(), Role=role)
    error = raised.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameterValueException", CANNOT_ASSUME)
    with pytest.raises(botocore.exceptions.ClientError, match=CANNOT_ASSUME):
        functions.client.update_function_configuration(FunctionName=name, Role=role)


def test_a_role_of_another_account_is_refused(functions):
    with pytest.raises(botocore.exceptions.ClientError, match="Cross-account pass role is not allowed"):
        functions.create(packages.python(), Role="arn:aws:iam::111111111111:role/any")


def test_an_unknown_role_may_do_nothing_here_and_is_refused_elsewhere(platform, functions, make_platform):
    unknown = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    name = functions.deploy(packages.python(), Role=unknown)
    variables = functions.invoke(name, {"do": "environ"}).value
    assert ":assumed-role/nobody/" in client_of(platform, variables).get_caller_identity()["Arn"]
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        client_of(platform, variables, "iam").list_roles()

    strict = make_platform(environment={"HEARTH_IAM_ALLOW_UNKNOWN_ROLES": "false"}).start()
    made = Functions(strict)
    with pytest.raises(botocore.exceptions.ClientError, match=CANNOT_ASSUME):
        made.create(packages.python(), Role=unknown)
    assert made.invoke(made.deploy(packages.python(), Role=LAMBDA_ROLE), {"do": "count"}).status == 200


CALLS = """
import hashlib, hmac, http.client, os, datetime

def handler(event, context):
    # Signature Version 4 by hand: the interpreter of the machine may have no SDK.
    now = datetime.datetime.utcnow()
    amz_date, date = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    host = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
    region, service = os.environ["AWS_REGION"], event["service"]
    body = event.get("body", "")
    headers = {"host": host, "x-amz-date": amz_date, "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"]}
    if event.get("type"):
        headers["content-type"] = event["type"]
    names = ";".join(sorted(headers))
    canonical = "\\n".join([event["method"], event["path"], "", *(f"{k}:{headers[k]}" for k in sorted(headers)), "",
                           names, hashlib.sha256(body.encode()).hexdigest()])
    scope = f"{date}/{region}/{service}/aws4_request"
    text = "\\n".join(["AWS4-HMAC-SHA256", amz_date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    if not event.get("unsigned"):
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, "
                                    f"Signature={signature}")
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request(event["method"], event["path"], body=body.encode(), headers=headers)
    answer = connection.getresponse()
    return {"status": answer.status, "body": answer.read().decode()}
"""
WHO = {"method": "POST", "path": "/", "service": "sts", "body": "Action=GetCallerIdentity&Version=2011-06-15",
       "type": "application/x-www-form-urlencoded"}


def test_a_function_asks_the_aws_api_with_its_own_signature(functions, role):
    name = functions.deploy(packages.python_text(CALLS), Role=role)
    answer = functions.invoke(name, WHO).value
    assert answer["status"] == 200 and f":assumed-role/runs/{name}" in answer["body"], answer
    unsigned = functions.invoke(name, {**WHO, "unsigned": True}).value
    assert unsigned["status"] == 403 and "MissingAuthenticationToken" in unsigned["body"], unsigned


def test_a_function_invokes_another(functions, iam, role):
    iam.put_role_policy(RoleName="runs", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}))
    callee = functions.deploy(packages.python(), Role=role)
    caller = functions.deploy(packages.python_text(CALLS), Role=role, Timeout=30)
    answer = functions.invoke(caller, {
        "method": "POST", "path": f"/2015-03-31/functions/{callee}/invocations", "service": "lambda",
        "body": json.dumps({"do": "echo", "value": "from inside"})}).value
    assert answer == {"status": 200, "body": '"from inside"'}
