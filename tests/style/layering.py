"""The house on one page: which room may include which, and which file is the door of which library.

Rooms are folders. An arrow that is not in MAY_INCLUDE is wrong in an #include and in a CMake DEPS alike.
Source: docs/ARCHITECTURE.md "Who may include whom" and "One library, one door".
"""

import re

COMMON = ("common", "proto")

# room -> the rooms it may include besides itself. A room is the longest folder name below that holds the file.
MAY_INCLUDE = {
    "proto": (),
    "common": (),
    "common/io": ("common",),
    "common/rpc": COMMON,  # gRPC streams, shared by controller/cluster and worker/agent
    "common/packages": ("common",),
    "cli": COMMON + ("common/io", "common/packages"),  # packages: hearth sign signs them
    # controller: main -> http -> api -> the domain -> common, proto
    "controller": ("*controller", "*common", "proto"),  # main.cc: names every concrete class
    "controller/http": ("controller/api", "controller/auth", "controller/limits", "common/io") + COMMON,
    "controller/api": (
        "controller/artifacts", "controller/async", "controller/auth", "controller/invoke", "controller/kms",
        "controller/limits", "controller/observe", "controller/pattern", "controller/provisioned",
        "controller/queues", "controller/scheduler",
        "controller/secrets", "controller/sources", "controller/store", "controller/topics", "common/io") + COMMON,
    "controller/cluster": (
        "controller/artifacts", "controller/observe", "controller/scheduler", "common/io", "common/rpc") + COMMON,
    # async and sources put messages into queues and take them out, async into topics, too; neither knows of functions
    "controller/async": (
        "controller/invoke", "controller/queues", "controller/store", "controller/topics", "common/io") + COMMON,
    "controller/sources": (
        "controller/invoke", "controller/pattern", "controller/queues", "controller/store", "common/io") + COMMON,
    # tells the placer what to keep ready and the gate what to set aside for it
    "controller/provisioned": ("controller/invoke", "controller/scheduler", "controller/store") + COMMON,
    "controller/queues": ("controller/store", "common/io") + COMMON,
    # topics tell queues; functions they reach by a door that main gives them
    "controller/topics": (
        "controller/pattern", "controller/queues", "controller/secrets", "controller/store", "common/io") + COMMON,
    "controller/pattern": ("common", "common/io"),
    "controller/invoke": (
        "controller/limits", "controller/scheduler", "controller/store", "controller/secrets", "common/io") + COMMON,
    "controller/limits": ("controller/store",) + COMMON,  # what an account may use: rows, and the pace of calls
    "controller/scheduler": ("controller/limits", "controller/store") + COMMON,
    "controller/auth": ("controller/secrets", "controller/store", "common/io") + COMMON,
    "controller/observe": ("controller/store", "common/io") + COMMON,
    "controller/secrets": COMMON,
    "controller/kms": ("controller/secrets", "controller/store") + COMMON,  # keys of customers are rows, sealed
    "controller/artifacts": ("common/packages",) + COMMON,
    "controller/store": COMMON,
    # worker: main -> agent -> environments -> the rest -> common, proto
    "worker": ("*worker", "*common", "proto"),
    "worker/agent": ("worker/environments", "worker/artifacts", "worker/logs", "common/rpc") + COMMON,
    "worker/environments": (
        "worker/runtime_api", "worker/sandbox", "worker/artifacts", "worker/logs", "common/io") + COMMON,
    "worker/runtime_api": ("common/io",) + COMMON,
    "worker/sandbox": COMMON,
    "worker/artifacts": ("common/packages",) + COMMON,
    "worker/logs": COMMON + ("common/io",),
    "worker/runtimes": (),
    # Tests build programs of their own; they see what an outsider sees. The escape probe drives the sandbox itself.
    "tests": COMMON + ("common/io",),
    "tests/sandbox": ("worker/sandbox",) + COMMON,
    "tests/simulation": ("controller/invoke", "controller/limits", "controller/scheduler", "controller/store") + COMMON,
    "tests/node_session": ("controller/cluster", "worker/agent", "common/rpc", "common/io") + COMMON,
}

