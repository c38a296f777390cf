"""Code signing configurations, and what they let be deployed; packages are signed with `hearth sign`."""

import json
import os
import re
import subprocess
import tempfile

import botocore.exceptions
import pytest

import function_packages as packages
import leaks
from platform_fixture import ACCOUNT, Functions, Platform, REGION

OURS = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/ours/abcdef0123"
THEIRS = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/theirs/abcdef0123"
ABSENT = f"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:csc-" + "0" * 17
CONFIGS = "/2020-04-22/code-signing-configs"


def hearth(*arguments):
    done = subprocess.run([os.path.join(leaks.BUILD_DIR, "bin", "hearth"), *arguments], capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Signer:
    """Two keys, of which the platform knows the first."""

    def __init__(self, folder):
        self.folder = str(folder)
        public = {name: hearth("sign", "new-key", f"{self.folder}/{name}") for name in ("ours", "theirs")}
        self.profiles = f"{self.folder}/profiles"
        with open(self.profiles, "w", encoding="utf-8") as file:
            file.write(f"# publishers\n{OURS} {public['ours']}\n")
        os.chmod(self.folder, 0o755)

    def sign(self, zip_bytes, key="ours", profile=OURS):
        source, target = f"{self.folder}/in.zip", f"{self.folder}/out.zip"
        with open(source, "wb") as file:
            file.write(zip_bytes)
        hearth("sign", "package", source, target, "--key", f"{self.folder}/{key}", "--profile", profile)
        with open(target, "rb") as file:
            return file.read()


@pytest.fixture(scope="module")
def signer():
    """Not in pytest's own folder: the user hearth could not pass that."""
    with tempfile.TemporaryDirectory(prefix="hearth-signing-") as folder:
        yield Signer(folder)


@pytest.fixture(scope="module")
def signing_platform(signer):
    made = Platform(environment={"HEARTH_SIGNING_PROFILES_FILE": signer.profiles})
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture
def signed_functions(signing_platform):
    made = Functions(signing_platform)
    yield made
    made.remove_all()


def create_config(client, policy="Enforce", profiles=(OURS,), **members):
    return client.create_code_signing_config(
        AllowedPublishers={"SigningProfileVersionArns": list(profiles)},
        CodeSigningPolicies={"UntrustedArtifactOnDeployment": policy}, **members)["CodeSigningConfig"]


def error_of_call(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def zip_of(text="def handler(event, context): return 'ran'"):
    return packages.make_zip({"main.py": text})


def package_of(zip_bytes):
    return packages.Package("python3.11", "main.handler", zip_bytes)


def test_a_configuration_lives_and_dies(client):
    made = create_config(client, Description="ours")
    assert re.fullmatch(r"csc-[a-z0-9]{17}", made["CodeSigningConfigId"])
    arn = made["CodeSigningConfigArn"]
    assert arn == f"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:{made['CodeSigningConfigId']}"
    assert made["Description"] == "ours"
    assert made["AllowedPublishers"] == {"SigningProfileVersionArns": [OURS]}
    assert made["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"}
    assert client.get_code_signing_config(CodeSigningConfigArn=arn)["CodeSigningConfig"] == made
    changed = client.update_code_signing_config(
        CodeSigningConfigArn=arn, AllowedPublishers={"SigningProfileVersionArns": [THEIRS]})["CodeSigningConfig"]
    assert changed["AllowedPublishers"] == {"SigningProfileVersionArns": [THEIRS]}
    assert (changed["Description"], changed["CodeSigningPolicies"]) == ("ours", made["CodeSigningPolicies"])
    deleted = client.delete_code_signing_config(CodeSigningConfigArn=arn)
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert error_of_call(client.get_code_signing_config, CodeSigningConfigArn=arn) == "ResourceNotFoundException"


def test_a_configuration_has_tags(api, client):
    def create(**tags):  # botocore of this age does not know the member
        return api.call("POST", CONFIGS, body={"AllowedPublishers": {"SigningProfileVersionArns": [OURS]},
                                               "Tags": tags})
    made = create(team="red", stage="test")
    assert made.status == 201, made
    arn = json.loads(made.body)["CodeSigningConfig"]["CodeSigningConfigArn"]
    client.tag_resource(Resource=arn, Tags={"stage": "prod"})
    assert client.list_tags(Resource=arn)["Tags"] == {"team": "red", "stage": "prod"}
    client.untag_resource(Resource=arn, TagKeys=["team", "never"])
    assert client.list_tags(Resource=arn)["Tags"] == {"stage": "prod"}
    assert error_of_call(client.tag_resource, Resource=arn,
                         Tags={f"k{i}": "v" for i in range(50)}) == "InvalidParameterValueException"
    client.delete_code_signing_config(CodeSigningConfigArn=arn)
    assert error_of_call(client.list_tags, Resource=arn) == "ResourceNotFoundException"
    assert create(**{"aws:x": "1"}).headers["x-amzn-ErrorType"] == "InvalidParameterValueException"


def test_warn_is_the_default_policy(client):
    made = client.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [OURS]})
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    policies = made["CodeSigningConfig"]["CodeSigningPolicies"]
    assert policies == {"UntrustedArtifactOnDeployment": "Warn"}
    client.delete_code_signing_config(CodeSigningConfigArn=made["CodeSigningConfig"]["CodeSigningConfigArn"])


def test_configurations_are_listed_in_pages(client):
    arns = {create_config(client)["CodeSigningConfigArn"] for _ in range(3)}
    pages = list(client.get_paginator("list_code_signing_configs").paginate(PaginationConfig={"PageSize": 2}))
    found = [one["CodeSigningConfigArn"] for page in pages for one in page["CodeSigningConfigs"]]
    assert arns <= set(found) and len(found) == len(set(found)) and len(pages) > 1
    for arn in arns:
        client.delete_code_signing_config(CodeSigningConfigArn=arn)


