"""A server of our own for one test: on a free port of the loopback address,
with a fresh directory to serve, and an end that must be clean."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
START_S, STOP_S = 20, 20
REPORTS = (b"ERROR: AddressSanitizer", b"ERROR: LeakSanitizer",
           b"WARNING: ThreadSanitizer", b"runtime error:", b"CHECK(")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def environment():
    """Ours, without what would configure the server."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("TARRY_")}


def small_tree(top):
    """What the wire tests find: /tree/f00 to f29, /empty/ and /file.txt."""
    (top / "tree").mkdir()
    for i in range(30):
        (top / "tree" / ("f%02d" % i)).write_bytes(b"x" * 100)
    (top / "empty").mkdir()
    (top / "file.txt").write_bytes(b"hello\n")


class Server:
    """with Server("--interim", "on") as server: ..."""

    def __init__(self, *flags, build="asan", program=None, directory=None,
                 fill=small_tree, under=()):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="tarry-test-"))
        self.directory = directory or self.scratch / "served"
        self.log = self.scratch / "log"
        self.access_log = self.scratch / "access.log"
        self.port = free_port()
        self.address = "127.0.0.1:%d" % self.port
        is_tls = any(str(flag).startswith("--tls-") for flag in flags)
        self.url = "http%s://%s" % ("s" if is_tls else "", self.address)
        if directory is None:
            self.directory.mkdir()
            fill(self.directory)
        program = program or ROOT / "build" / build / "src" / "tarry"
        command = [*under, program, "serve", self.directory,
                   "--listen", self.address, *flags]
        if "--access-log" not in flags:
            command += ["--access-log", self.access_log]
        if "--stop-timeout" not in flags:
            command += ["--stop-timeout", "0s"]  # tests leave much undone
        self.process = None
        try:
            self._start([str(word) for word in command])
            self._wait()
        except Exception:
            self._clean()
            raise

    def _start(self, command):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env=environment())

    def _wait(self):
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError("the server ended at once:\n" + self.said())
            if "\nTry:\n" in self.said():  # it listens before it is ready
                return
            time.sleep(0.02)
        raise RuntimeError("the server is not ready:\n" + self.said())

    def _clean(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def said(self):
        return self.log.read_bytes().decode(errors="replace")

    def memory_kib(self, key="VmRSS"):
        status = pathlib.Path("/proc/%d/status" % self.process.pid)
        for line in status.read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise KeyError(key)

    def stop(self):
        """Ends it by SIGTERM: it must exit with 0, and nothing to report."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_S)
            said = self.log.read_bytes()
            assert code == 0, "exit code %d:\n%s" % (code, self.said())
            for report in REPORTS:
                assert report not in said, self.said()
        finally:
            self._clean()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
            return
        print("--- the server said:\n" + self.said())
        self._clean()
