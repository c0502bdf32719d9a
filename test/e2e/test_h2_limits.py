"""What a peer may do over HTTP/2, in octets of our own: who floods the server
is told to calm down, and nobody else notices."""

import socket
import struct

import pytest

HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
(DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW,
 CONTINUATION) = range(10)
END_STREAM, END_HEADERS = 1, 4
REFUSED_STREAM, CANCEL, CALM = 7, 8, 11
GET = b"\x82\x86\x04\x09/file.txt\x01\x01h"  # HPACK: RFC 7541, 6
PUT = b"\x02\x03PUT\x86\x04\x04/new\x01\x01h"


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(
        ">BBI", kind, flags, stream) + payload


def code(number):
    return struct.pack(">I", number)


class Peer:
    def __init__(self, server):
        host, port = server.address.split(":")
        self.socket = socket.create_connection((host, int(port)), 30)
        self.file = self.socket.makefile("rb")
        self.send(HELLO + frame(SETTINGS))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has had enough

    def frames(self):
        """Until the server closes."""
        while True:
            try:
                head = self.file.read(9)
                if len(head) < 9:
                    return
                size = int.from_bytes(head[:3], "big")
                yield (head[3], head[4],
                       int.from_bytes(head[5:], "big"), self.file.read(size))
            except ConnectionResetError:
                return

    def first(self, kind, stream=0):
        return next(one for one in self.frames()
                    if one[0] == kind and one[2] == stream)

    def farewell(self):
        """The code of the last GOAWAY; the connection must end."""
        codes = [int.from_bytes(payload[4:8], "big")
                 for kind, _, _, payload in self.frames() if kind == GOAWAY]
        return codes[-1] if codes else None


def begun_and_reset(i):
    return (frame(HEADERS, END_STREAM | END_HEADERS, i, GET) +
            frame(RESET, 0, i, code(CANCEL)))


FLOODS = {
    "resets": b"".join(begun_and_reset(i) for i in range(1, 1001, 2)),
    "malformed": b"".join(
        frame(HEADERS, END_STREAM | END_HEADERS, i,
              GET + b"\x00\x0aconnection\x05close")
        for i in range(1, 1001, 2)),
    "pings": frame(PING, 0, 0, b"12345678") * 900,
    "settings": frame(SETTINGS) * 900,
    "windows": frame(WINDOW, 0, 0, code(1)) * 2000,
    "priorities": frame(PRIORITY, 0, 1, b"\0\0\0\0\1") * 2000,
    "empty content": (frame(HEADERS, END_HEADERS, 1, PUT) +
                      frame(DATA, 0, 1) * 2000),
}


@pytest.mark.parametrize("name", FLOODS)
def test_who_floods_is_sent_away(serve, name):
    server = serve("--h2c")
    with Peer(server) as other:
        other.first(SETTINGS)
        with Peer(server) as peer:
            peer.send(FLOODS[name])
            assert peer.farewell() == CALM
        other.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, GET))
        assert other.first(DATA, 1)[3] == b"hello\n"


def test_a_head_without_an_end_ends_the_connection(serve):
    server = serve("--h2c")
    with Peer(server) as peer:
        peer.send(frame(HEADERS, END_STREAM, 1, GET) +
                  frame(CONTINUATION, 0, 1) * 20)
        peer.farewell()  # nghttp2 ends it without a word
    with Peer(server) as other:
        other.first(SETTINGS)


def test_a_head_that_is_small_only_on_the_wire_is_refused(serve):
    """One octet says a field of 3000 again; a whole frame is full of it."""
    server = serve("--h2c")
    large = b"\x40\x01x\x7f\xb9\x16" + b"v" * 3000
    with Peer(server) as peer:
        for i in range(1, 40, 2):
            peer.send(frame(HEADERS, END_STREAM | END_HEADERS, i,
                            GET + large + b"\xbe" * 12000))
            assert peer.first(HEADERS, i)[3]
            assert b'"status":431' in peer.first(DATA, i)[3]
    assert server.memory_kib() < 400 * 1024  # with the sanitizers


def test_streams_that_nobody_reads_are_bounded(serve):
    """More at once than is allowed: those are refused, the others answered."""
    server = serve("--h2c", "--slow-member", "100ms")
    copy = b"\x02\x04COPY\x86\x04\x05/tree\x01\x01h\x00\x0bdestination"
    with Peer(server) as peer:
        peer.first(SETTINGS)
        peer.send(b"".join(
            frame(HEADERS, END_STREAM | END_HEADERS, i,
                  copy + b"\x05/c%03d" % i) for i in range(1, 205, 2)))
        assert peer.first(RESET, 201)[3] == code(REFUSED_STREAM)
        assert peer.first(RESET, 203)[3] == code(REFUSED_STREAM)


def test_interim_responses_to_a_peer_that_does_not_read(serve):
    """It asks for as many as it can, and reads none: they do not pile up."""
    server = serve("--h2c", "--slow-member", "100ms", build="release")
    copy = (b"\x02\x04COPY\x86\x04\x05/tree\x01\x01h"
            b"\x00\x06prefer\x0aprocessing\x00\x0bdestination")
    with Peer(server) as peer:
        peer.first(SETTINGS)
        before = server.memory_kib()
        peer.send(b"".join(
            frame(HEADERS, END_STREAM | END_HEADERS, i,
                  copy + b"\x05/c%03d" % i) for i in range(1, 61, 2)))
        answered = set()
        for kind, flags, stream, _ in peer.frames():
            if kind in (HEADERS, DATA) and flags & END_STREAM:
                answered.add(stream)
            if len(answered) == 30:
                break
        assert server.memory_kib() - before < 20 * 1024
