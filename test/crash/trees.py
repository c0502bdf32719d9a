"""Trees planted once, a copy for each trial, and servers that may be dead."""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import threading
import time

from scenes import plant_requests
from server import START_S, Server
from state import Wrong, ask

# A process is killed, not a machine: memory is disk enough.
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Killed(Server):
    """A server that may be dead as soon as it is started."""

    def __init__(self, directory, step=0, **options):
        flags = ("--crash-at", step) if step else ()
        super().__init__("--threads", 1, *flags, directory=directory,
                         **options)

    def _wait(self):
        end = time.monotonic() + START_S
        while b"Serving" not in self.log.read_bytes():
            code = self.process.poll()
            if code == -signal.SIGKILL:
                return
            if code is not None or time.monotonic() > end:
                raise Wrong("it does not start:\n" + self.said())
            time.sleep(0.002)

    def has_died(self):
        """Whether it has met its step, if only just now."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(1) == -signal.SIGKILL
        return False

    def kill(self):
        self._clean()


class Trees:
    """One tree of each kind, and copies of them."""

    def __init__(self, top, options):
        self.top, self.options = top, options
        self.tokens, self.serial = {}, itertools.count()
        self.mutex = threading.Lock()

    def plant(self, kind):
        root = self.top / kind
        root.mkdir()
        tokens = self.tokens[kind] = {}
        server = Killed(root, **self.options)
        try:
            for request in plant_requests(kind != "bare"):
                answer = ask(server.address, request)
                if answer is None or answer[0] not in (200, 201, 207):
                    raise Wrong("%s: %s" % (request, answer))
                if request.method == "LOCK":
                    tokens[request.path] = answer[1]["Lock-Token"].strip("<>")
        finally:
            server.process.terminate()
            server.process.wait()
            server.kill()

    @contextlib.contextmanager
    def copy(self, kind):
        with self.mutex:
            root = self.top / ("copy%d" % next(self.serial))
        is_mounted = kind == "mounted"
        if is_mounted:
            (root / "m").mkdir(parents=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none",
                            root / "m"], check=True)
        try:
            shutil.copytree(self.top / kind, root, dirs_exist_ok=True)
            # Of the server that planted it.
            for path in (root / ".tarry").glob("*.sock*"):
                path.unlink()
            yield root
        finally:
            if is_mounted:
                subprocess.run(["umount", "-l", root / "m"], check=True)
            shutil.rmtree(root)

    def requests(self, scene):
        """Those of the scene, with the tokens of its tree."""
        return [self._with_tokens(request, self.tokens[scene.tree])
                for request in (*scene.before, scene.request)]

    @staticmethod
    def _with_tokens(request, tokens):
        method, path, fields, body = request
        for root, token in tokens.items():
            fields = [(name, value.replace("{%s}" % root, token))
                      for name, value in fields]
        return method, path, fields, body
