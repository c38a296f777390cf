"""The link graph is the layering, and every tool and library used is a Debian package on a list."""

import ast
import os
import re
import sys

import layering
from source_tree import Complaint, line_of

CALL = re.compile(r"\bhearth_(library|program|test|proto)\s*\(\s*([\w-]+)([^)]*)\)", re.S)
SECTIONS = ("SOURCES", "DEPS", "PRIVATE_DEPS", "FILES")


class Target:
    def __init__(self, kind, name, folder, path, line, sections):
        self.kind, self.name, self.sections = kind, name, sections
        self.folder, self.path, self.line = folder, path, line

    def dependencies(self):
        return self.sections.get("DEPS", []) + self.sections.get("PRIVATE_DEPS", [])


def targets(tree):
    found = []
    for path in tree.files:
        if os.path.basename(path) != "CMakeLists.txt":
            continue
        text = re.sub(r"#[^\n]*", "", tree.text(path))
        for match in CALL.finditer(text):
            sections, current = {}, None
            for word in match.group(3).split():
                if word in SECTIONS:
                    current = sections.setdefault(word, [])
                elif current is not None:
                    current.append(word.strip('"'))
            found.append(Target(match.group(1), match.group(2), os.path.dirname(path), path,
                                line_of(text, match.start()), sections))
    return found


def links_point_down(tree):
    """DEPS in CMake follow the same arrows as includes."""
    all_targets = targets(tree)
    room_of_target = {target.name: layering.room_of(target.folder + "/x") for target in all_targets}
    for target in all_targets:
        room = room_of_target[target.name]
        for name in target.dependencies():
            other = room_of_target.get(name)
            if other is not None:
                if not layering.may_include(room, other):
                    yield Complaint(target.path, target.line, f"{target.name}: {room} may not link {other} ({name})")
                continue
            for prefix, folders in layering.LINK_DOORS.items():
                if re.match(prefix, name) and target.folder not in folders:
                    yield Complaint(target.path, target.line,
                                    f"{target.name}: {name} is linked only in {', '.join(folders)}")


def sources_are_built(tree):
    """Every .cc stands in a CMakeLists.txt."""
    built = {os.path.normpath(os.path.join(target.folder, name))
             for target in targets(tree) for name in target.sections.get("SOURCES", [])}
    cmake = "\n".join(tree.text(path) for path in tree.files if path.endswith("CMakeLists.txt"))
    for path in tree.with_suffix(".cc"):
        if path not in built and os.path.basename(path) not in cmake:
            yield Complaint(path, 1, "no CMakeLists.txt builds this file")


# What find_package and pkg_check_modules ask for -> the Debian package that has it.
CMAKE_PACKAGES = {
    "Threads": "build-essential", "PkgConfig": "pkg-config", "absl": "libabsl-dev", "Protobuf": "libprotobuf-dev",
    "gRPC": "libgrpc++-dev", "Boost": "libboost1.81-dev", "nlohmann_json": "nlohmann-json3-dev",
    "simdjson": "libsimdjson-dev", "spdlog": "libspdlog-dev", "fmt": "libfmt-dev", "CLI11": "libcli11-dev",
    "RocksDB": "librocksdb-dev", "OpenSSL": "libssl-dev", "CURL": "libcurl4-openssl-dev",
    "prometheus-cpp": "prometheus-cpp-dev", "toml11": "libtoml11-dev", "GTest": "libgtest-dev",
    "libarchive": "libarchive-dev", "libseccomp": "libseccomp-dev", "libcgroup": "libcgroup-dev",
    "libcap": "libcap-dev", "ZLIB": "zlib1g-dev", "benchmark": "libbenchmark-dev",
}
PYTHON_PACKAGES = {"boto3": "python3-boto3", "botocore": "python3-botocore", "pytest": "python3-pytest",
                   "cryptography": "python3-cryptography", "jwt": "python3-jwt"}
COMMANDS = {
    "cmake": "cmake", "ctest": "cmake", "ninja": "ninja-build", "aws": "awscli", "curl": "curl", "unzip": "unzip",
    "zip": "zip", "ip": "iproute2", "ss": "iproute2", "pgrep": "procps", "pkill": "procps", "wrk": "wrk",
    "nginx": "nginx-light", "node": "nodejs", "git": "git", "clang-format-14": "clang-format-14",
    "protoc": "protobuf-compiler", "mkfs.ext4": "e2fsprogs",
}
PACKAGE_LISTS = ("deploy/packages/build.list", "deploy/packages/run.list", "deploy/packages/test.list")


def listed_packages(tree):
    return {line.strip() for path in PACKAGE_LISTS if path in tree.files for line in tree.lines(path)
            if line.strip() and not line.startswith("#")}


FIND_PACKAGE = re.compile(r"\bfind_package\s*\(\s*([\w+-]+)"
                          r"|\bpkg_check_modules\s*\(\s*\w+\s+(?:REQUIRED\s+)?(?:IMPORTED_TARGET\s+)?([\w+-]+)")


def cmake_packages_are_listed(tree):
    """find_package asks only for what deploy/packages installs."""
    listed = listed_packages(tree)
    for path in tree.files:
        if not (path.endswith("CMakeLists.txt") or path.endswith(".cmake")):
            continue
        text = re.sub(r"#[^\n]*", "", tree.text(path))
        for match in FIND_PACKAGE.finditer(text):
            name = match.group(1) or match.group(2)
            package = CMAKE_PACKAGES.get(name)
            if package is None:
                yield Complaint(path, line_of(text, match.start()), f"{name}: name its Debian package in tests/style")
            elif package not in listed:
                yield Complaint(path, line_of(text, match.start()),
                                f"{name}: {package} is on no list of deploy/packages")


def python_imports_are_listed(tree):
    """Python here uses the standard library, files beside it, and listed packages."""
    listed = listed_packages(tree)
    local = {os.path.basename(path)[:-3] for path in tree.files if path.endswith(".py")}
    local |= {part for path in tree.files if path.endswith(".py") for part in os.path.dirname(path).split("/")}
    for path in tree.with_suffix(".py"):
        try:
            module = ast.parse(tree.text(path))
        except SyntaxError as error:
            yield Complaint(path, error.lineno, "not Python 3")
            continue
        for node in ast.walk(module):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            for name in {name.split(".")[0] for name in names}:
                if name in sys.stdlib_module_names or name in local:
                    continue
                if PYTHON_PACKAGES.get(name) not in listed:
                    yield Complaint(path, node.lineno, f"import {name}: no listed package brings it")


def script_commands_are_listed(tree):
    """Commands that shell scripts call come from listed packages."""
    listed = listed_packages(tree)
    for path in tree.scripts() + tree.with_suffix(".sh"):
        if "python" in tree.lines(path)[0]:
            continue
        for number, line in enumerate(tree.lines(path), 1):
            code = line.split(" #")[0].strip()
            for match in re.finditer(r"(?:^|[|;&(]\s*|\b(?:timeout \S+|step \S+ \S+)\s+)([a-z][\w.-]*)(?=\s|$)", code):
                package = COMMANDS.get(match.group(1))
                if package and package not in listed:
                    yield Complaint(path, number, f"{match.group(1)}: {package} is on no list of deploy/packages")