# include prefix -> the files that may name it.
DOORS = {
    r"rocksdb/": (r"controller/store/database\.cc",),
    r"grpc(pp|\+\+)?/": (r"common/rpc/[a-z_]+\.(h|cc)", r"controller/cluster/[a-z_]+\.(h|cc)",
                        r"worker/agent/[a-z_]+\.(h|cc)"),
    r"boost/": (r"common/io/http_server[a-z_]*\.(h|cc)", r"common/io/thread_pool\.cc", r"tests/performance/.*"),
    r"curl/": (r"common/io/http_client\.cc",),
    r"(nlohmann/|simdjson\.h)": (r"common/io/json\.cc",),
    r"archive(_entry)?\.h": (r"worker/artifacts/zip_extractor(_test)?\.cc",),
    r"libcgroup\.h": (r"worker/sandbox/cgroup[a-z0-9_]*\.cc",),
    r"seccomp\.h": (r"worker/sandbox/seccomp_filter\.cc", r"worker/artifacts/extract_seccomp\.cc"),
    r"sys/capability\.h": (r"worker/sandbox/privileges\.cc",),
    r"CLI/": (r"cli/.*\.(h|cc)", r"(controller|worker)/main\.cc", r"worker/[a-z_]+/[a-z_]+_main\.cc",
              r"tests/performance/.*", r"tests/simulation/main\.cc"),
    r"spdlog/": (r"common/log\.cc",),
    r"toml(\.hpp|/)": (r"common/config\.cc",),
    r"openssl/": (r"common/crypto\.cc", r"common/ed25519\.cc", r"common/jws\.cc", r"common/md5\.cc",
                  r"common/rsa_signer\.cc"),
    r"prometheus/": (r"common/metrics\.cc",),
    r"(gtest|gmock)/": (r".*_test\.cc", r".*_test_support\.h"),
}

# CMake target prefix -> the folder whose library may link it.
LINK_DOORS = {
    r"RocksDB::": ("controller/store",),
    r"gRPC::": ("common/rpc", "controller/cluster", "worker/agent"),
    r"Boost::|Boost$": ("common/io", "tests/performance"),
    r"CURL::": ("common/io",),
    r"nlohmann_json|simdjson": ("common/io",),
    r"PkgConfig::LIBARCHIVE": ("worker/artifacts",),
    r"PkgConfig::LIBCGROUP": ("worker/sandbox",),
    r"PkgConfig::LIBSECCOMP": ("worker/sandbox", "worker/artifacts"),
    r"PkgConfig::LIBCAP": ("worker/sandbox",),
    r"CLI11::": ("cli", "controller", "worker", "worker/sandbox", "worker/artifacts", "tests/performance",
                  "tests/simulation"),
    r"spdlog::": ("common",),
    r"toml11::": ("common",),
    r"OpenSSL::": ("common",),
    r"prometheus-cpp::": ("common",),
}

# What is a parameter or a wrapper of ours, and the only files that may name the real thing.
PARAMETERS = {
    "std::mutex is common/mutex.h's Mutex": (
        r"\bstd::(mutex|recursive_mutex|lock_guard)\b", (r"common/mutex\.h",)),
    "time comes from a Clock": (
        r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\bclock_gettime\s*\(|\bgettimeofday\s*\("
        r"|\btime\s*\(\s*(nullptr|NULL|0)\s*\)",
        (r"common/clock\.cc", r"tests/.*", r".*_test\.cc")),
    "chance comes from a Random": (
        r"\bstd::random_device\b|\bs?rand\s*\(\s*\)|\bgetrandom\s*\(|/dev/u?random",
        (r"common/random\.cc", r"worker/sandbox/.*", r"tests/.*", r".*_test\.cc")),
    "nobody sleeps": (
        r"\bsleep_(for|until)\b|\b(u|nano)?sleep\s*\(|\bclock_nanosleep\s*\(",
        (r"common/failpoint\.cc", r"tests/.*", r".*_test\.cc")),
    "processes are spawned in few places": (
        r"(?<![\w.>:])(::)?(fork|vfork|clone3|posix_spawnp?|execv|execve|execvp|execveat|popen|system)\s*\(",
        (r"worker/sandbox/.*", r"worker/environments/installed_runtimes\.cc",
         r"common/packages/extract_client\.cc", r"cli/supervisor\.cc", r"tests/.*",
         r".*_test\.cc")),
    "memory is owned by a smart pointer": (
        r"(?<![\w:])(?<!unique_ptr)(new\s+[A-Za-z_:]|delete\s+[a-z_]|malloc\s*\()", ()),
    "exceptions are not ours": (r"\bthrow\s+[A-Za-z_:]", ()),
}

# AWS's words (headers, error names) stay at the edges.
AWS_WORDS = re.compile(r"\"[^\"]*(?:\b[Xx]-[Aa]mzn?-|[A-Z][A-Za-z]+Exception\b)")
AWS_EDGES = (r"controller/(http|api|auth)/.*", r"worker/runtime_api/.*", r"common/sigv4[a-z_]*\.(h|cc)", r"cli/.*",
             r"tests/.*", r".*_test\.cc")


def room_of(path):
    """The room that holds a file: the longest name of MAY_INCLUDE that is a folder above it."""
    folder = path.rpartition("/")[0]
    while folder and folder not in MAY_INCLUDE:
        folder = folder.rpartition("/")[0]
    return folder


def may_include(room, other):
    """Whether an include (or a link) from room to other points down."""
    if room == other:
        return True
    allowed = MAY_INCLUDE.get(room, ())
    if other in allowed:
        return True
    return any(name.startswith("*") and (other + "/").startswith(name[1:] + "/") for name in allowed)


def matches_any(path, patterns):
    return any(re.fullmatch(pattern, path) for pattern in patterns)