@pytest.mark.parametrize("body", [
    {}, {"AllowedPublishers": {}}, {"AllowedPublishers": {"SigningProfileVersionArns": []}},
    {"AllowedPublishers": {"SigningProfileVersionArns": [OURS] * 21}},
    {"AllowedPublishers": {"SigningProfileVersionArns": ["nobody"]}},
    {"AllowedPublishers": {"SigningProfileVersionArns": [OURS]}, "Description": "d" * 257},
    {"AllowedPublishers": {"SigningProfileVersionArns": [OURS]},
     "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Ignore"}}])
def test_a_configuration_that_cannot_be_is_refused(api, body):
    answer = api.call("POST", CONFIGS, body=body)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException"), answer


def test_a_function_is_given_a_configuration(client, functions):
    name = functions.deploy(packages.python())
    assert "CodeSigningConfigArn" not in client.get_function_code_signing_config(FunctionName=name)
    arn = create_config(client, "Warn")["CodeSigningConfigArn"]
    client.put_function_code_signing_config(FunctionName=name, CodeSigningConfigArn=arn)
    found = client.get_function_code_signing_config(FunctionName=name)
    assert (found["FunctionName"], found["CodeSigningConfigArn"]) == (name, arn)
    users = client.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"]
    assert users == [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"]
    more = sorted(functions.deploy(packages.python(), CodeSigningConfigArn=arn) for _ in range(2))
    pages = list(client.get_paginator("list_functions_by_code_signing_config").paginate(
        CodeSigningConfigArn=arn, PaginationConfig={"PageSize": 1}))
    assert [len(page["FunctionArns"]) for page in pages] == [1, 1, 1]
    assert sorted(page["FunctionArns"][0].rpartition(":")[2] for page in pages) == sorted([name, *more])
    for other in more:
        client.delete_function_code_signing_config(FunctionName=other)
    assert error_of_call(client.delete_code_signing_config, CodeSigningConfigArn=arn) == "ResourceConflictException"
    gone = client.delete_function_code_signing_config(FunctionName=name)
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    client.delete_code_signing_config(CodeSigningConfigArn=arn)


def test_only_what_an_allowed_publisher_signed_is_deployed(signed_functions, signer):
    client = signed_functions.client
    arn = create_config(client)["CodeSigningConfigArn"]
    good = signer.sign(zip_of())
    refused = {"unsigned": (zip_of(), "CodeVerificationFailedException"),
               "by a profile without a key": (signer.sign(zip_of(), "theirs", THEIRS),
                                              "CodeVerificationFailedException"),
               "by another key": (signer.sign(zip_of(), key="theirs"), "InvalidCodeSignatureException")}
    for what, (zip_bytes, error) in refused.items():
        found = error_of_call(signed_functions.create, package=package_of(zip_bytes), CodeSigningConfigArn=arn)
        assert found == error, what
    name = signed_functions.deploy(package_of(good), CodeSigningConfigArn=arn)
    assert signed_functions.invoke(name).value == "ran"
    assert client.get_function_configuration(FunctionName=name)["SigningProfileVersionArn"] == OURS
    assert error_of_call(client.update_function_code, FunctionName=name,
                         ZipFile=zip_of()) == "CodeVerificationFailedException"
    client.update_function_code(FunctionName=name, ZipFile=signer.sign(zip_of("def handler(e, c): return 'new'")))
    signed_functions.wait_ready(name)
    assert signed_functions.invoke(name).value == "new"


def test_layers_must_be_signed_too(signed_functions, signer):
    client = signed_functions.client
    arn = create_config(client)["CodeSigningConfigArn"]
    library = packages.make_zip({"python/helper.py": "VALUE = 'signed'"})
    layers = {}
    for kind, zip_bytes in (("signed", signer.sign(library)), ("unsigned", library)):
        layers[kind] = client.publish_layer_version(
            LayerName=signed_functions.new_name("layer"), Content={"ZipFile": zip_bytes})
    assert layers["signed"]["Content"]["SigningProfileVersionArn"] == OURS
    assert "SigningProfileVersionArn" not in layers["unsigned"]["Content"]
    code = signer.sign(zip_of("import helper\ndef handler(event, context): return helper.VALUE"))
    unsigned, signed = layers["unsigned"]["LayerVersionArn"], layers["signed"]["LayerVersionArn"]
    assert error_of_call(signed_functions.create, package=package_of(code), CodeSigningConfigArn=arn,
                         Layers=[unsigned]) == "CodeVerificationFailedException"
    name = signed_functions.deploy(package_of(code), CodeSigningConfigArn=arn, Layers=[signed])
    assert signed_functions.invoke(name).value == "signed"
    assert error_of_call(client.update_function_configuration, FunctionName=name,
                         Layers=[unsigned]) == "CodeVerificationFailedException"


def test_a_warning_lets_the_unsigned_through_but_not_the_changed(signed_functions, signer):
    client = signed_functions.client
    arn = create_config(client, "Warn")["CodeSigningConfigArn"]
    name = signed_functions.deploy(package_of(zip_of()), CodeSigningConfigArn=arn)
    assert signed_functions.invoke(name).value == "ran"
    forged = signer.sign(zip_of(), key="theirs")
    assert error_of_call(client.update_function_code, FunctionName=name,
                         ZipFile=forged) == "InvalidCodeSignatureException"


def test_a_configuration_that_is_gone_takes_no_function(api, client, functions):
    answer = api.create(functions.new_name(), CodeSigningConfigArn=ABSENT)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (404, "CodeSigningConfigNotFoundException")
