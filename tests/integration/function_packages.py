"""Deployment packages for tests: the sources lie in functions/, a zip is made in memory."""

import collections
import functools
import io
import json
import os
import subprocess
import tempfile
import zipfile

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "functions")

Package = collections.namedtuple("Package", "runtime handler zip_bytes")


def to_json(value):
    return json.dumps(value).encode()


def from_json(raw):
    return json.loads(raw)


def make_zip(files, mode=0o644):
    """A zip of {name: text or bytes}; names in ascending order, times fixed, so equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | (0o755 if name == "bootstrap" else mode)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def _source(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def python(source_file="actions.py", runtime="python3.11", handler=None):
    module = source_file[:-3]
    return Package(runtime, handler or f"{module}.handler", make_zip({source_file: _source(source_file)}))


def python_text(text, runtime="python3.11", handler="main.handler"):
    return Package(runtime, handler, make_zip({"main.py": text}))


def node(source_file="actions.js", runtime="nodejs20.x"):
    return Package(runtime, f"{source_file.rpartition('.')[0]}.handler", make_zip({source_file: _source(source_file)}))


@functools.lru_cache(maxsize=None)
def _compiled(source_file):
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "bootstrap")
        command = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o", output,
                   os.path.join(FOLDER, source_file)]
        subprocess.run(command, check=True, timeout=60)
        with open(output, "rb") as file:
            return file.read()


def native(source_file="echo_bootstrap.c", runtime="provided.al2023"):
    return Package(runtime, "unused", make_zip({"bootstrap": _compiled(source_file)}))


def script(text, runtime="provided.al2023"):
    return Package(runtime, "unused", make_zip({"bootstrap": text}))
