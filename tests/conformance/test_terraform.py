"""Terraform's AWS provider against Hearth: apply, a plan without changes, an update, destroy.

Skipped by name where `terraform` or the provider is not to be had.
"""

import os
import shutil
import subprocess

import pytest

import function_packages as packages

SCENARIO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "terraform")
NO_CHANGES, CHANGES = 0, 2  # of `plan -detailed-exitcode`


class Terraform:
    def __init__(self, folder, platform):
        shutil.copytree(SCENARIO, folder, dirs_exist_ok=True)
        self.folder = folder
        access_key, secret_key = platform.keys()
        self.environment = {
            **os.environ, "AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key,
            "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_VAR_endpoint": platform.endpoint,
            "TF_VAR_package": self._package("function.zip", packages.python()),
            "TF_VAR_layer_package": self._package("layer.zip", packages.python())}

    def _package(self, name, package):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(package.zip_bytes)
        return path

    def run(self, *arguments, **variables):
        named = [f"-var={name}={value}" for name, value in variables.items()]
        return subprocess.run(["terraform", *arguments, *named, "-no-color"], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=100, check=False)

    def must(self, *arguments, **variables):
        done = self.run(*arguments, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def plan(self, **variables):
        done = self.run("plan", "-input=false", "-detailed-exitcode", **variables)
        assert done.returncode in (NO_CHANGES, CHANGES), done.stdout + done.stderr
        return done


@pytest.fixture
def terraform(tmp_path, platform):
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not on this machine")
    made = Terraform(str(tmp_path), platform)
    initialised = made.run("init", "-input=false")
    if initialised.returncode != 0:
        pytest.skip("terraform cannot get its AWS provider here")
    return made


def test_a_plan_after_apply_and_after_an_update_shows_no_change(terraform, client):
    terraform.must("apply", "-input=false", "-auto-approve")
    try:
        unchanged = terraform.plan()
        assert unchanged.returncode == NO_CHANGES, unchanged.stdout
        terraform.must("apply", "-input=false", "-auto-approve", description="second")
        unchanged = terraform.plan(description="second")
        assert unchanged.returncode == NO_CHANGES, unchanged.stdout
        weights = client.get_alias(FunctionName="terraform-hello", Name="canary")["RoutingConfig"]
        assert weights == {"AdditionalVersionWeights": {"2": 0.1}}
        assert client.get_function_concurrency(FunctionName="terraform-hello")["ReservedConcurrentExecutions"] == 5
    finally:
        terraform.must("destroy", "-input=false", "-auto-approve")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function(FunctionName="terraform-hello")
