"""One of each kind of secret that the controller seals, and whether all of them still do their work."""

import json

import boto3

import function_packages as packages
from platform_fixture import CLIENT_CONFIG, REGION, ROLE

ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST_ALL = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}


def caller(platform, access_key, secret_key, token=None):
    sts = boto3.client("sts", endpoint_url=platform.endpoint, region_name=REGION, config=CLIENT_CONFIG,
                       aws_access_key_id=access_key, aws_secret_access_key=secret_key, aws_session_token=token)
    return sts.get_caller_identity()["Arn"]


def key_ids(platform):
    """The keys that sign identity tokens. A key that could not be opened any more would be replaced."""
    answer = platform.send("GET", "/.well-known/jwks.json")
    return {key["kid"] for key in json.loads(answer.body)["keys"]}


class KeptSecrets:
    """Variables of functions, of a version, under a customer's key; a KMS key, a user's, a session, issuer keys."""

    def __init__(self, platform, functions):
        self.platform, self.functions = platform, functions
        kms, iam = platform.client("kms"), platform.client("iam")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        self.blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
        self.names = [functions.deploy(packages.python(), Environment={"Variables": {"NUMBER": str(i)}}, **more)
                      for i, more in enumerate(({}, {}, {"KMSKeyArn": key}))]
        self.published = functions.deploy(packages.python(), Environment={"Variables": {"NUMBER": "published"}})
        self.version = functions.client.publish_version(FunctionName=self.published)["Version"]
        functions.client.update_function_configuration(FunctionName=self.published,
                                                       Environment={"Variables": {"NUMBER": "changed"}})
        functions.wait_ready(self.published)
        self.user = self._user(iam)
        self.session = self._session(iam)
        self.key_ids = key_ids(platform)

    def _user(self, iam):
        iam.create_user(UserName="clerk")
        iam.put_user_policy(UserName="clerk", PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL))
        made = iam.create_access_key(UserName="clerk")["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def _session(self, iam):
        role = iam.create_role(RoleName="visitor", AssumeRolePolicyDocument=json.dumps(TRUST_ALL))["Role"]["Arn"]
        sts = boto3.client("sts", endpoint_url=self.platform.endpoint, region_name=REGION, config=CLIENT_CONFIG,
                           aws_access_key_id=self.user[0], aws_secret_access_key=self.user[1])
        given = sts.assume_role(RoleArn=role, RoleSessionName="visit")["Credentials"]
        return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]

    def check(self):
        def variable(name, **more):
            return self.functions.invoke(name, {"do": "environ"}, **more).value["NUMBER"]

        assert [variable(name) for name in self.names] == ["0", "1", "2"]
        assert (variable(self.published), variable(self.published, Qualifier=self.version)) == ("changed", "published")
        assert self.platform.client("kms").decrypt(CiphertextBlob=self.blob)["Plaintext"] == b"text"
        account = ROLE.split(":")[4]
        assert caller(self.platform, *self.user) == f"arn:aws:iam::{account}:user/clerk"
        assert caller(self.platform, *self.session) == f"arn:aws:sts::{account}:assumed-role/visitor/visit"
        assert key_ids(self.platform) >= self.key_ids
