#!/usr/bin/env python3
"""Writes a corpus of good and hostile zips into a directory; prints "<file> <verdict>" for each.

The zips are made byte by byte: no zip tool writes most of them.
"""
import io
import os
import stat
import struct
import sys
import zipfile
import zlib

FILE, DIR, LINK = stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK


class Entry:
    """One entry; every field of both headers can be made to lie."""

    def __init__(self, name, data=b"", mode=FILE | 0o644, deflate=False, **lies):
        self.name = name.encode() if isinstance(name, str) else name
        self.data, self.mode, self.lies = data, mode, lies
        self.method = lies.get("method", 8 if deflate else 0)
        if deflate:
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            self.packed = packer.compress(data) + packer.flush()
        else:
            self.packed = data
        self.packed = lies.get("packed", self.packed)
        self.crc = lies.get("crc", zlib.crc32(data))
        self.size = lies.get("size", len(data))
        self.flags = lies.get("flags", 0x800)

    def local(self):
        name = self.lies.get("local_name", self.name)
        return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, self.lies.get("local_flags", self.flags), self.method, 0, 33,
                           self.crc, len(self.packed), self.size, len(name), 0) + name + self.packed

    def central(self, offset):
        extra = self.lies.get("extra", b"")
        return struct.pack("<4sBBHHHHHIIIHHHHHII", b"PK\1\2", 20, 3, 20, self.flags, self.method, 0, 33, self.crc,
                           self.lies.get("central_packed", len(self.packed)), self.lies.get("central_size", self.size),
                           len(self.name), len(extra), 0, 0, 0, self.mode << 16,
                           self.lies.get("offset", offset)) + self.name + extra


def archive(entries, count=None, tail=b"", prefix=b"", directory_shift=0):
    body, central = io.BytesIO(prefix), []
    body.seek(0, 2)
    for entry in entries:
        offset = body.tell()
        if not entry.lies.get("no_local"):
            body.write(entry.local())
        central.append(entry.central(offset))
    offset, directory = body.tell(), b"".join(central)
    count = len(entries) if count is None else count
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), offset + directory_shift, 0)
    return body.getvalue() + directory + end + tail


