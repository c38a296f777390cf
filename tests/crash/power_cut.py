"""A disk whose power can be cut: a loop device with ext4, shut down so that what was not synced is lost."""

import fcntl
import os
import shutil
import subprocess
import tempfile

# Source: linux/fs/ext4/ext4.h, EXT4_IOC_SHUTDOWN and EXT4_GOING_FLAGS_NOLOGFLUSH.
EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = b"\x02\x00\x00\x00"


class Disk:
    """mount(), cut() and mount() again, as often as one likes; close() at the end."""

    def __init__(self, mebibytes=4096):
        self.folder = tempfile.mkdtemp(prefix="hearth-disk-")
        self.image = os.path.join(self.folder, "image")
        self.path = os.path.join(self.folder, "mounted")
        os.mkdir(self.path)
        # Sparse. Environments reserve room for their /tmp on it.
        with open(self.image, "wb") as file:
            file.truncate(mebibytes << 20)
        self._run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image)
        self.mounted = False

    @staticmethod
    def _run(*command):
        subprocess.run(command, check=True, timeout=60, stdin=subprocess.DEVNULL, capture_output=True)

    def mount(self):
        self._run("mount", "-o", "loop", self.image, self.path)
        self.mounted = True

    def cut(self):
        """From here on nothing reaches the disk any more."""
        handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(handle)

    def unmount(self):
        if self.mounted:
            self._run("umount", self.path)
            self.mounted = False

    def close(self):
        self.unmount()
        shutil.rmtree(self.folder, ignore_errors=True)
