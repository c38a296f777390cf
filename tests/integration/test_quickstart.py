"""deploy/quickstart, the first command of every user, with the programs that are being tested."""

import os
import pathlib
import subprocess

import leaks
from platform_fixture import free_port

ROOT = pathlib.Path(leaks.BUILD_DIR).parents[1]


def test_the_quickstart_deploys_and_invokes_its_examples_and_stops_again(tmp_path):
    port = free_port()
    os.chmod(tmp_path, 0o755)
    done = subprocess.run(
        [ROOT / "deploy" / "quickstart"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=110,
        env={**os.environ, "HEARTH_PRESET": pathlib.Path(leaks.BUILD_DIR).name, "HEARTH_LISTEN": f"127.0.0.1:{port}",
             "HEARTH_DATA_DIR": str(tmp_path / "data")})
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ready at http://127.0.0.1:{port}" in done.stdout
    for name in ("hello-python", "hello-node", "hello-native"):
        assert f"{name} answers: " in done.stdout, done.stdout
    assert "REPORT RequestId" in done.stdout and "Done: everything worked" in done.stdout