def good():
    python = io.BytesIO()
    with zipfile.ZipFile(python, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("index.py", "def handler(event, context): return event\n")
        made.writestr("package/__init__.py", "")
        made.writestr("größe/名前.txt", "unicode names")
    yield "good_python.zip", python.getvalue()
    forced = io.BytesIO()
    with zipfile.ZipFile(forced, "w", zipfile.ZIP_DEFLATED) as made:
        with made.open("index.py", "w", force_zip64=True) as entry:
            entry.write(b"x = 1\n")
    yield "good_zip64_local.zip", forced.getvalue()
    yield "good_link_inside.zip", archive([
        Entry("node_modules/tool/cli.js", b"#!/usr/bin/env node\n", FILE | 0o755),
        Entry("node_modules/.bin/tool", b"../tool/cli.js", LINK | 0o777),
        Entry("dangling", b"not/there", LINK | 0o777)])
    yield "good_dots.zip", archive([Entry("./", mode=DIR | 0o755), Entry("./a//b.py", b"1"), Entry("a/./c.py", b"2")])
    yield "good_directory_twice.zip", archive([Entry("d/", mode=DIR | 0o700), Entry("d/x", b"1"), Entry("d/", mode=DIR | 0o755)])
    yield "good_setuid_is_stripped.zip", archive([Entry("tool", b"x", FILE | 0o6755)])
    yield "good_link_target_ends_at_nul.zip", archive([Entry("l", b"d\0/../../etc", LINK | 0o777)])
    yield "good_largest.zip", archive([zeros("zeros", 262_144_000)])
    yield "good_comment.zip", archive([Entry("a", b"1")])[:-2] + struct.pack("<H", 5) + b"hello"


def not_zips():
    yield "not_a_zip.zip", b"this is a text file, long enough to hold an end record, and not a zip\n"
    yield "empty_file.zip", b""
    yield "tar.zip", b"\0" * 10240
    yield "trailing_bytes.zip", archive([Entry("a", b"1")], tail=b"more")
    yield "cut_in_half.zip", archive([Entry("a", os.urandom(5000))])[:2500]


def traversal():
    names = ["../evil", "a/../../evil", "a/../b", "/etc/passwd", "..", "a/..", "..\\evil", "a\\..\\..\\evil", "C:\\evil",
             "//evil", "a\nb", "a\x1b[31m", "x" * 256, "d/" * 129 + "f", "/".join(["n" * 200] * 21)]
    for number, name in enumerate(names):
        yield f"name_{number:02}.zip", archive([Entry(name, b"evil")])
    yield "name_nul.zip", archive([Entry(b"evil.py\0.txt", b"evil")])
    yield "name_empty.zip", archive([Entry(b"", b"evil")])
    yield "name_bad_utf8.zip", archive([Entry(b"\xff\xfe\xc0\x80", b"evil")])
    yield "name_100k.zip", archive([Entry("n" * 65000, b"evil")])
    links = {"link_absolute": [("l", "/etc/passwd")], "link_up": [("l", "../x")], "link_deep_up": [("a/b/l", "../../../x")],
             "link_through_link": [("here", "."), ("up", "here/..")],
             "link_up_by_hops": [("a/b/self", "."), ("l", "a/b/self/../../../x")],
             "link_circle": [("a", "b"), ("b", "a")], "link_to_itself": [("a", "a/x")], "link_empty": [("a", "")]}
    for name, made in links.items():
        yield name + ".zip", archive([Entry(path, target.encode(), LINK | 0o777) for path, target in made])
    yield "link_then_write.zip", archive([Entry("l", b"d", LINK | 0o777), Entry("d/", mode=DIR | 0o755), Entry("l/evil", b"x")])
    yield "link_out_then_write.zip", archive([Entry("l", b"/tmp", LINK | 0o777), Entry("l/evil", b"x")])
    yield "link_replaced_by_file.zip", archive([Entry("l", b"d", LINK | 0o777), Entry("l", b"x")])
    yield "file_below_file.zip", archive([Entry("a", b"1"), Entry("a/b", b"2")])
    yield "file_over_directory.zip", archive([Entry("a/b", b"1"), Entry("a", b"2")])
    yield "root_is_a_file.zip", archive([Entry(".", b"1")])
    yield "duplicate.zip", archive([Entry("a", b"1"), Entry("a", b"2")])
    yield "duplicate_dotted.zip", archive([Entry("a", b"1"), Entry("./a", b"2")])


def kinds():
    for name, kind in {"fifo": stat.S_IFIFO, "char": stat.S_IFCHR, "block": stat.S_IFBLK, "socket": stat.S_IFSOCK}.items():
        yield f"kind_{name}.zip", archive([Entry("bootstrap", b"", kind | 0o666)])
    yield "encrypted.zip", archive([Entry("a", b"0123456789ab secret", flags=0x801)])
    yield "encrypted_local_only.zip", archive([Entry("a", b"0123456789ab secret", local_flags=0x801)])
    yield "method_bzip2.zip", archive([Entry("a", b"x", method=12)])
    yield "method_99.zip", archive([Entry("a", b"x", method=99)])


def lies():
    yield "wrong_crc.zip", archive([Entry("a", b"hello", crc=1)])
    yield "wrong_crc_deflated.zip", archive([Entry("a", b"hello" * 1000, deflate=True, crc=1)])
    yield "wrong_size.zip", archive([Entry("a", b"hello" * 1000, deflate=True, size=17)])
    yield "broken_deflate.zip", archive([Entry("a", b"hello" * 99, deflate=True, packed=b"\xff" * 50)])
    yield "different_names.zip", archive([Entry("a.py", b"x", local_name=b"b.py")])
    yield "longer_local_name.zip", archive([Entry("a.py", b"x", local_name=b"../../b.py")])
    yield "too_many_said.zip", archive([Entry("a", b"1")], count=2)
    yield "too_few_said.zip", archive([Entry("a", b"1"), Entry("b", b"2")], count=1)
    yield "offset_outside.zip", archive([Entry("a", b"1", offset=0x7FFFFFF0)])
    yield "size_outside.zip", archive([Entry("a", b"1", central_packed=0x7FFFFFF0)])
    yield "zip64_missing.zip", archive([Entry("a", b"1", central_size=0xFFFFFFFF)])
    yield "zip64_huge.zip", archive([Entry("a", b"1", central_packed=0xFFFFFFFF, central_size=0xFFFFFFFF,
                                           extra=struct.pack("<HHQQ", 1, 16, 1 << 62, 1 << 62))])
    yield "zip64_count.zip", archive([Entry("a", b"1")], count=0xFFFF)
    yield "zip64_locator_lies.zip", zip64_end(archive([Entry("a", b"1")]), locator=1 << 60)
    yield "zip64_directory_lies.zip", zip64_end(archive([Entry("a", b"1")]), offset=1 << 60)
    yield "directory_shifted.zip", archive([Entry("a", b"1")], directory_shift=-1)
    yield "prefix.zip", b"MZ stub" + archive([Entry("a", b"1")])


def zip64_end(plain, locator=None, offset=None, count=0xFFFF):
    body, end = plain[:-22], plain[-22:]
    size, begin = struct.unpack("<II", end[12:20])
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, begin if offset is None else offset)
    place = struct.pack("<4sIQI", b"PK\6\7", 0, len(body) if locator is None else locator, 1)
    return body + record + place + end[:8] + struct.pack("<HH", count, count) + end[12:]


