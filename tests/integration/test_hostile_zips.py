"""Archives made to do harm are refused with AWS's words, quickly, and leave nothing behind."""

import io
import os
import stat
import struct
import time
import zipfile
import zlib

import botocore.exceptions
import pytest

import function_packages as packages

NOT_A_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."
TOO_LARGE = "Unzipped size must be smaller than 262144000 bytes"


def zip_of(*entries):
    """A zip whose entries are (name, content, unix mode)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = mode << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def regular(name, content="x"):
    return (name, content, stat.S_IFREG | 0o644)


def lying_about_sizes():
    """300 MiB of zeros whose headers claim ten bytes."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(bytes(300 << 20)) + packed.flush()
    name = b"main.py"
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, 0, len(data), 10, len(name), 0) + name
    central = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 0x031E, 20, 0, 8, 0, 0, 0, len(data), 10, len(name), 0, 0,
                          0, 0, 0o100644 << 16, 0) + name
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), len(local) + len(data), 0)
    return local + data + central + end


def overlapping(copies=3000):
    """Many central entries that all point at one compressed megabyte."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(bytes(1 << 20)) + packed.flush()
    crc = zlib.crc32(bytes(1 << 20))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, crc, len(data), 1 << 20, 1, 0) + b"a"
    central = b"".join(
        struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 0x031E, 20, 0, 8, 0, 0, crc, len(data), 1 << 20, 6, 0, 0, 0, 0,
                    0o100644 << 16, 0) + b"f%05d" % number for number in range(copies))
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, copies, copies, len(central), len(local) + len(data), 0)
    return local + data + central + end


def bomb():
    return zip_of(regular("main.py", bytes(300 << 20)))


def with_wrong_checksum():
    good = bytearray(zip_of(regular("main.py", "def handler(e, c): pass\n" * 50)))
    good[40 + len("main.py")] ^= 0xFF
    return bytes(good)


def encrypted():
    made = bytearray(zip_of(regular("main.py")))
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


REFUSED = {
    "not a zip": (lambda: b"this is not a zip archive", NOT_A_ZIP),
    "nothing at all": (lambda: b"PK\x05\x06" + bytes(18), None),
    "cut off": (lambda: zip_of(regular("main.py", os.urandom(4096)))[:-60], NOT_A_ZIP),
    "a bomb": (bomb, TOO_LARGE),
    "a bomb that lies about its size": (lying_about_sizes, None),
    "overlapping entries": (overlapping, None),
    "a wrong checksum": (with_wrong_checksum, None),
    "an encrypted entry": (encrypted, None),
    "a name that climbs out": (lambda: zip_of(regular("../../../../tmp/hearth-escaped")), None),
    "a name that climbs out later": (lambda: zip_of(regular("a/b/../../../../../../../tmp/hearth-escaped")), None),
    "an absolute name": (lambda: zip_of(regular("/tmp/hearth-escaped")), None),
    "a link out": (lambda: zip_of(("etc", "/etc", stat.S_IFLNK | 0o777)), None),
    "a write through a link": (
        lambda: zip_of(("tmp", "/tmp", stat.S_IFLNK | 0o777), regular("tmp/hearth-escaped")), None),
    "a device": (lambda: zip_of(("null", "", stat.S_IFCHR | 0o666)), None),
    "a fifo": (lambda: zip_of(("pipe", "", stat.S_IFIFO | 0o666)), None),
    "a file where a folder must be": (lambda: zip_of(regular("a"), regular("a/b")), None),
    "a very long name": (lambda: zip_of(regular("n" * 5000)), None),
    "a very deep name": (lambda: zip_of(regular("d/" * 3000 + "f")), None),
}


def files_of(platform):
    return {os.path.join(folder, name) for folder, _, names in os.walk(platform.data_dir) for name in names
            if "rocksdb" not in folder and "/db" not in folder and "/store" not in folder}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_hostile_archive_is_refused_and_leaves_nothing(platform, functions, kind):
    make, text = REFUSED[kind]
    package = packages.Package("python3.11", "main.handler", make())
    files, groups = files_of(platform), platform.environment_cgroups()
    start = time.monotonic()
    try:
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            functions.create(package)
        assert time.monotonic() - start < 10
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
        if text:
            assert refused.value.response["Error"]["Message"] == text
        assert files_of(platform) == files
        assert platform.environment_cgroups() - groups == set()
        assert platform.pids("hearth-extract") == []
    finally:
        escaped = os.path.exists("/tmp/hearth-escaped")
        if escaped:
            os.unlink("/tmp/hearth-escaped")
        assert not escaped


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o6777], ids=["setuid", "setgid", "both"])
def test_privilege_bits_do_not_survive_extraction(functions, mode):
    archive = zip_of(("tool", "x", stat.S_IFREG | mode), regular("main.py", """
import os
def handler(event, context):
    return os.stat('/var/task/tool').st_mode & 0o7000
"""))
    name = functions.deploy(packages.Package("python3.11", "main.handler", archive))
    assert functions.invoke(name).value == 0


def test_a_link_inside_the_package_is_either_kept_inside_or_refused(functions):
    archive = zip_of(regular("main.py", "def handler(event, context): return open('/var/task/alias.txt').read()"),
                     regular("real.txt", "content"), ("alias.txt", "real.txt", stat.S_IFLNK | 0o777))
    package = packages.Package("python3.11", "main.handler", archive)
    try:
        name = functions.deploy(package)
    except botocore.exceptions.ClientError as refused:
        assert refused.response["Error"]["Code"] == "InvalidParameterValueException"
    else:
        assert functions.invoke(name).value == "content"


def test_a_large_honest_package_is_accepted(functions):
    files = {"main.py": "import os\ndef handler(event, context): return os.path.getsize('/var/task/data.bin')",
             "data.bin": bytes(200 << 20)}
    name = functions.deploy(packages.Package("python3.11", "main.handler", packages.make_zip(files)))
    assert functions.invoke(name).value == 200 << 20


def test_an_upload_over_fifty_mebibytes_is_refused(functions):
    archive = zip_of(("main.py", "x", stat.S_IFREG | 0o644), ("blob", os.urandom(52 << 20), stat.S_IFREG | 0o644))
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        functions.create(packages.Package("python3.11", "main.handler", archive))
    error = refused.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert error["Error"]["Code"].startswith("RequestEntityTooLargeException")
