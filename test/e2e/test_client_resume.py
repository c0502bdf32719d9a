"""Uploads that were interrupted go on where they were, if the server offers
it; else they begin anew."""

import contextlib
import os
import re
import socket
import threading

import pytest

from command import Client
from rounds import DONE, LOCKED, NETWORK, REFUSED
from server import Server
from test_client_hostile import FILE, Origin, response

SIZE = 24 << 20


@pytest.fixture
def client():
    client = Client()
    (client.work / "large").write_bytes(os.urandom(1 << 20) * (SIZE >> 20))
    yield client
    client.close()


class Cutter:
    """Passes connections on; each but the last of those that carry content
    is cut after so many octets of it."""

    def __init__(self, address, *cuts):
        self.address, self.cuts = address, list(cuts)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.passed = 0  # octets, to the server
        self.was_cut = threading.Semaphore(0)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                threading.Thread(
                    target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        host, port = self.address.split(":")
        with contextlib.suppress(OSError), peer, \
                socket.create_connection((host, int(port))) as server:
            threading.Thread(
                target=self.back, args=(server, peer), daemon=True).start()
            passed = 0
            while piece := peer.recv(65536):
                server.sendall(piece)
                passed += len(piece)
                self.passed += len(piece)
                if self.cuts and passed > self.cuts[0]:
                    self.cuts.pop(0)
                    peer.shutdown(socket.SHUT_RDWR)
                    self.was_cut.release()
                    return
            server.shutdown(socket.SHUT_WR)

    def back(self, server, peer):
        with contextlib.suppress(OSError):
            while piece := server.recv(65536):
                peer.sendall(piece)
            peer.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.close()


@pytest.fixture
def cut(serve):
    cutters = []

    def start(*cuts, flags=()):
        server = serve(*flags)
        cutters.append(Cutter(server.address, *cuts))
        cutters[-1].server = server
        return cutters[-1]

    yield start
    for cutter in cutters:
        cutter.close()


def requests(server, method):
    return re.findall(r'"%s \S+ HTTP/1.1" (\d+) \d+ (\d+) ' % method,
                      server.access_log.read_text())


def check(client, server, name="large"):
    assert (server.directory / name).read_bytes() == \
        (client.work / name).read_bytes()
    assert not list((client.home / ".local/state/tarry/uploads").iterdir())


def test_a_connection_that_is_lost_again_and_again(client, cut):
    line = cut(5 << 20, 7 << 20, 6 << 20)
    done = client("put", "large", line.url + "/")
    assert done.code == DONE, done.err
    check(client, line.server)
    assert len(requests(line.server, "HEAD")) == 3
    # What was lost on the way is sent again, and no more.
    assert SIZE <= line.passed < SIZE + (4 << 20)
    assert os.stat(line.server.directory / "large").st_mtime // 1 == \
        os.stat(client.work / "large").st_mtime // 1


def test_another_process_goes_on(client, cut):
    line = cut(*[9 << 20] + [0] * 50)
    process = client.start("put", "large", line.url + "/")
    assert line.was_cut.acquire(timeout=30)
    process.kill()
    client.end(process)
    line.cuts.clear()
    done = client("put", "large", line.url + "/")
    assert done.code == DONE, done.err
    check(client, line.server)
    assert SIZE <= line.passed < SIZE + (4 << 20)
    assert len(requests(line.server, "PUT")) == 1  # it was begun once


def test_another_file_does_not_go_on(client, cut):
    line = cut(*[9 << 20] + [0] * 50)
    process = client.start("put", "large", line.url + "/")
    assert line.was_cut.acquire(timeout=30)
    process.kill()
    client.end(process)
    line.cuts.clear()
    (client.work / "large").write_bytes(b"x" * SIZE)
    assert client("put", "large", line.url + "/").code == DONE
    assert (line.server.directory / "large").read_bytes() == b"x" * SIZE


def test_an_interrupt_leaves_what_came(client, cut):
    line = cut(*[9 << 20] + [0] * 50)
    process = client.start("put", "large", line.url + "/")
    assert line.was_cut.acquire(timeout=30)
    client.interrupt(process)
    done = client.end(process)
    assert done.code == NETWORK
    assert not (line.server.directory / "large").exists()
    line.cuts.clear()
    assert client("put", "large", line.url + "/").code == DONE
    check(client, line.server)


def test_a_server_that_was_started_anew_has_forgotten_it(client, tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    with Server(directory=folder) as first:
        line = Cutter(first.address, *[9 << 20] + [0] * 50)
        process = client.start("put", "large", line.url + "/")
        assert line.was_cut.acquire(timeout=30)
        process.kill()
        client.end(process)
    with Server(directory=folder) as second:
        line.address = second.address
        line.cuts.clear()
        assert client("put", "large", line.url + "/").code == DONE
        check(client, second)
    line.close()


def test_the_rules_of_a_put_hold_at_the_end(client, serve):
    server, other = serve(), Client()
    try:
        assert other("lock", server.url + "/file.txt").code == DONE
        done = client("put", "large", server.url + "/file.txt")
        assert done.code == LOCKED
    finally:
        other.close()
    assert client("put", "-n", "large", server.url + "/empty/").code == DONE
    assert client("put", "-n", "large", server.url + "/empty/").code == REFUSED
    assert client("lock", server.url + "/empty/").code == DONE
    assert client("put", "large", server.url + "/empty/").code == DONE
    assert client("unlock", server.url + "/empty/").code == DONE


def test_what_is_not_offered_is_sent_whole(client):
    def put(o):
        o.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        o.read_body()
        o.send(response(201))

    origin = Origin(PUT=put, PROPPATCH=lambda o: o.send(response(403)),
                    PROPFIND=lambda o: o.send(response(207, FILE.replace(
                        b">3<", b">%d<" % SIZE) % o.path.encode())))
    assert client("put", "large", origin.url + "/a").code == DONE
    assert (origin.count("OPTIONS"), origin.count("PUT")) == (1, 1)
    origin.close()


def test_an_upload_elsewhere_is_not_followed(client):
    other = Origin(PATCH=lambda o: o.send(response(201)))
    origin = Origin(
        probe=response(200, b"", b"Upload-Limit: min-size=0\r\n"),
        PUT=lambda o: o.send(response(
            201, b"", b"Location: %s/u\r\n" % other.url.encode())))
    assert client("put", "large", origin.url + "/a").code == REFUSED
    assert other.seen == []
    origin.close()
    other.close()
