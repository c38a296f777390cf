#!/usr/bin/env python3
"""Checks the tree against docs/STYLE.md and docs/ARCHITECTURE.md; prints every complaint, ends 1 if there was one.

Usage: check.py [--root DIR] [--junit FILE] [--only RULE] [PATH_PREFIX...]
"""

import argparse
import os
import sys
import time
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import build_files  # noqa: E402
import documents  # noqa: E402
import exceptions  # noqa: E402
import includes  # noqa: E402
import sizes  # noqa: E402
import source_tree  # noqa: E402
import words  # noqa: E402

RULES = (
    includes.includes_point_down,
    includes.libraries_enter_by_one_door,
    includes.time_chance_and_ownership_are_parameters,
    includes.aws_words_stay_at_the_edges,
    build_files.links_point_down,
    build_files.sources_are_built,
    build_files.cmake_packages_are_listed,
    build_files.python_imports_are_listed,
    build_files.script_commands_are_listed,
    sizes.files_are_short,
    sizes.lines_are_short,
    sizes.functions_are_short,
    sizes.folders_are_small,
    words.nothing_is_unfinished,
    words.the_tree_speaks_of_the_product,
    words.the_house_is_complete,
    words.text_is_clean,
    documents.headers_begin_with_a_comment,
    documents.sources_have_tests,
    documents.links_lead_somewhere,
    documents.every_promise_names_its_test,
    documents.format_is_clang_formats,
)


def run_rule(rule, tree):
    """The complaints of one rule, less the places exceptions.ALLOWED names."""
    return [complaint for complaint in rule(tree) if (rule.__name__, complaint.path) not in exceptions.ALLOWED]


def write_junit(path, results):
    suite = xml.Element("testsuite", name="style", tests=str(len(results)))
    for rule, complaints, seconds in results:
        case = xml.SubElement(suite, "testcase", classname="style", name=rule.__name__, time=f"{seconds:.2f}")
        if complaints:
            xml.SubElement(case, "failure").text = "\n".join(map(str, complaints))
    xml.ElementTree(suite).write(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    parser.add_argument("--junit", help="write a JUnit file with one case a rule")
    parser.add_argument("--only", help="run this rule alone")
    parser.add_argument("prefixes", nargs="*", help="print only complaints about paths that begin so")
    options = parser.parse_args()
    tree = source_tree.SourceTree(options.root)
    results = []
    for rule in RULES:
        if options.only and rule.__name__ != options.only:
            continue
        start = time.monotonic()
        complaints = run_rule(rule, tree)
        if options.prefixes:
            complaints = [one for one in complaints if one.path.startswith(tuple(options.prefixes))]
        results.append((rule, complaints, time.monotonic() - start))
        for complaint in complaints:
            print(f"{complaint} [{rule.__name__}]")
    if options.junit:
        write_junit(options.junit, results)
    failed = sum(1 for _, complaints, _ in results if complaints)
    total = sum(len(complaints) for _, complaints, _ in results)
    print(f"style: {len(results) - failed} rules hold, {failed} do not, {total} complaints, {len(tree.files)} files")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
