"""The n-th system call of its kind fails, for every n: what was to change is
as it was or as it should be, never between; and the server goes on."""

import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest

from scenes import all_scenes
from state import describe, play, wait_quiet
from trees import SCRATCH, Killed, Trees

CALLS = (("fsync", "EIO"), ("fdatasync", "EIO"), ("syncfs", "EIO"),
         ("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("ftruncate", "EIO"),
         ("renameat", "EIO"), ("renameat2", "EIO"), ("mkdirat", "ENOSPC"),
         ("unlinkat", "EIO"), ("openat", "EMFILE"), ("openat2", "EMFILE"),
         ("copy_file_range", "EIO"), ("utimensat", "EIO"), ("fchmod", "EIO"),
         ("getdents64", "EIO"))
NAMES = ("copy all or nothing", "copy a file onto a file, bare",
         "copy a file onto a file",
         "move a collection onto another", "move a file to a new name",
         "move a file onto a file", "delete a collection",
         "put a new file", "put over a file",
         "put a new file with a language", "put a file with a language",
         "put in parts a new file, rich", "put in parts over a file, rich",
         "make a collection", "change properties of a file",
         "lock a new name", "unlock a file")
SCENES = {scene.name: scene for scene in all_scenes()
          if scene.name in NAMES}
COUNT_MAX = 40
ATTACH_S = 10


class Injection:
    """In each thread of a server the n-th call of a kind fails, once."""

    def __init__(self, pid, call, error, count):
        self.log = tempfile.NamedTemporaryFile(mode="r")
        self.process = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", self.log.name, "-e",
             "trace=" + call, "-e", "inject=%s:error=%s:when=%d" % (
                 call, error, count), "-p", str(pid)],
            stderr=subprocess.DEVNULL)
        end = time.monotonic() + ATTACH_S
        while not self._is_attached(pid):
            assert time.monotonic() < end, "strace does not attach"
            time.sleep(0.002)

    @staticmethod
    def _is_attached(pid):
        for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
            if "\nTracerPid:\t0\n" in (task / "status").read_text():
                return False
        return True

    def end(self):
        """The number of calls that failed."""
        self.process.terminate()
        self.process.wait()
        with self.log:
            return self.log.read().count("(INJECTED)")


@pytest.fixture(scope="module")
def trees():
    if shutil.which("strace") is None or subprocess.run(
            ["strace", "-qq", "-o", "/dev/null", "true"],
            check=False).returncode != 0:
        pytest.skip("strace cannot trace here")
    with tempfile.TemporaryDirectory(prefix="tarry-fault-",
                                     dir=SCRATCH) as top:
        trees = Trees(pathlib.Path(top), {"build": "release"})
        for kind in {scene.tree for scene in SCENES.values()}:
            trees.plant(kind)
        yield trees


class Case:
    def __init__(self, trees, scene):
        self.trees, self.scene = trees, scene
        self.tokens = trees.tokens[scene.tree].values()
        self.requests = trees.requests(scene)
        with self.start() as (_, server):
            self.before = describe(server, self.tokens)
            assert play(server.address,
                        self.requests)[0] == scene.status
            self.after = describe(server, self.tokens)

    def start(self):
        return Started(self.trees, self.scene.tree)

    def run(self, call, error, count):
        """The number of calls that failed."""
        with self.start() as (root, server):
            injection = Injection(server.process.pid, call, error, count)
            answer = play(server.address, self.requests)
            failed_count = injection.end()
            label = "%s of %s, the %d." % (error, call, count)
            assert answer is not None, label + server.said()
            if b"log says how" in answer[2]:
                assert "tarry: the storage failed: " in server.said(), label
            is_good = answer[0] == self.scene.status
            assert is_good or answer[0] >= 500, (label, answer)
            # 207 that says 500 or 507 of what was asked for.
            is_good &= b"HTTP/1.1 50" not in answer[2]
            self.judge(server, is_good, label)
            server.kill()
            server = Killed(root, build="release")
            try:
                assert wait_quiet(server)
                self.judge(server, is_good, label + " started again")
            finally:
                server.kill()
        return failed_count

    def judge(self, server, is_good, label):
        text = describe(server, self.tokens)
        if is_good:
            assert text == self.after, label
        else:
            assert text in (self.before, self.after), label


class Started:
    """A server on a copy of a tree."""

    def __init__(self, trees, kind):
        self.copy = trees.copy(kind)

    def __enter__(self):
        self.root = self.copy.__enter__()
        self.server = Killed(self.root, build="release")
        return self.root, self.server

    def __exit__(self, *error):
        self.server.kill()
        return self.copy.__exit__(*error)


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_left_between(trees, name):
    case = Case(trees, SCENES[name])
    failed_count = 0
    for call, error in CALLS:
        for count in range(1, COUNT_MAX):
            one = case.run(call, error, count)
            failed_count += one
            if one == 0:
                break
    assert failed_count > 0
    print("%s: %d calls failed" % (name, failed_count))
