"""Functions prove what they are: identity tokens, who checks them, and the roles they are traded in for."""

import json
import os
import tempfile
import time

import botocore
import botocore.config
import botocore.exceptions
import boto3
import jwt
import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, CLIENT_CONFIG, REGION, Functions, wait_until

AUDIENCE = "sts.amazonaws.com"
READER = """
import os, boto3
from botocore import UNSIGNED
from botocore.config import Config

def handler(event, context):
    path = os.environ["HEARTH_IDENTITY_TOKEN_FILE"]
    with open(path) as file:
        token = file.read()
    if "role" not in event:
        status = os.stat(path)
        return {"token": token, "mode": oct(status.st_mode & 0o777), "mine": status.st_uid == os.getuid(),
                "sdk": "AWS_WEB_IDENTITY_TOKEN_FILE" in os.environ, "listed": os.listdir(os.path.dirname(path))}
    where = {"region_name": os.environ["AWS_REGION"], "endpoint_url": os.environ["AWS_ENDPOINT_URL"]}
    sts = boto3.client("sts", config=Config(signature_version=UNSIGNED), **where)
    given = sts.assume_role_with_web_identity(RoleArn=event["role"], RoleSessionName="traded",
                                              WebIdentityToken=token)["Credentials"]
    session = dict(aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"],
                   aws_session_token=given["SessionToken"], **where)
    answer = {"arn": boto3.client("sts", **session).get_caller_identity()["Arn"]}
    try:
        boto3.client("lambda", **session).get_function(FunctionName=event["function"])
        answer["read"] = True
    except Exception as error:
        answer["read"] = str(error)
    return answer
"""


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def name_of(issuer):
    return issuer.partition("://")[2]


def provider_arn(issuer, account=ACCOUNT):
    return f"arn:aws:iam::{account}:oidc-provider/{name_of(issuer)}"


def web_trust(issuer, subject, account=ACCOUNT):
    return document({"Effect": "Allow", "Principal": {"Federated": provider_arn(issuer, account)},
                     "Action": "sts:AssumeRoleWithWebIdentity",
                     "Condition": {"StringEquals": {f"{name_of(issuer)}:aud": AUDIENCE},
                                   "StringLike": {f"{name_of(issuer)}:sub": subject}}})


@pytest.fixture(scope="module")
def issuer(platform):
    """The URL of Hearth's own issuer, as its discovery document says it."""
    answer = platform.send("GET", "/.well-known/openid-configuration")
    assert answer.status == 200
    return json.loads(answer.body)["issuer"]


@pytest.fixture
def iam(platform):
    return platform.client("iam")


@pytest.fixture
def provider(iam, issuer):
    arn = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=[AUDIENCE])["OpenIDConnectProviderArn"]
    yield arn
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


@pytest.fixture
def role(iam):
    """Makes a role with a trust policy; answers its ARN."""
    made = []

    def make(trust, name="federated", policy=None):
        made.append(name)
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if policy:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return arn

    yield make
    for name in made:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)


