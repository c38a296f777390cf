"""Files, functions and folders stay small enough to read."""

import ast
import collections
import os
import re

from source_tree import Complaint, CODE, line_of, strip_cpp

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
MAX_SOURCES_PER_FOLDER = 25
MAX_COLUMNS = 120


def files_are_short(tree):
    """A source file has at most 500 lines."""
    for path in tree.code() + [path for path in tree.files if path.endswith("CMakeLists.txt")]:
        count = len(tree.lines(path))
        if count > MAX_FILE_LINES:
            yield Complaint(path, count, f"{count} lines; at most {MAX_FILE_LINES}, split by idea")


def lines_are_short(tree):
    """A line of code has at most 120 columns."""
    for path in tree.code():
        for number, line in enumerate(tree.lines(path), 1):
            if len(line) > MAX_COLUMNS and "http" not in line:
                yield Complaint(path, number, f"{len(line)} columns; at most {MAX_COLUMNS}")


def folders_are_small(tree):
    """A folder has at most 25 sources, tests not counted."""
    counts = collections.Counter(
        os.path.dirname(path) for path in tree.with_suffix(*CODE)
        if not path.endswith((".h", "_test.cc", "_test.py")))
    for folder, count in sorted(counts.items()):
        if count > MAX_SOURCES_PER_FOLDER:
            yield Complaint(folder, 1, f"{count} sources; at most {MAX_SOURCES_PER_FOLDER}, make a room")


def functions_are_short(tree):
    """A function has at most 60 lines, from its first line to its closing brace."""
    for path in tree.cpp() + tree.with_suffix(".js", ".mjs", ".cjs"):
        for name, first, last in cpp_functions(tree.text(path)):
            if last - first + 1 > MAX_FUNCTION_LINES:
                yield Complaint(path, first, f"{name}: {last - first + 1} lines; at most {MAX_FUNCTION_LINES}")
    for path in tree.with_suffix(".py"):
        for name, first, last in python_functions(tree.text(path)):
            if last - first + 1 > MAX_FUNCTION_LINES:
                yield Complaint(path, first, f"{name}: {last - first + 1} lines; at most {MAX_FUNCTION_LINES}")


def python_functions(text):
    try:
        module = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno


_MACRO_CALL = re.compile(r"\b[A-Z][A-Z0-9_]{3,}\((?:[^()]|\([^()]*\))*\)")
_TYPE_HEAD = re.compile(r"\b(class|struct|union|enum)\b")
_NAME = re.compile(r"([~\w:]+|operator\s*\S+?)\s*\(")


def _kind(head, inside_function):
    """What a brace opens, judged by the text since the last statement."""
    if inside_function:
        return "block"
    if re.search(r"\bnamespace\b|extern\s*\"\"", head):
        return "scope"
    plain = _MACRO_CALL.sub(" ", head)
    if _TYPE_HEAD.search(plain) and "(" not in plain.split("=")[0]:
        return "scope"
    if "(" in head and not re.search(r"=\s*$", head):
        return "function"
    return "value"


def cpp_functions(text):
    """(name, first line, last line) of every function body; a brace counter, not a parser."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match.group(0).count("\n"), strip_cpp(text),
                  flags=re.M)
    stack, start, parens = [], 0, 0
    for index, char in enumerate(code):
        if char == "(":
            parens += 1
        elif char == ")":
            parens -= 1
        elif char == ";" and parens <= 0:
            start, parens = index + 1, 0
        elif char == "{":
            inside = any(kind == "function" for kind, _, _ in stack)
            head = code[start:index]
            # clang-format puts a blank before every body: `member_{1}` is a value in an initialiser list.
            value = parens > 0 or (index > 0 and not code[index - 1].isspace())
            kind = "value" if value and not inside else _kind(head, inside)
            first = line_of(code, start + len(head) - len(head.lstrip()))
            stack.append((kind, first, head))
            if kind != "value" and parens <= 0:
                start = index + 1
        elif char == "}" and stack:
            kind, first, head = stack.pop()
            if kind == "function":
                name = _NAME.search(head)
                yield (name.group(1) if name else "function"), first, line_of(code, index)
            if kind != "value" and parens <= 0:
                start = index + 1
