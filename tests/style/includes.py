"""Includes point down the house, and every library enters by its one door."""

import re

import layering
from source_tree import Complaint, line_of, strip_cpp, strip_cpp_comments

INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)[>\"]", re.M)
OURS = ("common/", "proto/", "controller/", "worker/", "cli/")


def includes_point_down(tree):
    """An #include of ours goes only to rooms that layering.py allows."""
    for path in tree.cpp():
        room = layering.room_of(path)
        text = strip_cpp_comments(tree.text(path))
        for match in INCLUDE.finditer(text):
            target, line = match.group(1), line_of(text, match.start())
            if room == "" and path.startswith(OURS):
                yield Complaint(path, 1, "this folder is not in tests/style/layering.py")
                break
            if not target.startswith(OURS):
                if '"' in match.group(0) and "/" not in target and tree.exists(f"{path.rpartition('/')[0]}/{target}"):
                    yield Complaint(path, line, f'"{target}": includes are written from the root')
                continue
            other = layering.room_of(target)
            if not layering.may_include(room, other):
                yield Complaint(path, line, f"{room} may not include {other} ({target})")


def libraries_enter_by_one_door(tree):
    """A library's headers are included only by the files layering.DOORS names."""
    for path in tree.cpp():
        text = strip_cpp_comments(tree.text(path))
        for match in INCLUDE.finditer(text):
            for prefix, doors in layering.DOORS.items():
                if re.match(prefix, match.group(1)) and not layering.matches_any(path, doors):
                    yield Complaint(path, line_of(text, match.start()),
                                    f"<{match.group(1)}> enters only by {', '.join(doors)}")


OWNED_NEW = re.compile(
    r"(unique_ptr<[^;]*?>\s*(\w+\s*)?\(\s*|WrapUnique\(\s*|\.reset\(\s*|::new\s*\(|operator\s+)new\b")


def time_chance_and_ownership_are_parameters(tree):
    """Clocks, chance, sleeping, spawning, raw memory and std::mutex only behind their wrappers."""
    for path in tree.cpp():
        if path.endswith(".c"):
            continue
        text = strip_cpp(tree.text(path))
        for name, (pattern, doors) in layering.PARAMETERS.items():
            if layering.matches_any(path, doors):
                continue
            searched = OWNED_NEW.sub(lambda match: " " * len(match.group(0)), text) if "memory" in name else text
            for match in re.finditer(pattern, searched):
                yield Complaint(path, line_of(text, match.start()), f"{match.group(0).strip()}: {name}")


def aws_words_stay_at_the_edges(tree):
    """Header names and error names of AWS appear only where requests come in and go out."""
    for path in tree.cpp():
        if path.endswith(".c") or layering.matches_any(path, layering.AWS_EDGES):
            continue
        text = strip_cpp_comments(tree.text(path))
        for match in layering.AWS_WORDS.finditer(text):
            yield Complaint(path, line_of(text, match.start()),
                            f"{match.group(0)}…: AWS's words stay in http, api, auth")
