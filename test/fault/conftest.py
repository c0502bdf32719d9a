"""Servers, clients and small disks for the tests of what can fail."""

import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "crash"))
from peer import connect, serve  # noqa: E402,F401


@pytest.fixture
def disk():
    """disk("2m") is a directory on a file system of its own."""
    tops = []

    def mount(size):
        top = pathlib.Path(tempfile.mkdtemp(prefix="tarry-disk-"))
        result = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "mode=755,size=" + size, "none",
             top], stderr=subprocess.DEVNULL, check=False)
        if result.returncode != 0:
            top.rmdir()
            pytest.skip("nothing can be mounted here")
        tops.append(top)
        return top

    yield mount
    for top in tops:
        subprocess.run(["umount", "-l", top], check=True)
        top.rmdir()


@pytest.fixture
def folder():
    """A directory that any user can reach."""
    with tempfile.TemporaryDirectory(prefix="tarry-fault-") as name:
        top = pathlib.Path(name)
        top.chmod(0o755)
        yield top
        for path, folders, _ in os.walk(top):
            for name in folders:
                os.chmod(os.path.join(path, name), 0o755)
