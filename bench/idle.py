#!/usr/bin/python3
"""idle.py [COUNT] - memory for each of COUNT (10,000) idle connections, plain
and by TLS: each is used once, every hundredth again at the end."""

import os
import pathlib
import resource
import socket
import ssl
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test"))
from server import Server  # noqa: E402

WARM_COUNT, KEPT_EACH, SETTLE_S = 64, 100, 1
GET = b"GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n"


def pss_kib(server):
    path = "/proc/%d/smaps_rollup" % server.process.pid
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise KeyError("Pss")


def get(connection):
    connection.sendall(GET)
    octets = b""
    while not octets.endswith(b"hello\n"):
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("closed by the server")
        octets += piece


def open_to(server, tls):
    s = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s if tls is None else tls.wrap_socket(s)


def unwrap(connection):
    """Still open, but without what TLS needs on our side."""
    return socket.socket(fileno=connection.detach())


def measure(name, count, tls, *flags):
    kept, others = [], []
    with Server("--idle-timeout", "1h", "--access-log", "off", *flags,
                build="release") as server:
        for _ in range(WARM_COUNT):
            with open_to(server, tls) as connection:
                get(connection)
        time.sleep(SETTLE_S)
        before_kib = pss_kib(server)
        for i in range(count):
            connection = open_to(server, tls)
            get(connection)
            if i % KEPT_EACH == 0:
                kept.append(connection)
            else:
                others.append(unwrap(connection))
        time.sleep(SETTLE_S)
        rise_kib = pss_kib(server) - before_kib
        for connection in kept:
            get(connection)
        for connection in kept + others:
            connection.close()
    print("%-6s %6d idle connections: %7.1f MiB, %6.2f KiB each" % (
        name, count, rise_kib / 1024, rise_kib / count), flush=True)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most * 3 // 4 < count + 100:
        sys.exit("idle.py: ulimit -n is %d: too few for %d" % (most, count))
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    os.environ.pop("TARRY_LISTEN", None)
    measure("plain", count, None)
    measure("TLS", count, tls, "--tls-self-signed")


if __name__ == "__main__":
    main()
