"""Limits against abuse: who is slow, or too many, does not hurt the others."""

import socket
import subprocess
import time

import pytest

from server import Server

GET = b"GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n"
PATIENCE_S = 20


def open_to(server, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE_S,
                                    (source, 0))


def read_all(s):
    """Until the server ends it; a reset is an end, too."""
    got = b""
    try:
        while piece := s.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    return got


def is_served(s):
    s.sendall(GET)
    got = b""
    while not got.endswith(b"hello\n"):
        piece = s.recv(65536)
        if not piece:
            return False
        got += piece
    return got.startswith(b"HTTP/1.1 200 ")


SLOW = [
    # An option, what is sent, and how the answer begins.
    (("--idle-timeout", "300ms"), b"", b""),
    (("--header-timeout", "300ms"), b"GET / HTTP/1.1\r\nHo",
     b"HTTP/1.1 408 "),
    (("--body-timeout", "300ms"),
     b"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
     b"HTTP/1.1 408 "),
]


@pytest.mark.parametrize("flags, sent, answer", SLOW)
def test_ends_what_is_slow(flags, sent, answer):
    with Server(*flags) as server:
        with open_to(server) as s:
            s.sendall(sent)
            got = read_all(s)
    assert got.startswith(answer) and bool(got) == bool(answer), got


def test_ends_a_handshake_that_takes_too_long():
    with Server("--tls-self-signed", "--handshake-timeout", "300ms") as server:
        with open_to(server) as s:
            s.settimeout(9)  # less than the default
            s.sendall(b"\x16\x03")
            assert s.recv(1) == b""


def test_ends_who_does_not_read():
    def fill(top):
        (top / "large").write_bytes(bytes(64 * 1024 * 1024))
        (top / "file.txt").write_bytes(b"hello\n")

    with Server("--send-timeout", "300ms", fill=fill) as server:
        with open_to(server) as s:
            s.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            s.recv(1)
            # The server's end shows in its log, and as an end of octets.
            lines = wait_for_line(server, "GET /large")
            got = read_all(s)
        assert len(got) < 64 * 1024 * 1024
        assert " 200 " in lines


def wait_for_line(server, text):
    """Of the access log: the request is over."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for line in server.access_log.read_text().splitlines():
            if text in line:
                return line
        time.sleep(0.02)
    raise AssertionError("no such line: " + text)


def test_a_lowest_rate_ends_who_drips():
    """One octet comes before each time-out, and that is not enough."""
    with Server("--body-timeout", "2s", "--min-rate", "1k") as server:
        with open_to(server) as s:
            s.sendall(b"PUT /x HTTP/1.1\r\nHost: a\r\n"
                      b"Content-Length: 100000\r\n\r\n")
            s.settimeout(0.1)
            got = b""
            for _ in range(20 * PATIENCE_S):
                try:
                    got = s.recv(65536)
                    break
                except TimeoutError:
                    s.sendall(b"x")
    assert got.startswith(b"HTTP/1.1 408 "), got


# Addresses for documentation (RFC 5737), on the loopback of a network of its
# own, since those of this machine's are not counted.
NETWORK = ("unshare", "--net", "sh", "-c",
           "ip link set lo up && ip address add 192.0.2.1/24 dev lo &&"
           " ip address add 192.0.2.2/24 dev lo && exec \"$@\"", "sh")
CROWD = """
import socket, sys
kept = []
for source in ["192.0.2.1"] * 7 + ["192.0.2.2"]:
    s = socket.create_connection(("192.0.2.1", 8102), 20, (source, 0))
    try:
        s.sendall(b"GET /file.txt HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    except ConnectionError:
        pass  # what it was told is still there
    print(s.recv(65536).split()[1].decode())
    kept.append(s)
"""


@pytest.mark.skipif(
    subprocess.run([*NETWORK, "true"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL).returncode != 0,
    reason="needs root, and a network of its own")
def test_one_address_has_so_many_connections_and_others_theirs():
    with Server("--max-connections-per-address", "5", "--anonymous", "read",
                "--listen", "192.0.2.1:8102", under=NETWORK) as server:
        done = subprocess.run(
            ["nsenter", "--net", "--target", str(server.process.pid),
             "/usr/bin/python3", "-c", CROWD], stdout=subprocess.PIPE,
            timeout=PATIENCE_S, check=True)
    assert done.stdout.split() == [b"200"] * 5 + [b"503"] * 2 + [b"200"]


def test_newcomers_get_the_place_of_the_idle():
    with Server("--max-connections", "4", "--threads", "1") as server:
        idle = []
        try:
            for _ in range(4):  # each is served before the next one comes
                idle.append(open_to(server))
                assert is_served(idle[-1])
            assert is_served(idle[0])  # now idle[1] is idle for longest
            with open_to(server) as newcomer:
                assert is_served(newcomer)
                assert read_all(idle[1]) == b""
                assert is_served(idle[0])
        finally:
            for s in idle:
                s.close()


def test_is_full_when_all_are_at_work():
    with Server("--max-connections", "4", "--threads", "1") as server:
        busy = []
        try:
            for _ in range(4):  # each one has begun a body
                s = open_to(server)
                busy.append(s)
                s.sendall(b"PUT /x HTTP/1.1\r\nHost: a\r\n"
                          b"Expect: 100-continue\r\n"
                          b"Content-Length: 9\r\n\r\n")
                assert s.recv(65536).startswith(b"HTTP/1.1 100 ")
            with open_to(server) as newcomer:
                got = read_all(newcomer)
            assert got.startswith(b"HTTP/1.1 503 "), got
            assert b"\r\nRetry-After: " in got
            busy.pop().close()
            for _ in range(100):  # its place is free soon
                with open_to(server) as newcomer:
                    try:
                        if is_served(newcomer):
                            break
                    except ConnectionError:
                        pass
            else:
                raise AssertionError("no place became free")
        finally:
            for s in busy:
                s.close()


def test_a_lowest_rate_is_for_http_2_too(tmp_path):
    (tmp_path / "body").write_bytes(bytes(200000))
    with Server("--h2c", "--body-timeout", "1s", "--min-rate", "1m") as server:
        # curl reads at that rate, too, and may miss the answer.
        subprocess.run(
            ["curl", "-s", "--http2-prior-knowledge", "--limit-rate", "5k",
             "-T", str(tmp_path / "body"), "-o", str(tmp_path / "answer"),
             server.url + "/slow"], timeout=60)
        line = wait_for_line(server, "PUT /slow")
    assert '"PUT /slow HTTP/2" 408 ' in line, line
