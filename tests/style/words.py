"""Words that do not belong in a finished tree, and files that do."""

import re

from source_tree import Complaint

UNFINISHED = re.compile(
    r"\b(TODO|FIXME|XXX|HACK|WIP)\b"
    r"|(?<!nothing more )(?<!nothing new )\b[Ff]or now\b|\b[Nn]ot implemented\b|\b[Nn]ot yet implemented\b"
    r"|(?<![\w:])[Ss]tub(s|bed)?\b(?!\()"
    r"|\b[Pp]laceholder\b|\b[Tt]emporary (hack|solution|workaround)\b|\b[Cc]oming soon\b|\b[Qq]uick fix\b")
HOW_IT_WAS_MADE = re.compile(
    r"\b(this|previous|next|last|later|earlier) session\b"
    r"|\b(helper|coding|AI|sub)[- ]?agents?\b|\bsubagents?\b|\bClaude\b|\bLLM\b|\bchatbot\b|\bthe brief\b"
    r"|\bissues? #?[0-9]+\b|(?<![\w./-])/work/|/tmp/hearth-git|\b(team\.md|shared/(design|contract))\b"
    r"|\b(pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|crates\.io|proxy\.golang\.org|repo1?\.maven\.org"
    r"|(deb|security)\.debian\.org)\b", re.I)
EXEMPT = ("tests/style/", "LICENSE")

REQUIRED = (
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", ".clang-format", ".clang-tidy",
    ".editorconfig", "docs/ARCHITECTURE.md", "docs/STYLE.md", "docs/GLOSSARY.md", "docs/SPECIFICATION.md",
    "docs/aws_compatibility.md", "docs/threads.md", "docs/storage_format.md", "docs/sandbox_security.md",
    "tests/run", ".ci/run")


def nothing_is_unfinished(tree):
    """No marks of unfinished work."""
    yield from _search(tree, UNFINISHED, "finish it or leave it out")


def the_tree_speaks_of_the_product(tree):
    """No words about how the repository was made, no paths or hosts of one machine."""
    yield from _search(tree, HOW_IT_WAS_MADE, "say what the product does, not how it was made or where")


def _search(tree, pattern, advice):
    for path in tree.prose_and_code():
        if path.startswith(EXEMPT):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            match = pattern.search(line)
            if match:
                yield Complaint(path, number, f"“{match.group(0)}”: {advice}")


def the_house_is_complete(tree):
    """The documents a reader looks for are there."""
    for path in REQUIRED:
        if path not in tree.files:
            yield Complaint(path, 1, "this file is missing")


def text_is_clean(tree):
    """UTF-8, final newline, no trailing blanks, no tabs in C++ and Python."""
    for path in tree.prose_and_code():
        text = tree.text(path)
        if "\ufffd" in text:
            yield Complaint(path, 1, "not UTF-8")
        if text and not text.endswith("\n"):
            yield Complaint(path, len(tree.lines(path)), "no newline at the end of the file")
        for number, line in enumerate(tree.lines(path), 1):
            if line.rstrip() != line and not path.endswith(".tsv"):
                yield Complaint(path, number, "blanks at the end of the line")
            if "\t" in line and path.endswith((".h", ".cc", ".py")):
                yield Complaint(path, number, "a tab; write \\t or spaces")
