"""The files the rules look at: what git tracks, and what it would track."""

import os
import re
import subprocess

CODE = (".h", ".cc", ".c", ".proto", ".py", ".sh", ".js", ".mjs", ".cjs", ".cmake")
CPP = (".h", ".cc", ".c")
BINARY = (".zip", ".png", ".ico", ".gz", ".tar", ".pb")


class Complaint:
    """One broken rule at one place."""

    def __init__(self, path, line, text):
        self.path, self.line, self.text = path, line, text

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


class SourceTree:
    """A checkout; texts are read once."""

    def __init__(self, root, files=None):
        self.root = root
        self._texts = {}
        self.files = sorted(files if files is not None else self._listed())

    def _listed(self):
        command = ["git", "-C", self.root, "ls-files", "-co", "--exclude-standard"]
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        return [name for name in names if os.path.isfile(os.path.join(self.root, name))]

    def text(self, path):
        if path not in self._texts:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self._texts[path] = file.read()
        return self._texts[path]

    def lines(self, path):
        return self.text(path).splitlines()

    def exists(self, path):
        return os.path.exists(os.path.join(self.root, path))

    def with_suffix(self, *suffixes):
        return [path for path in self.files if path.endswith(suffixes) and not is_testdata(path)]

    def cpp(self):
        return self.with_suffix(*CPP)

    def scripts(self):
        """Files without a suffix that begin with a shebang."""
        return [path for path in self.files
                if "." not in os.path.basename(path) and not is_testdata(path) and self.text(path).startswith("#!")]

    def code(self):
        return self.with_suffix(*CODE) + self.scripts()

    def prose_and_code(self):
        return [path for path in self.files if not path.endswith(BINARY) and not is_testdata(path)]


def is_testdata(path):
    return "/testdata/" in path or path.startswith("tests/fixtures/functions/")


def blank(match):
    """Replaces a comment or literal by as many newlines as it held, so that line numbers stay."""
    return "\n" * match.group(0).count("\n") or " "


_CPP_NOISE = re.compile(
    r'R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"'  # raw strings
    r"|//[^\n]*|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)


def strip_cpp(text):
    """C++ without comments, strings and character literals."""
    return _CPP_NOISE.sub(lambda match: '""' + "\n" * match.group(0).count("\n")
                          if match.group(0).startswith(('"', 'R"')) else blank(match), text)


def strip_cpp_comments(text):
    """C++ without comments, literals kept."""
    return _CPP_NOISE.sub(lambda match: blank(match) if match.group(0).startswith(("//", "/*")) else match.group(0),
                          text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
