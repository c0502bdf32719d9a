"""What every test over HTTP finds: servers, and a client that sees it all.
The fixtures are for the conftest.py of a folder."""

import socket
import struct
import time

import pytest

from server import Server


class Answer:
    """One final response, and what came before it."""

    def __init__(self, status, fields, body, interims):
        self.status, self.fields, self.body = status, fields, body
        self.interims = interims  # [(status, fields, seconds), ...]

    def interim_statuses(self):
        return [status for status, _, _ in self.interims]


class Client:
    """HTTP/1.1 on one raw socket; it hides nothing and repairs nothing."""

    def __init__(self, address, timeout_s=60, tls=None, name=None):
        host, port = address.split(":")
        self.address = address
        self.socket = socket.create_connection((host, int(port)), timeout_s)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=name)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def reset(self):
        """Goes without a word: the peer's next octet meets an RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.close()

    def head(self, method, path, fields=(), size=None):
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + self.address]
        lines += ["%s: %s" % field for field in dict(fields).items()]
        if size is not None:
            lines.append("Content-Length: %d" % size)
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def send(self, octets):
        self.socket.sendall(octets)

    def request(self, method, path, fields=(), body=None, sink=None):
        size = None if body is None else len(body)
        self.send(self.head(method, path, fields, size) + (body or b""))
        return self.answer(method, sink)

    def read_head(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("closed before the final response")
        fields = {}
        for more in iter(self.file.readline, b"\r\n"):
            if not more:
                raise ConnectionError("closed inside a header section")
            name, _, value = more.decode("latin-1").partition(":")
            fields[name.lower()] = value.strip()
        return int(line.split()[1]), fields

    def read_exactly(self, size, sink):
        while size:
            piece = self.file.read1(min(size, 1 << 20))
            if not piece:
                raise ConnectionError("closed inside the body")
            size -= len(piece)
            sink(piece)

    def read_chunks(self, sink):
        while True:
            size = int(self.file.readline().split(b";")[0], 16)
            if size == 0:
                while self.file.readline().strip():
                    pass
                return
            self.read_exactly(size, sink)
            assert self.file.readline() == b"\r\n"

    def answer(self, method="GET", sink=None):
        begin, interims, pieces = time.monotonic(), [], []
        while True:
            status, fields = self.read_head()
            if status >= 200:
                break
            interims.append((status, fields, time.monotonic() - begin))
        sink = sink or pieces.append
        if method == "HEAD" or status in (204, 304):
            pass
        elif fields.get("transfer-encoding") == "chunked":
            self.read_chunks(sink)
        elif "content-length" in fields:
            self.read_exactly(int(fields["content-length"]), sink)
        else:
            for piece in iter(lambda: self.file.read1(1 << 20), b""):
                sink(piece)
        return Answer(status, fields, b"".join(pieces), interims)


@pytest.fixture
def serve():
    """serve("--interim", "on", ...) starts a server that ends with the test,
    and must then have nothing to report."""
    servers = []

    def start(*flags, **options):
        servers.append(Server(*flags, **options))
        return servers[-1]

    yield start
    errors = []
    for server in servers:
        try:
            server.stop()
        except AssertionError as error:
            errors.append(str(error))
    assert not errors, "\n".join(errors)


@pytest.fixture
def connect():
    """connect(server) gives a Client that is closed with the test."""
    clients = []

    def start(server, **options):
        clients.append(Client(server.address, **options))
        return clients[-1]

    yield start
    for client in clients:
        client.close()