def zeros(name, count, **lies):
    """An entry that inflates to `count` zero bytes, made without holding them."""
    packer, block, crc, packed = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(1 << 20), 0, []
    for begin in range(0, count, len(block)):
        piece = block[:count - begin]
        crc = zlib.crc32(piece, crc)
        packed.append(packer.compress(piece))
    packed.append(packer.flush())
    return Entry(name, method=8, **{"packed": b"".join(packed), "crc": crc, "size": count, **lies})


def bombs():
    kernel = zeros("0", 30_000_000)
    entries = [Entry(str(number), b"", no_local=True, offset=0, method=8, crc=kernel.crc, size=kernel.size,
                     central_packed=len(kernel.packed)) for number in range(1, 200)]
    yield "refused", "bomb_full_overlap.zip", archive([kernel] + entries)
    yield "refused", "bomb_quoted_overlap.zip", quoted_overlap(100)
    yield "too-large", "bomb_one_file.zip", archive([zeros("zeros", 262_144_001)])
    many, one = [], zeros("z", 50_000_000)
    for number in range(200):
        many.append(Entry(f"z{number}", method=8, packed=one.packed, crc=one.crc, size=one.size))
    yield "too-large", "bomb_many_files.zip", archive(many)
    yield "too-large", "bomb_size_lie.zip", archive([zeros("zeros", 300_000_000, size=5)])
    nested = archive([zeros("zeros", 200_000_000)])
    for level in range(3):
        nested = archive([Entry(f"{level}_{copy}.zip", nested, deflate=True) for copy in range(10)])
    yield "ok", "bomb_nested.zip", nested
    yield "refused", "bomb_65537_entries.zip", many_empty(65537)
    yield "refused", "bomb_million_entries.zip", many_empty(1_000_000)
    yield "refused", "bomb_deep_directories.zip", archive(
        [Entry("/".join(f"{number:x}{depth:02x}" for depth in range(100)) + "/f", b"") for number in range(3000)])
    yield "refused", "bomb_long_names.zip", archive(
        [Entry("/".join([f"{number:05}" + "n" * 240] * 16), b"") for number in range(4000)])
    yield "refused", "bomb_links.zip", archive(
        [Entry("self", b".", LINK | 0o777)] +
        [Entry(f"l{number}", b"self/" * 30 + b"x", LINK | 0o777) for number in range(20000)])


def quoted_overlap(count):
    """Each entry's data begins with the next entry's local header, quoted as a stored block (D. Fifield, 2019)."""
    kernel = Entry(f"{count}", b"\0" * 3_000_000, deflate=True)
    parts, names = [kernel.local()], [(kernel.name, kernel.crc, len(kernel.packed), kernel.size)]
    for number in range(count - 1, 0, -1):
        following = b"".join(parts)
        header_bytes = 30 + len(names[0][0])
        quoted = following[:header_bytes]
        name = str(number).encode()
        packed = 5 + header_bytes + names[0][2]
        size = header_bytes + names[0][3]
        local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 33, 0, packed, size, len(name), 0) + name
        parts.insert(0, local + struct.pack("<BHH", 0, len(quoted), len(quoted) ^ 0xFFFF))
        names.insert(0, (name, 0, packed, size))
    body, central, offset = b"".join(parts), b"", 0
    for part, (name, crc, packed, size) in zip(parts, names):
        central += struct.pack("<4sBBHHHHHIIIHHHHHII", b"PK\1\2", 20, 3, 20, 0, 8, 0, 33, crc, packed, size, len(name), 0,
                               0, 0, 0, (FILE | 0o644) << 16, offset) + name
        offset += len(part)
    return body + central + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(central), len(body), 0)


def many_empty(count):
    local, central, offset = [], [], 0
    for number in range(count):
        name = f"{number:x}".encode()
        local.append(struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name)
        central.append(struct.pack("<4sBBHHHHHIIIHHHHHII", b"PK\1\2", 20, 3, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0,
                                   0, 0, (FILE | 0o644) << 16, offset) + name)
        offset += len(local[-1])
    body, directory = b"".join(local), b"".join(central)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), len(body))
    place = struct.pack("<4sIQI", b"PK\6\7", 0, len(body) + len(directory), 1)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return body + directory + record + place + end


def corpus():
    for verdict, made in (("ok", good()), ("not-zip", not_zips()), ("refused", traversal()), ("refused", kinds()),
                          ("refused", lies())):
        for name, content in made:
            yield verdict, name, content
    yield "ok", "good_zip64_end.zip", zip64_end(archive([Entry("a", b"1")]))
    yield "ok", "good_zip64_end_unneeded.zip", zip64_end(archive([Entry("a", b"1")]), count=1)
    yield "ok", "good_65536_entries.zip", many_empty(65536)
    yield "empty", "no_entries.zip", archive([])
    yield from bombs()


def main():
    for verdict, name, content in corpus():
        with open(os.path.join(sys.argv[1], name), "wb") as out:
            out.write(content)
        print(name, verdict)


main()