@pytest.fixture
def keys_folder():
    """A folder that the controller can read, whoever it runs as."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield folder


def unsigned(platform, service="sts"):
    config = botocore.config.Config(signature_version=botocore.UNSIGNED, parameter_validation=False,
                                    retries={"max_attempts": 0})
    return boto3.client(service, endpoint_url=platform.endpoint, region_name=REGION, config=config)


def trade(platform, **parameters):
    return unsigned(platform).assume_role_with_web_identity(**{"RoleSessionName": "run", **parameters})


def code_of(call, *arguments, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(*arguments, **parameters)
    return raised.value.response["Error"]["Code"]


def test_a_strangers_library_verifies_the_token_of_a_function(platform, functions, issuer):
    name = functions.deploy(packages.python_text(READER))
    answer = functions.invoke(name, {}).value
    discovery = json.loads(platform.send("GET", "/.well-known/openid-configuration").body)
    published = platform.send("GET", discovery["jwks_uri"].removeprefix(issuer))
    assert published.headers["cache-control"].startswith("public, max-age=")
    keys = jwt.PyJWKSet.from_json(published.body.decode()).keys
    header = jwt.get_unverified_header(answer["token"])
    key = next(one for one in keys if one.key_id == header["kid"])
    claims = jwt.decode(answer["token"], key.key, algorithms=["ES256"], audience=AUDIENCE, issuer=issuer,
                        options={"require": ["exp", "iat", "nbf", "jti", "sub"]})
    assert claims["sub"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:$LATEST"
    assert claims["hearth"] == {**claims["hearth"], "account": ACCOUNT, "function": name, "version": "$LATEST"}
    assert claims["exp"] - claims["iat"] == 3600
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(answer["token"][:-8] + "AAAAAAAA", key.key, algorithms=["ES256"], audience=AUDIENCE)


def test_the_token_is_a_file_that_the_function_can_only_read(functions):
    name = functions.deploy(packages.python_text(READER))
    answer = functions.invoke(name, {}).value
    assert (answer["mode"], answer["mine"], answer["sdk"]) == ("0o444", False, False)
    assert answer["listed"] == ["identity-token"]


def test_a_version_says_which_it_is(functions, issuer):
    name = functions.deploy(packages.python_text(READER))
    version = functions.client.publish_version(FunctionName=name)["Version"]
    token = functions.invoke(name, {}, Qualifier=version).value["token"]
    subject = jwt.decode(token, options={"verify_signature": False})["sub"]
    assert subject == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:{version}"


def test_a_function_trades_its_token_for_a_role(functions, issuer, provider, role):
    name = functions.deploy(packages.python_text(READER), Timeout=30)
    other = functions.deploy(packages.python_text(READER), Timeout=30)
    may_read = document({"Effect": "Allow", "Action": "lambda:GetFunction", "Resource": "*"})
    arn = role(web_trust(issuer, f"arn:aws:lambda:*:{ACCOUNT}:function:{name}:*"), policy=may_read)
    answer = functions.invoke(name, {"role": arn, "function": name}).value
    assert answer == {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/federated/traded", "read": True}
    refused = functions.invoke(other, {"role": arn, "function": name})
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in refused.value["errorMessage"]


def test_another_account_trusts_a_function(platform, functions, issuer):
    account, *keys = platform.create_account()
    theirs = platform.client("iam", keys=keys)
    name = functions.deploy(packages.python_text(READER))
    token = functions.invoke(name, {}).value["token"]
    arn = theirs.create_role(RoleName="guest", AssumeRolePolicyDocument=web_trust(
        issuer, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:*", account))["Role"]["Arn"]
    assert code_of(trade, platform, RoleArn=arn, WebIdentityToken=token) == "InvalidIdentityToken"
    theirs.create_open_id_connect_provider(Url=issuer, ClientIDList=[AUDIENCE])
    answer = trade(platform, RoleArn=arn, WebIdentityToken=token)
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/guest/run"
    assert (answer["Audience"], answer["Provider"]) == (AUDIENCE, provider_arn(issuer, account))
    assert answer["SubjectFromWebIdentityToken"].endswith(f":function:{name}:$LATEST")


def test_what_is_wrong_with_a_token_is_said(platform, functions, issuer, provider, role, iam):
    name = functions.deploy(packages.python_text(READER))
    token = functions.invoke(name, {}).value["token"]
    arn = role(web_trust(issuer, "*"))
    changed = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    assert code_of(trade, platform, RoleArn=arn, WebIdentityToken=changed) == "InvalidIdentityToken"
    assert code_of(trade, platform, RoleArn=arn, WebIdentityToken="no token") == "InvalidIdentityToken"
    assert code_of(trade, platform, RoleArn=arn + "x", WebIdentityToken=token) == "AccessDenied"
    assert code_of(trade, platform, RoleArn=arn, WebIdentityToken=token, DurationSeconds=10) == "ValidationError"
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=provider, ClientID=AUDIENCE)
    assert code_of(trade, platform, RoleArn=arn, WebIdentityToken=token) == "InvalidIdentityToken"
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=provider, ClientID=AUDIENCE)
    assert trade(platform, RoleArn=arn, WebIdentityToken=token)["Credentials"]


def test_a_provider_is_shown_as_aws_shows_it(iam, issuer, provider):
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)
    assert (shown["Url"], shown["ClientIDList"], shown["ThumbprintList"]) == (name_of(issuer), [AUDIENCE], [])
    assert {"Arn": provider} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert code_of(iam.create_open_id_connect_provider, Url=issuer) == "EntityAlreadyExists"
    assert code_of(iam.create_open_id_connect_provider, Url="http://idp.example") == "InvalidInput"


def test_another_issuers_tokens_count_when_its_keys_are_in_the_folder(make_platform, keys_folder):
    from cryptography.hazmat.primitives.asymmetric import rsa
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "k1", "use": "sig"}
    with open(os.path.join(keys_folder, "idp.json"), "w", encoding="utf-8") as file:
        json.dump({"issuer": "https://idp.example/team", "keys": [public]}, file)
    own = make_platform(environment={"HEARTH_IDENTITY_KEYS_DIRECTORY": keys_folder}).start()
    own_iam = own.client("iam")
    own_iam.create_open_id_connect_provider(Url="https://idp.example/team", ClientIDList=["app"])
    trust = document({"Effect": "Allow", "Principal": {"Federated": provider_arn("https://idp.example/team")},
                      "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                      "Condition": {"StringEquals": {"idp.example/team:sub": "ci/main"}}})
    arn = own_iam.create_role(RoleName="ci", AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    def token(age=0, **claims):
        now = int(time.time()) - age
        return jwt.encode({"iss": "https://idp.example/team", "aud": "app", "sub": "ci/main", "iat": now,
                           "exp": now + 300, **claims}, key, algorithm="RS256", headers={"kid": "k1"})

    assert trade(own, RoleArn=arn, WebIdentityToken=token())["Credentials"]
    assert code_of(trade, own, RoleArn=arn, WebIdentityToken=token(age=400)) == "ExpiredTokenException"
    assert code_of(trade, own, RoleArn=arn, WebIdentityToken=token(sub="ci/other")) == "AccessDenied"
    assert code_of(trade, own, RoleArn=arn, WebIdentityToken=token(sub="short")) == "IDPRejectedClaim"
    tags = {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]}
    own_iam.put_role_policy(RoleName="ci", PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}))
    for more, allowed in (({}, False), ({"https://aws.amazon.com/tags": tags}, True)):
        given = trade(own, RoleArn=arn, WebIdentityToken=token(**more))["Credentials"]
        session = boto3.client("iam", endpoint_url=own.endpoint, region_name=REGION, config=CLIENT_CONFIG,
                               aws_access_key_id=given["AccessKeyId"], aws_session_token=given["SessionToken"],
                               aws_secret_access_key=given["SecretAccessKey"])
        if allowed:
            assert session.get_role(RoleName="ci")["Role"]["Arn"] == arn
        else:
            assert code_of(session.get_role, RoleName="ci") == "AccessDenied"


def test_tokens_are_replaced_before_they_end_and_survive_new_keys(make_platform):
    own = make_platform(environment={"HEARTH_IDENTITY_TOKEN_SECONDS": "10"}).start()
    own_functions = Functions(own)
    name = own_functions.deploy(packages.python_text(READER))
    first = own_functions.invoke(name, {}).value["token"]
    listed = own.hearth("keyring", "rotate", "--issuer", "--data-dir", own.data_dir).split()
    assert len(listed) == 2 and jwt.get_unverified_header(first)["kid"] == listed[0]
    assert len(json.loads(own.send("GET", "/.well-known/jwks.json").body)["keys"]) == 2

    def renewed():
        token = own_functions.invoke(name, {}).value["token"]
        return token if token != first else None

    second = wait_until(renewed, 9, interval=0.5)
    assert second, "the token was not replaced in its life"
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in (first, second)]
    assert claims[0]["sub"] == claims[1]["sub"] and claims[0]["exp"] < claims[1]["exp"]
    assert claims[0]["hearth"]["started"] == claims[1]["hearth"]["started"]
    own_functions.remove_all()
