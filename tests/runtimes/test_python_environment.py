"""What surrounds a Python function: search path, layers, wrapper scripts, SnapStart, signals."""

import json
import os

import pytest
from fake_runtime_api import Event
from harness import RUNTIMES, run_command, run_python as run

BOOTSTRAP = RUNTIMES / "python" / "bootstrap"


def test_the_search_path_is_function_then_layers_then_runtime_then_system():
    source = "import sys, os\ndef handler(event, context): return [sys.path, dict(os.environ)]"
    outcome = run(source)
    path, environ = outcome.result()
    runtime = str(BOOTSTRAP.parent)
    assert path[:4] == [outcome.task, "/opt/python", "/opt/python/lib/python3.11/site-packages", runtime]
    assert path[-1] == "/usr/lib/python3/dist-packages"
    assert environ["PYTHONPATH"] == runtime and "_LAMBDA_TELEMETRY_LOG_FD" not in environ


def test_layers_for_the_version_the_function_names_are_found_where_another_runs_it():
    source = "import sys\ndef handler(event, context): return sys.path"
    sites = ["/opt/python/lib/python3.13/site-packages", "/opt/python/lib/python3.11/site-packages"]
    assert run(source, env={"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}).result()[1:4] == ["/opt/python", *sites]
    assert run(source, env={"AWS_EXECUTION_ENV": "AWS_Lambda_python3.11"}).result()[2:3] == sites[1:]


def test_a_module_of_the_function_named_like_the_runtimes_tools_does_no_harm():
    files = {"app.py": "import traceback, json\ndef handler(e, c): raise ValueError(json.x)",
             "traceback.py": "", "json.py": "x = 'mine'"}
    assert run(files).error()["errorMessage"] == "mine"


def test_a_handlers_module_may_be_named_like_one_of_the_standard_library():
    for name in ("random", "token", "uuid"):
        files = {f"{name}.py": f"def handler(e, c): return {name!r}", "enum.py": "Enum = 'mine'"}
        assert run(files, handler=f"{name}.handler").result() == name


def test_the_standard_librarys_modules_are_its_own_where_the_function_has_none():
    files = {"app.py": "import json, logging, enum\n"
                       "def handler(e, c): return [json.loads('[1]'), enum.__file__.startswith('/usr/'), "
                       "len(logging.getLogger().handlers)]"}
    assert run(files).result() == [[1], True, 1]


def test_a_handler_in_a_folder_and_in_a_package_is_found():
    files = {"deep/er/app.py": "from . import other\ndef handler(e, c): return other.V", "deep/er/other.py": "V = 1"}
    assert run(files, handler="deep/er/app.handler").result() == 1
    assert run(files, handler="deep.er.app.handler").result() == 1


def test_an_exec_wrapper_gets_the_interpreters_command_line(tmp_path):
    wrapper = tmp_path / "wrapper"
    wrapper.write_text('#!/bin/sh\nexport WRAPPED="$*"\nexec "$@"\n')
    wrapper.chmod(0o755)
    source = "import os\ndef handler(event, context): return os.environ['WRAPPED']"
    outcome = run(source, env={"AWS_LAMBDA_EXEC_WRAPPER": str(wrapper)})
    assert outcome.result() == f"/usr/bin/python3 -sS {BOOTSTRAP.parent}/wrapped.py"


def test_an_absent_exec_wrapper_ends_with_127():
    outcome = run("", env={"AWS_LAMBDA_EXEC_WRAPPER": "/nowhere/wrapper"})
    assert (outcome.exit_code, outcome.stdout) == (127, "/nowhere/wrapper: does not exist\n")


def test_snap_start_hooks_run_around_the_restore():
    source = """
        from snapshot_restore_py import register_after_restore, register_before_snapshot
        seen = []
        register_before_snapshot(seen.append, "before 1")
        register_before_snapshot(seen.append, "before 2")
        register_after_restore(seen.append, "after 1")
        register_after_restore(seen.append, "after 2")
        def handler(event, context): return seen
    """
    outcome = run(source, env={"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"})
    paths = [request.path.removeprefix("/2018-06-01/runtime/") for request in outcome.requests[:2]]
    assert paths == ["restore/next", "invocation/next"]
    assert outcome.result() == ["before 2", "before 1", "after 1", "after 2"]


@pytest.mark.parametrize(
    "register, path, error_type, code",
    [("register_before_snapshot", "init/error", "Runtime.BeforeSnapshotError", 64),
     ("register_after_restore", "restore/error", "Runtime.AfterRestoreError", 65)],
)
def test_a_failing_snap_start_hook_ends_the_process(register, path, error_type, code):
    source = f"import snapshot_restore_py\ndef boom(): raise ValueError('b')\nsnapshot_restore_py.{register}(boom)\n"
    outcome = run(source + "def handler(e, c): pass", env={"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"})
    assert outcome.exit_code == code and outcome.posts[0].path == f"/2018-06-01/runtime/{path}"
    assert outcome.posts[0].headers["lambda-runtime-function-error-type"] == error_type


def test_sigterm_runs_the_functions_handler_while_the_runtime_waits():
    source = """
        import signal, sys
        def leave(*_):
            print("terminated")
            sys.exit(6)
        signal.signal(signal.SIGTERM, leave)
        def handler(event, context): pass
    """

    def terminate(process):
        process.terminate()
        process.wait(10)

    outcome = run(source, when_idle=terminate)
    assert (outcome.exit_code, outcome.lines) == (6, ["terminated\n"])


def test_a_connection_closed_while_waiting_is_made_anew():
    outcome = run("def handler(event, context): return event", [Event(1, headers={"Connection": "close"}), 2])
    assert [json.loads(post.body) for post in outcome.posts] == [1, 2]


def test_a_connection_closed_after_a_result_is_made_anew():
    reply = (202, b"{}", {"Connection": "close"})
    outcome = run("def handler(event, context): return event", [1, 2], replies={"/response": reply})
    assert [json.loads(post.body) for post in outcome.posts] == [1, 2]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to lay a private /opt")
def test_layers_are_importable_and_the_function_wins_over_them(tmp_path):
    layer = tmp_path / "opt"
    (layer / "python/lib/python3.11/site-packages").mkdir(parents=True)
    (layer / "python/from_layer.py").write_text("WHO = 'layer'")
    (layer / "python/shadowed.py").write_text("WHO = 'layer'")
    (layer / "python/lib/python3.11/site-packages/from_site.py").write_text("WHO = 'site'")
    files = {"shadowed.py": "WHO = 'function'",
             "app.py": "import from_layer, from_site, shadowed\n"
                       "def handler(e, c): return [from_layer.WHO, from_site.WHO, shadowed.WHO]"}
    script = 'mount --bind "$1" /opt && exec "$2"'
    command = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", layer, BOOTSTRAP]
    assert run_command(command, files, "app.handler").result() == ["layer", "site", "function"]
