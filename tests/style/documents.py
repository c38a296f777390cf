"""Headers explain themselves, sources have tests, links lead somewhere, the format is clang-format's."""

import os
import re
import shutil
import subprocess

import exceptions
from source_tree import Complaint, is_testdata

ROOMS = ("common/", "controller/", "worker/", "cli/")
SOURCE_TAG = re.compile(r"^// [A-Z]\w+(<\w+>)? ")


def headers_begin_with_a_comment(tree):
    """A header says in its first sentence what it is, then `#pragma once`."""
    for path in tree.with_suffix(".h"):
        lines = tree.lines(path)
        comment = []
        for line in lines:
            if not line.startswith("//"):
                break
            comment.append(line)
        if not comment or len(comment[0]) < 20:
            yield Complaint(path, 1, "a header begins with a comment: what it is, in one sentence")
        elif "." not in " ".join(comment):
            yield Complaint(path, 1, "the header comment has no whole sentence")
        if "#pragma once" not in lines[len(comment):len(comment) + 2]:
            yield Complaint(path, len(comment) + 1, "`#pragma once` follows the header comment")


def sources_have_tests(tree):
    """Every name.cc has its name_test.cc, or a reason in exceptions.UNTESTED."""
    files = set(tree.files)
    for path in tree.with_suffix(".cc"):
        if not path.startswith(ROOMS) or path.endswith(("_test.cc", "main.cc")):
            continue
        if path[:-3] + "_test.cc" in files:
            if path in exceptions.UNTESTED:
                yield Complaint(path, 1, "has a test: take it off exceptions.UNTESTED")
        elif path not in exceptions.UNTESTED:
            yield Complaint(path, 1, f"no {os.path.basename(path)[:-3]}_test.cc beside it")
    for path in sorted(exceptions.UNTESTED):
        if path.startswith(ROOMS) and path not in files and tree.exists(os.path.dirname(path)):
            yield Complaint(path, 1, "is on exceptions.UNTESTED but does not exist")


LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
PATH = re.compile(r"`((?:common|controller|worker|cli|proto|deploy|tests|docs|cmake)/[\w./-]*\w\.(?:h|cc|c|md|py|proto"
                  r"|list|toml|sh|tsv|js|mjs|cmake|service))`")


def links_lead_somewhere(tree):
    """Relative links and file names in the documents exist."""
    for path in tree.with_suffix(".md"):
        folder = os.path.dirname(path)
        for number, line in enumerate(tree.lines(path), 1):
            for match in LINK.finditer(line):
                target = match.group(1)
                if not re.match(r"[a-z]+:", target) and not tree.exists(os.path.normpath(os.path.join(folder, target))):
                    yield Complaint(path, number, f"the link {target} leads nowhere")
            for match in PATH.finditer(line):
                if not tree.exists(match.group(1)):
                    yield Complaint(path, number, f"{match.group(1)} does not exist")


SPECIFICATION_TEST = re.compile(r"`([\w./-]+(?:_test\.cc|test_\w+\.py|/[\w.-]+))`")


def every_promise_names_its_test(tree):
    """A row of docs/SPECIFICATION.md names a file that exists, or says it is pending."""
    path = "docs/SPECIFICATION.md"
    if path not in tree.files:
        return
    for number, line in enumerate(tree.lines(path), 1):
        if not line.startswith("|") or re.match(r"\|[\s:|-]+\|$|\|\s*(what|promise|number)", line, re.I):
            continue
        named = SPECIFICATION_TEST.findall(line)
        if "pending" in line.lower():
            continue
        if not named:
            yield Complaint(path, number, "this promise names no test (nor is it marked pending)")
        for name in named:
            if not tree.exists(name):
                yield Complaint(path, number, f"the test {name} does not exist")


def format_is_clang_formats(tree):
    """clang-format-14 would change nothing."""
    binary = shutil.which("clang-format-14")
    if binary is None:
        yield Complaint("deploy/packages/test.list", 1, "clang-format-14 is not installed")
        return
    paths = [path for path in tree.files if path.endswith((".h", ".cc", ".c")) and not is_testdata(path)]
    jobs = []
    for half in (paths[0::2], paths[1::2]):
        if half:
            jobs.append(subprocess.Popen([binary, "--dry-run", *half], cwd=tree.root, text=True,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
    seen = set()
    for job in jobs:
        for line in job.communicate(timeout=120)[1].splitlines():
            match = re.match(r"(.+?):(\d+):\d+: (?:warning|error): code should be clang-formatted", line)
            if match and match.group(1) not in seen:
                seen.add(match.group(1))
                yield Complaint(match.group(1), match.group(2), "run clang-format-14 -i on it")
