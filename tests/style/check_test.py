#!/usr/bin/env python3
"""Every rule complains about what it forbids and keeps quiet about what it allows."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import build_files  # noqa: E402
import documents  # noqa: E402
import includes  # noqa: E402
import sizes  # noqa: E402
import words  # noqa: E402
from source_tree import SourceTree  # noqa: E402


class RulesTest(unittest.TestCase):
    def complaints(self, rule, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return [str(complaint) for complaint in rule(SourceTree(root, files=list(files)))]

    def refuses(self, rule, path, text, expected, **more):
        found = self.complaints(rule, {path: text, **more})
        self.assertTrue(any(expected in complaint for complaint in found), f"{expected!r} not in {found}")

    def accepts(self, rule, path, text, **more):
        self.assertEqual(self.complaints(rule, {path: text, **more}), [])

    def test_an_include_that_points_up_is_refused(self):
        rule = includes.includes_point_down
        self.refuses(rule, "common/a.cc", '#include "controller/store/catalog.h"\n', "may not include controller/store")
        self.refuses(rule, "controller/store/a.cc", '#include "controller/invoke/invoker.h"\n', "may not include")
        self.refuses(rule, "worker/logs/a.cc", '#include "controller/store/catalog.h"\n', "may not include")
        self.refuses(rule, "controller/new_room/a.cc", '#include "worker/agent/x.h"\n', "may not include")
        self.refuses(rule, "unknown/../cli/a.cc", '#include "worker/agent/x.h"\n', "may not include")

    def test_an_include_that_points_down_is_accepted(self):
        rule = includes.includes_point_down
        self.accepts(rule, "controller/api/lambda/a.cc", '#include "controller/invoke/invoker.h"\n')
        self.accepts(rule, "controller/main.cc", '#include "controller/cluster/node_sessions.h"\n')
        self.accepts(rule, "common/a.cc", '// #include "controller/store/catalog.h"\n')

    def test_a_library_enters_by_its_door_only(self):
        rule = includes.libraries_enter_by_one_door
        self.refuses(rule, "controller/store/function_store.cc", "#include <rocksdb/db.h>\n", "enters only by")
        self.refuses(rule, "controller/http/frontend.cc", "#include <boost/beast.hpp>\n", "enters only by")
        self.refuses(rule, "common/io/json.h", "#include <nlohmann/json.hpp>\n", "enters only by")
        self.accepts(rule, "controller/store/database.cc", "#include <rocksdb/db.h>\n")
        self.accepts(rule, "common/io/json_test.cc", "#include <gtest/gtest.h>\n")

    def test_time_chance_and_memory_are_parameters(self):
        rule = includes.time_chance_and_ownership_are_parameters
        for snippet in ("std::mutex m;", "auto t = std::chrono::system_clock::now();", "usleep(5);", "throw Bad();",
                        "auto* x = new Foo();", "std::this_thread::sleep_for(1s);", "std::random_device d;",
                        "if (fork() == 0) {}", "delete thing;", "time(nullptr);"):
            self.refuses(rule, "controller/api/a.cc", f"void F() {{ {snippet} }}\n", "a.cc:1")
        for snippet in ('Log("std::mutex new Foo");', "// std::mutex\n", "x = std::unique_ptr<Foo>(new Foo());",
                        "Foo(const Foo&) = delete;", "int new_index = 1;", "renew(x);", "clock.Monotonic();",
                        "sandbox.fork(3);"):
            self.accepts(rule, "controller/api/a.cc", f"void F() {{ {snippet} }}\n")
        self.accepts(rule, "common/mutex.h", "std::mutex mutex_;\n")

    def test_aws_words_stay_at_the_edges(self):
        rule = includes.aws_words_stay_at_the_edges
        self.refuses(rule, "controller/invoke/a.cc", 'auto h = "X-Amz-Log-Type";\n', "AWS's words")
        self.refuses(rule, "controller/store/a.cc", 'return "ResourceNotFoundException";\n', "AWS's words")
        self.accepts(rule, "controller/http/a.cc", 'auto h = "X-Amz-Log-Type";\n')
        self.accepts(rule, "controller/store/a.cc", "// becomes ResourceNotFoundException\n")

    def test_a_link_that_points_up_is_refused(self):
        rule = build_files.links_point_down
        store = "hearth_library(controller_store SOURCES a.cc DEPS hearth_common)\n"
        cluster = "hearth_library(controller_cluster SOURCES a.cc DEPS gRPC::grpc++)\n"
        self.refuses(rule, "common/CMakeLists.txt", "hearth_library(common SOURCES a.cc DEPS controller_store)\n",
                     "common may not link controller/store", **{"controller/store/CMakeLists.txt": store})
        self.refuses(rule, "controller/store/CMakeLists.txt",
                     "hearth_library(controller_store SOURCES a.cc\n  PRIVATE_DEPS gRPC::grpc++)\n", "linked only in")
        self.accepts(rule, "controller/cluster/CMakeLists.txt", cluster)

    def test_a_source_that_nothing_builds_is_refused(self):
        rule = build_files.sources_are_built
        self.refuses(rule, "common/lost.cc", "int x;\n", "no CMakeLists.txt builds", **{"common/CMakeLists.txt": "\n"})
        self.accepts(rule, "common/a.cc", "int x;\n",
                     **{"common/CMakeLists.txt": "hearth_library(c SOURCES a.cc)\n"})

    def test_packages_used_are_on_a_list(self):
        lists = {"deploy/packages/build.list": "cmake\nlibabsl-dev\n", "deploy/packages/test.list": "# awscli\n"}
        rule = build_files.cmake_packages_are_listed
        self.refuses(rule, "cmake/a.cmake", "find_package(RocksDB REQUIRED)\n", "librocksdb-dev is on no", **lists)
        self.refuses(rule, "cmake/a.cmake", "find_package(Whatever)\n", "name its Debian package", **lists)
        self.refuses(rule, "cmake/a.cmake", "pkg_check_modules(X REQUIRED libseccomp)\n", "no list", **lists)
        self.accepts(rule, "cmake/a.cmake", "find_package(absl REQUIRED)\n", **lists)
        rule = build_files.python_imports_are_listed
        self.refuses(rule, "tests/a.py", "import boto3\n", "no listed package", **lists)
        self.accepts(rule, "tests/a.py", "import json\nimport helper\n", **{"tests/helper.py": "", **lists})
        rule = build_files.script_commands_are_listed
        self.refuses(rule, "tests/run", "#!/bin/bash\nx | aws lambda invoke\n", "awscli is on no list", **lists)
        self.accepts(rule, "tests/run", "#!/bin/bash\ncmake --build x\n", **lists)

    def test_long_files_lines_and_folders_are_refused(self):
        self.refuses(sizes.files_are_short, "common/a.cc", "int x;\n" * 501, "501 lines")
        self.accepts(sizes.files_are_short, "common/a.cc", "int x;\n" * 500)
        self.refuses(sizes.lines_are_short, "common/a.py", "x = 1 # " + "y" * 120 + "\n", "columns")
        crowd = {f"common/n{i}.cc": "int x;\n" for i in range(26)}
        self.refuses(sizes.folders_are_small, "common/a_test.cc", "", "26 sources", **crowd)

    def test_long_functions_are_refused_wherever_they_stand(self):
        body = "  x++;\n" * 60
        rule = sizes.functions_are_short
        for opening, closing in (
                ("void F() {\n", "}\n"),
                ("namespace a {\nclass B final : public C {\n void F() const {\n", "}\n};\n}\n"),
                ("A::A(int x)\n    : x_(x), y_{1} {\n", "}\n"),
                ("TEST(A, B) {\n", "}\n"),
                ("auto f = [](int x) {\n", "};\n"),
                ("template <class T>\nstruct S { void F() { if (x) {\n", "}}};\n"),
                ("int A::operator()(int x) const noexcept {\n", "}\n")):
            self.refuses(rule, "common/a.cc", opening + body + closing, "lines; at most 60")
        self.refuses(rule, "tests/a.py", "def f():\n" + "    x = 1\n" * 61, "f: 62 lines")

    def test_long_classes_tables_and_short_functions_are_accepted(self):
        rule = sizes.functions_are_short
        fields = "  int x;\n" * 80
        self.accepts(rule, "common/a.cc", "class CAP_MACRO(a(\"b\")) A : public B {\n" + fields + "};\n")
        self.accepts(rule, "common/a.cc", "enum class E {\n" + "  kA,\n" * 80 + "};\n")
        self.accepts(rule, "common/a.cc", "const Row kRows[] = {\n" + "  {\"a\", F(1)},\n" * 80 + "};\n")
        self.accepts(rule, "common/a.cc", "void F() { x = 1; }\n" * 80)
        self.accepts(rule, "common/a.cc", "void F() {\n" + 'Log("}{{{ // ");\n' * 50 + "}\nvoid G() {}\n")

    def test_words_of_unfinished_work_are_refused(self):
        for word in ("TODO", "FIXME", "XXX", "for now", "a stub of", "not implemented", "placeholder"):
            self.refuses(words.nothing_is_unfinished, "docs/a.md", f"This is {word} here\n", "finish it")
        for text in ("mkstemp(/tmp/x.XXXXXX)", "std::unique_ptr<Node::Stub> stub_;", "before now"):
            self.accepts(words.nothing_is_unfinished, "docs/a.md", text + "\n")

    def test_words_about_how_it_was_made_are_refused(self):
        rule = words.the_tree_speaks_of_the_product
        for word in ("in the previous session", "see issue #12", "the coding agent", "/work/main/x", "from pypi.org"):
            self.refuses(rule, "docs/a.md", f"It is {word}\n", "say what the product does")
        for text in ("the node session", "worker/agent/link.cc", "User-Agent", "build/work/x", "AWS_SESSION_TOKEN"):
            self.accepts(words.the_tree_speaks_of_the_product, "docs/a.md", text + "\n")

    def test_a_missing_document_is_noticed(self):
        found = self.complaints(words.the_house_is_complete, {"README.md": "x\n"})
        self.assertIn("CHANGELOG.md:1: this file is missing", found)
        self.assertNotIn("README.md:1: this file is missing", found)

    def test_untidy_text_is_refused(self):
        rule = words.text_is_clean
        self.refuses(rule, "docs/a.md", "x ", "no newline at the end")
        self.refuses(rule, "docs/a.md", "x \n", "blanks at the end")
        self.refuses(rule, "common/a.cc", "\tint x;\n", "a tab")

    def test_a_header_without_comment_or_guard_is_refused(self):
        rule = documents.headers_begin_with_a_comment
        self.refuses(rule, "common/a.h", "#pragma once\nint x;\n", "begins with a comment")
        self.refuses(rule, "common/a.h", "// A is the first letter of all.\nint x;\n", "#pragma once")
        self.accepts(rule, "common/a.h", "// A is the first letter of all.\n#pragma once\nint x;\n")

    def test_a_source_without_its_test_is_refused(self):
        rule = documents.sources_have_tests
        self.refuses(rule, "common/a.cc", "int x;\n", "no a_test.cc beside it")
        self.accepts(rule, "common/a.cc", "int x;\n", **{"common/a_test.cc": "\n"})

    def test_dead_links_are_refused(self):
        rule = documents.links_lead_somewhere
        self.refuses(rule, "docs/a.md", "see [b](b.md)\n", "leads nowhere")
        self.refuses(rule, "docs/a.md", "see `common/gone.h`\n", "does not exist")
        self.accepts(rule, "docs/a.md", "[b](b.md#part) [w](https://example.com) `common/a.h`\n",
                     **{"docs/b.md": "x\n", "common/a.h": "x\n"})

    def test_a_promise_without_a_test_is_refused(self):
        rule = documents.every_promise_names_its_test
        self.refuses(rule, "docs/SPECIFICATION.md", "| memory | 128 MB |\n", "names no test")
        self.refuses(rule, "docs/SPECIFICATION.md", "| memory | `common/gone_test.cc` |\n", "does not exist")
        self.accepts(rule, "docs/SPECIFICATION.md", "| a | `common/a_test.cc` |\n| b | pending |\n|---|---|\n",
                     **{"common/a_test.cc": "x\n"})

    def test_other_formatting_is_refused(self):
        rule = documents.format_is_clang_formats
        self.refuses(rule, "common/a.cc", "int   x ;\n", "clang-format-14")
        self.accepts(rule, "common/a.cc", "int x;\n")


if __name__ == "__main__":
    unittest.main()
