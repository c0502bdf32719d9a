"""A door of HTTP/1.1 to a server that is spoken to in HTTP/2: for clients that
know only the former."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from server import free_port

START_S, STOP_S = 20, 10


class Front:
    """with Front(server.address) as front: ... front.address"""

    def __init__(self, address):
        self.port = free_port()
        self.address = "127.0.0.1:%d" % self.port
        host, port = address.split(":")
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="tarry-front-"))
        self.log = self.scratch / "log"
        self.process = subprocess.Popen(
            ["nghttpx", "--conf=/dev/null", "--workers=1",
             "--frontend=127.0.0.1,%d;no-tls" % self.port,
             "--backend=%s,%s;;proto=h2" % (host, port),
             "--no-via", "--no-add-x-forwarded-proto",
             "--no-server-rewrite", "--no-location-rewrite",
             "--errorlog-file=%s" % self.log, "--accesslog-file=/dev/null",
             "--backend-read-timeout=120s", "--frontend-read-timeout=120s"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def _wait(self):
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("nghttpx does not listen:\n" + self.said())

    def said(self):
        return self.log.read_bytes().decode(errors="replace")

    def __enter__(self):
        try:
            self._wait()
        except Exception:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)
