"""One server under test, and a connection to it."""

import glob
import os
import re
import socket
import subprocess
import time

import data

HERE = os.path.dirname(os.path.abspath(__file__))
TICK = os.sysconf("SC_CLK_TCK")
PEERS = sorted(os.path.basename(path)[:-3]
               for path in glob.glob(HERE + "/peers/*.sh")
               if not path.endswith("/lib.sh"))


def stat_fields(pid):
    """/proc/PID/stat after the name: state, parent, ..."""
    with open("/proc/%d/stat" % pid) as file:
        text = file.read()
    return text[text.rindex(")") + 2:].split()


class Peer:
    def __init__(self, name):
        self.name = name
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.address = "127.0.0.1:%d" % self.port
        self.url = "http://" + self.address

    def command(self, word):
        done = subprocess.run(
            ["%s/peers/%s.sh" % (HERE, self.name), word, str(self.port),
             data.DATA],
            env=dict(os.environ, BENCH_RUN=data.BASE + "/run"), timeout=90,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        said = done.stdout.decode(errors="replace").strip()
        if done.returncode:
            raise RuntimeError("%s %s: %s" % (self.name, word, said[-300:]))
        return said

    def start(self):
        self.command("start")
        with Connection(self) as connection:
            connection.request("GET", "/small/1k.bin")

    def stop(self):
        self.command("stop")

    def pids(self):
        """All its processes."""
        top = data.read("%s/run/%s-%d/pids" % (data.BASE, self.name,
                                               self.port))
        children = {}
        for path in glob.glob("/proc/[0-9]*"):
            pid = int(os.path.basename(path))
            try:
                children.setdefault(int(stat_fields(pid)[1]), []).append(pid)
            except OSError:
                pass  # It has ended.
        found, todo = [], [int(word) for word in top.split()]
        while todo:
            pid = todo.pop()
            found.append(pid)
            todo += children.get(pid, [])
        return found

    def cpu_s(self):
        ticks = 0
        for pid in self.pids():
            try:
                ticks += sum(int(word) for word in stat_fields(pid)[11:15])
            except OSError:
                pass
        return ticks / TICK

    def memory_mib(self, key):
        """VmRSS, VmHWM, or Pss, which counts shared pages once."""
        total = 0
        for pid in self.pids():
            name = "smaps_rollup" if key == "Pss" else "status"
            try:
                text = data.read("/proc/%d/%s" % (pid, name)).decode()
            except OSError:
                continue
            found = re.search(r"^%s:\s+(\d+)" % key, text, re.M)
            total += int(found.group(1)) if found else 0
        return total / 1024

    def reset_peak(self):
        for pid in self.pids():
            data.write("/proc/%d/clear_refs" % pid, b"5")


class Connection:
    """One persistent connection, on a raw socket."""

    def __init__(self, peer, timeout_s=180):
        self.peer = peer
        self.socket = socket.create_connection(("127.0.0.1", peer.port),
                                               timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb", 1 << 18)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def request(self, method, path, fields=None, body=None):
        """The status, the fields and the body.  Afterwards first_s and
        total_s tell when the first and the last octet came, and
        interim_count how many interim responses did."""
        if body is None and method == "PUT":
            body = b""
        lines = {"Host": self.peer.address, "User-Agent": "bench"}
        if body is not None:
            lines["Content-Length"] = len(body)
        lines.update(fields or {})
        head = "".join("%s: %s\r\n" % field for field in lines.items())
        self.begin = time.perf_counter()
        self.socket.sendall(("%s %s HTTP/1.1\r\n%s\r\n" % (
            method, path, head)).encode() + (body or b""))
        return self.response(method)

    def response(self, method):
        self.first_s, self.interim_count = None, 0
        while True:
            status, fields = self.read_head()
            if status >= 200:
                break
            self.interim_count += 1
        body = b"".join(self.read_body(method, status, fields))
        self.total_s = time.perf_counter() - self.begin
        return status, fields, body

    def read_head(self):
        line = self.file.readline()
        if self.first_s is None:
            self.first_s = time.perf_counter() - self.begin
        if not line:
            raise ConnectionError("closed before the response")
        fields = {}
        for more in iter(lambda: self.file.readline().strip(), b""):
            name, _, value = more.decode("latin-1").partition(":")
            fields[name.lower()] = value.strip()
        return int(line.split()[1]), fields

    def read_body(self, method, status, fields):
        if method == "HEAD" or status in (204, 304):
            return
        if "chunked" in fields.get("transfer-encoding", ""):
            while True:
                size = int(self.file.readline().split(b";")[0], 16)
                if size == 0:
                    while self.file.readline().strip():
                        pass
                    return
                yield self.read_exactly(size)
                self.file.readline()
        elif "content-length" in fields:
            yield self.read_exactly(int(fields["content-length"]))
        else:
            yield self.file.read()

    def read_exactly(self, size):
        octets = self.file.read(size)
        if len(octets) != size:
            raise ConnectionError("closed inside the body")
        return octets
