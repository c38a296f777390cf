"""AWS's unmodified clients against the fake Runtime API: what the real one must be able to serve.

Needs HEARTH_PUBLIC_CLIENTS, a folder that tests/fixtures/public_clients/build.py has filled.
"""

import os
import pathlib
import zipfile

import pytest
from harness import ID, run_command

FOLDER = pathlib.Path(os.environ.get("HEARTH_PUBLIC_CLIENTS", "/nonexistent"))


@pytest.fixture(params=["python", "go", "rust"])
def client(request, tmp_path):
    archive = FOLDER / f"public_{request.param}.zip"
    if not archive.exists():
        pytest.skip(f"{archive} is not built")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path)
    (tmp_path / "bootstrap").chmod(0o755)
    return request.param, tmp_path


def call(client, *events):
    name, folder = client
    return run_command([folder / "bootstrap"], {}, "app.handler", events, env={"PYTHONPATH": str(folder)}, task=folder)


def test_a_public_client_answers_every_event(client):
    outcome = call(client, {"n": 1}, {"n": 2})
    for index in (0, 1):
        assert outcome.result(index) == {"client": client[0], "event": {"n": index + 1}, "request": ID}


def test_a_public_client_reports_an_error_and_goes_on(client):
    outcome = call(client, {"fail": "on purpose"}, {"n": 2})
    assert outcome.error(0)["errorMessage"] == "on purpose"
    assert outcome.result(1)["event"] == {"n": 2}


def test_the_zip_of_a_public_client_has_an_executable_bootstrap(client):
    with zipfile.ZipFile(FOLDER / f"public_{client[0]}.zip") as packed:
        assert packed.getinfo("bootstrap").external_attr >> 16 == 0o100755
