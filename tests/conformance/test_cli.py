"""The real aws CLI and the README's tour, word for word."""

import json
import os
import re
import subprocess

import pytest

import function_packages as packages
import leaks
from platform_fixture import ROLE, wait_until

AWS = "/usr/bin/aws"
README = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "README.md")


def environment(platform):
    return {**{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            "AWS_SHARED_CREDENTIALS_FILE": platform.data_dir + "/credentials",
            "AWS_CONFIG_FILE": platform.data_dir + "/config", "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def aws(platform, tmp_path):
    def run(*arguments, status=0):
        done = subprocess.run([AWS, "--endpoint-url", platform.endpoint, *arguments], capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL, cwd=tmp_path, env=environment(platform))
        assert done.returncode == status, done.stderr
        if status:
            return done.stderr
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout
    return run


@pytest.fixture
def package(tmp_path):
    path = tmp_path / "package.zip"
    path.write_bytes(packages.python().zip_bytes)
    return f"fileb://{path}"


@pytest.fixture
def deployed(aws, functions, package):
    name = functions.new_name("cli")
    aws("lambda", "create-function", "--function-name", name, "--runtime", "python3.11", "--role", ROLE, "--handler",
        "actions.handler", "--zip-file", package)
    aws("lambda", "wait", "function-active-v2", "--function-name", name)
    return name


def test_a_function_is_created_invoked_updated_listed_and_deleted(aws, deployed, package, tmp_path):
    answer = aws("lambda", "invoke", "--function-name", deployed, "--cli-binary-format", "raw-in-base64-out",
                 "--payload", '{"do": "echo", "value": "hi"}', "answer.json")
    assert answer == {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
    assert (tmp_path / "answer.json").read_text() == '"hi"'
    aws("lambda", "update-function-configuration", "--function-name", deployed, "--memory-size", "256")
    aws("lambda", "wait", "function-updated-v2", "--function-name", deployed)
    aws("lambda", "update-function-code", "--function-name", deployed, "--zip-file", package)
    aws("lambda", "wait", "function-updated", "--function-name", deployed)
    assert aws("lambda", "get-function", "--function-name", deployed)["Configuration"]["MemorySize"] == 256
    assert deployed in [one["FunctionName"] for one in aws("lambda", "list-functions")["Functions"]]
    aws("lambda", "delete-function", "--function-name", deployed)
    assert "ResourceNotFoundException" in aws("lambda", "get-function", "--function-name", deployed, status=254)


def test_the_log_tail_comes_with_the_answer(aws, deployed):
    answer = aws("lambda", "invoke", "--function-name", deployed, "--cli-binary-format", "raw-in-base64-out",
                 "--payload", '{"do": "count"}', "--log-type", "Tail", "answer.json", "--query", "LogResult")
    assert isinstance(answer, str) and len(answer) > 40


def test_without_a_payload_the_event_is_empty(aws, functions, tmp_path):
    name = functions.deploy(packages.python_text("def handler(event, context): return event"))
    aws("lambda", "invoke", "--function-name", name, "answer.json")
    assert json.loads((tmp_path / "answer.json").read_text()) == {}


def test_logs_tail_shows_what_the_function_wrote(aws, deployed):
    aws("lambda", "invoke", "--function-name", deployed, "--cli-binary-format", "raw-in-base64-out", "--payload",
        '{"do": "lines", "out": ["from the cli"]}', "answer.json")

    def shown():
        text = aws("logs", "tail", f"/aws/lambda/{deployed}", "--since", "10m")
        return text if "REPORT RequestId" in text else None
    text = wait_until(shown, 20, 0.5)
    assert text and "from the cli" in text and "START RequestId" in text


def test_logs_tail_follow_shows_what_comes_later(platform, functions, tmp_path):
    name = functions.deploy(packages.python())
    functions.invoke(name, {"do": "lines", "out": ["early"]})
    groups = platform.client("logs")  # the group comes with the first lines, behind the run
    known = {"logGroupNamePrefix": f"/aws/lambda/{name}"}
    assert wait_until(lambda: groups.describe_log_groups(**known)["logGroups"], 20, 0.1)
    with open(tmp_path / "out", "wb") as out:
        command = [AWS, "--endpoint-url", platform.endpoint, "logs", "tail", f"/aws/lambda/{name}", "--follow"]
        tail = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                env={**environment(platform), "PYTHONUNBUFFERED": "1"})
        try:
            assert wait_until(lambda: b"early" in (tmp_path / "out").read_bytes(), 20, 0.2)
            functions.invoke(name, {"do": "lines", "out": ["late"]})
            assert wait_until(lambda: b"late" in (tmp_path / "out").read_bytes(), 20, 0.2)
        finally:
            tail.terminate()
            tail.wait(10)


def test_log_groups_and_streams_are_listed(aws, deployed):
    aws("lambda", "invoke", "--function-name", deployed, "--cli-binary-format", "raw-in-base64-out", "--payload",
        '{"do": "count"}', "answer.json")
    group = f"/aws/lambda/{deployed}"

    def streams():
        groups = aws("logs", "describe-log-groups", "--log-group-name-prefix", group)["logGroups"]
        if [one["logGroupName"] for one in groups] != [group]:
            return None
        return aws("logs", "describe-log-streams", "--log-group-name", group)["logStreams"]
    found = wait_until(streams, 20, 0.5)
    assert found and re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", found[0]["logStreamName"])


def test_a_refused_operation_is_an_error_a_person_can_read(aws, deployed):
    text = aws("lambda", "list-function-url-configs", "--function-name", deployed, status=254)
    assert "An error occurred (" in text and "Exception) when calling the ListFunctionUrlConfigs operation" in text


def test_a_version_is_published_aliased_routed_and_reserved(aws, deployed):
    assert aws("lambda", "publish-version", "--function-name", deployed, "--description", "first")["Version"] == "1"
    aws("lambda", "wait", "published-version-active", "--function-name", deployed, "--qualifier", "1")
    aws("lambda", "update-function-configuration", "--function-name", deployed, "--memory-size", "256")
    aws("lambda", "wait", "function-updated-v2", "--function-name", deployed)
    assert aws("lambda", "publish-version", "--function-name", deployed)["Version"] == "2"
    listed = aws("lambda", "list-versions-by-function", "--function-name", deployed)["Versions"]
    assert [one["Version"] for one in listed] == ["$LATEST", "1", "2"]
    alias = ("--function-name", deployed, "--name", "live")
    aws("lambda", "create-alias", *alias, "--function-version", "1", "--routing-config",
        "AdditionalVersionWeights={2=0.5}")
    assert aws("lambda", "get-alias", *alias)["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.5}}
    moved = aws("lambda", "update-alias", *alias, "--function-version", "2", "--routing-config",
                "AdditionalVersionWeights={}")
    assert moved["FunctionVersion"] == "2" and "RoutingConfig" not in moved
    answer = aws("lambda", "invoke", "--function-name", f"{deployed}:live", "answer.json")
    assert answer["ExecutedVersion"] == "2"
    assert [one["Name"] for one in aws("lambda", "list-aliases", "--function-name", deployed)["Aliases"]] == ["live"]
    aws("lambda", "delete-alias", *alias)
    aws("lambda", "put-function-concurrency", "--function-name", deployed, "--reserved-concurrent-executions", "5")
    found = aws("lambda", "get-function-concurrency", "--function-name", deployed)
    assert found == {"ReservedConcurrentExecutions": 5}
    aws("lambda", "delete-function-concurrency", "--function-name", deployed)
    aws("lambda", "delete-function", "--function-name", deployed, "--qualifier", "1")


def tour():
    """The shell block of the README that deploys a function."""
    with open(README, encoding="utf-8") as file:
        blocks = re.findall(r"```sh\n(.*?)```", file.read(), re.S)
    return next(block for block in blocks if "create-function" in block)


def test_the_readmes_tour_does_what_it_says(platform, tmp_path):
    script = "shopt -s expand_aliases\nset -e\n" + tour()
    script = script.replace("/var/lib/hearth-tour", platform.data_dir)
    script = script.replace("127.0.0.1:9000", f"127.0.0.1:{platform.port}")
    script = script.replace("build/release/bin", os.path.join(leaks.BUILD_DIR, "bin"))
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=110, cwd=tmp_path,
                          stdin=subprocess.DEVNULL, env=environment(platform))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Hello, Ada!" in (tmp_path / "answer.json").read_text()
    assert "asked by Ada" in done.stdout
