"""AWS's own runtime clients, unmodified, as deployed `provided` functions: through the whole platform and back.

Which ones: those that HEARTH_PUBLIC_CLIENTS has (tests/fixtures/public_clients/build.py fills such a folder); without
it the clients of Python and Go are fetched from their registries, and skipped by name where that fails.
"""

import base64
import os
import pathlib
import subprocess
import sys

import pytest

import function_packages as packages

BUILD = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "public_clients" / "build.py"
FETCHED_BY_DEFAULT = ["python", "go"]
FETCH_SECONDS = 180
MEMORY_MB, TIMEOUT_S = 192, 7


@pytest.fixture(scope="session")
def zips(tmp_path_factory):
    """A folder of zips, and by client why one is missing."""
    given = os.environ.get("HEARTH_PUBLIC_CLIENTS")
    if given:
        return pathlib.Path(given), {}
    folder = tmp_path_factory.mktemp("public_clients")
    try:
        built = subprocess.run([sys.executable, BUILD, folder, *FETCHED_BY_DEFAULT], capture_output=True, text=True,
                               timeout=FETCH_SECONDS)
    except subprocess.TimeoutExpired:
        return folder, dict.fromkeys(FETCHED_BY_DEFAULT, f"not fetched within {FETCH_SECONDS} s")
    skipped = [line.partition(": ") for line in built.stdout.splitlines() if line.startswith("skipped public_")]
    return folder, {who.removeprefix("skipped public_"): why for who, _, why in skipped}


@pytest.fixture(params=["python", "go", "rust"])
def deployed(request, zips, functions):
    folder, reasons = zips
    archive = folder / f"public_{request.param}.zip"
    if not archive.exists():
        why = reasons.get(request.param, "no zip of it in HEARTH_PUBLIC_CLIENTS")
        pytest.skip(f"public_{request.param}: {why}")
    package = packages.Package("provided.al2023", "app.handler", archive.read_bytes())
    return request.param, functions.deploy(package, MemorySize=MEMORY_MB, Timeout=TIMEOUT_S)


def test_a_public_client_answers_and_logs(deployed, functions):
    client, name = deployed
    for number in (1, 2):
        answer = functions.invoke(name, {"n": number}, LogType="Tail")
        assert answer.error is None, answer
        assert answer.value == {"client": client, "event": {"n": number}, "request": answer.request_id}
        assert f"handling {answer.request_id}" in base64.b64decode(answer.log).decode()


def test_a_public_client_reports_the_handlers_error_and_goes_on(deployed, functions):
    client, name = deployed
    failed = functions.invoke(name, {"fail": "on purpose"})
    assert (failed.status, failed.error) == (200, "Unhandled")
    assert failed.value["errorMessage"] == "on purpose" and failed.value["errorType"]
    assert functions.invoke(name, {"n": 1}).value["client"] == client


def test_a_public_client_finds_its_context(deployed, functions):
    _, name = deployed
    context = functions.invoke(name, {"context": True}).value["context"]
    remaining = context.pop("remaining")
    assert context == {
        "function": name, "version": "$LATEST", "memory": MEMORY_MB,
        "arn": functions.client.get_function_configuration(FunctionName=name)["FunctionArn"],
    }
    assert 0 < remaining <= 1000 * TIMEOUT_S
