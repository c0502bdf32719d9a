"""A server as a service: what it tells its manager and gets from it, its end,
and another that takes its place."""

import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import hpack
import pytest
from hyperframe import frame as frames

from peer import Client
from relay import trusting
from server import ROOT, environment, free_port, small_tree
from test_config import until

PROGRAM = ROOT / "build" / "asan" / "src" / "tarry"
SLOW = ("--slow-member", "200ms")
FAST_PROGRAM = ROOT / "build" / "release" / "src" / "tarry"


class Manager:
    """Hears what a service says of itself."""

    def __init__(self, path):
        self.heard, self.path = [], path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + path[1:] if path[0] == "@" else path)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            text = self.socket.recv(65536).decode()
            self.heard.append(dict(line.split("=", 1)
                                   for line in text.splitlines()))

    def count(self, key):
        return sum(key in message for message in self.heard)


class Service:
    """One process; several can follow each other at one address."""

    def __init__(self, folder, *flags, program=PROGRAM, variables=None,
                 listen=None, under=(), wait=True):
        self.folder, self.directory = folder, folder / "served"
        if not self.directory.exists():
            self.directory.mkdir()
            small_tree(self.directory)
        self.address = listen or "127.0.0.1:%d" % free_port()
        number = len(list(folder.glob("said*")))
        self.log = folder / ("said%d" % number)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in (
                    *under, program, "serve", self.directory, "--listen",
                    self.address, "--access-log", "off", *flags)],
                stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT,
                env={**environment(), **(variables or {})})
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self):
        until(lambda: self.has_ended() or "Try:" in self.said(), "not ready")
        assert not self.has_ended(), self.said()

    def said(self):
        return self.log.read_text(errors="replace")

    def has_ended(self):
        return self.process.poll() is not None

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def end(self, code=0):
        assert self.process.wait(30) == code, self.said()
        for report in ("ERROR: ", "CHECK("):
            assert report not in self.said(), self.said()


@pytest.fixture
def service(tmp_path):
    """service(flag, ...) in one folder; what is left ends with the test."""
    services = []

    def start(*flags, **options):
        services.append(Service(tmp_path, *flags, **options))
        return services[-1]
    yield start
    for one in services:
        if not one.has_ended():
            one.signal()
            try:
                one.end()
            finally:
                if not one.has_ended():
                    one.process.kill()
                    one.process.wait()


# --- what it tells its manager

@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_tells_its_manager_each_state(service, tmp_path, kind):
    path = (str(tmp_path / "notify") if kind == "path"
            else "@tarry-test-%d" % os.getpid())
    manager = Manager(path)
    one = service(variables={"NOTIFY_SOCKET": path})
    until(lambda: manager.count("READY") == 1, "it did not say READY")
    assert manager.heard[-1]["STATUS"] == "Serving %s on http://%s/" % (
        one.directory, one.address)
    assert manager.count("WATCHDOG") == 0
    one.signal(signal.SIGHUP)
    until(lambda: manager.count("READY") == 2, "no READY after SIGHUP")
    reloading, ready = manager.heard[-2:]
    assert reloading["RELOADING"] == "1" and "READY" not in reloading
    assert (0 < int(reloading["MONOTONIC_USEC"])
            <= time.monotonic_ns() // 1000)
    assert ready["READY"] == "1"
    one.signal()
    one.end()
    until(lambda: manager.count("STOPPING") == 1, "it did not say STOPPING")
    assert "STATUS" in manager.heard[-1]


def test_says_that_it_is_alive_only_while_its_loops_turn(service, tmp_path):
    manager = Manager(str(tmp_path / "notify"))
    service(variables={"NOTIFY_SOCKET": manager.path,
                       "WATCHDOG_USEC": "300000"})
    until(lambda: manager.count("WATCHDOG") >= 3, "it did not say so")
    assert manager.heard[0].get("READY") == "1"


# --- sockets of its manager

@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None,
                    reason="needs systemd-socket-activate")
@pytest.mark.parametrize("name", ["http", "https", "connection"])
def test_serves_at_a_socket_of_its_manager(service, name):
    address = "127.0.0.1:%d" % free_port()
    one = service("--tls-self-signed", listen="127.0.0.1:1", wait=False,
                  under=("systemd-socket-activate", "-l", address,
                         "--fdname=" + name))
    until(lambda: "Listening on" in one.said(), "it does not listen")
    tls = None if name == "http" else trusting()
    with Client(address, tls=tls) as client:
        assert client.request("GET", "/file.txt").body == b"hello\n"
    scheme = "http" if name == "http" else "https"
    assert "Serving %s on %s://%s/" % (
        one.directory, scheme, address) in one.said()


def test_refuses_a_socket_that_is_not_one_for_it(service):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wrong:
        wrong.bind(("127.0.0.1", 0))
        one = service(
            wait=False,
            under=("/usr/bin/python3", "-c",
                   "import os, sys\n"
                   "os.environ.update(LISTEN_FDS='1', "
                   "LISTEN_PID=str(os.getpid()))\n"
                   "os.dup2(0, 3)\n"
                   "os.execv(sys.argv[1], sys.argv[1:])\n"))
        one.end(1)
    assert "does not listen for TCP" in one.said()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None,
                    reason="needs systemd-analyze")
def test_its_units_are_well_made(tmp_path):
    units = ROOT / "contrib" / "systemd"
    text = (units / "tarry.service.in").read_text()
    text = text.replace("@bindir@/tarry", str(PROGRAM))
    text = re.sub(r"(?m)^Documentation=.*\n", "", text)  # is not installed
    (tmp_path / "tarry.service").write_text(text)
    shutil.copy(units / "tarry.socket", tmp_path)
    paths = [tmp_path / "tarry.service", tmp_path / "tarry.socket"]
    done = subprocess.run(["systemd-analyze", "verify", *paths],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (done.returncode, done.stdout.decode()) == (0, "")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20",
         paths[0]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout.decode().splitlines()[-1])
    assert done.returncode == 0, done.stdout.decode()


# --- its end

def refuses(address):
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
        return False
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        return False  # it was let in, and is not any more


def start_copy(one, destination):
    client = Client(one.address)
    client.send(client.head("COPY", "/tree", [("Destination", destination)]))
    until(lambda: "running" in ops(one), "the COPY does not run")
    return client


def ops(one):
    done = subprocess.run([str(PROGRAM), "ops", str(one.directory)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=environment(), timeout=20)
    return done.stdout.decode()


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def is_whole(directory):
    return names(directory) == ["f%02d" % i for i in range(30)]


def test_finishes_what_runs_and_takes_nothing_new(service):
    one = service(*SLOW, "--stop-timeout", "60s")
    with Client(one.address) as idle:
        assert idle.request("GET", "/file.txt").status == 200
        with start_copy(one, "/copy") as copying:
            one.signal()
            until(lambda: refuses(one.address), "it still listens")
            assert not one.has_ended()
            assert idle.file.read() == b""  # an end, not a reset
            answer = copying.answer("COPY")
            assert answer.status == 201
            assert answer.fields["connection"] == "close"
    one.end()
    assert is_whole(one.directory / "copy")


def test_undoes_what_does_not_end_in_time(service):
    one = service(*SLOW, "--stop-timeout", "200ms")
    with start_copy(one, "/copy") as copying:
        one.signal()
        answer = copying.answer("COPY")
        assert answer.status == 503, answer.body
    one.end()
    assert not (one.directory / "copy").exists()
    two = service()
    with Client(two.address) as client:
        status = client.request("GET", "/copy/").status
        assert status == 404
        assert client.request(
            "COPY", "/tree", [("Destination", "/copy")]).status == 201
    assert is_whole(two.directory / "copy")


def test_a_second_signal_ends_it_at_once(service):
    one = service("--slow-member", "1h", "--stop-timeout", "1h")
    with start_copy(one, "/copy") as copying:
        one.signal()
        until(lambda: refuses(one.address), "it still listens")
        assert not one.has_ended()
        until(lambda: one.signal() or one.has_ended(), "it goes on")
        one.end(-signal.SIGTERM)
        assert copying.file.read() == b""
    two = service()
    assert not (two.directory / "copy").exists()
    assert is_whole(two.directory / "tree")
    for folder in ("stage", "trash"):
        until(lambda: not names(two.directory / ".tarry" / folder),
              "left over in " + folder)


def test_says_goaway_on_http2(service):
    one = service("--h2c", *SLOW, "--stop-timeout", "60s")
    peer = H2(one.address)
    stream = peer.request("COPY", "/tree", destination="/copy")
    until(lambda: "running" in ops(one), "the COPY does not run")
    one.signal()
    seen = peer.until(stream)
    assert [frame.error_code for frame in peer.goaways] == [0]
    assert peer.goaways[0].last_stream_id == stream
    assert seen == "201"
    one.end()
    assert is_whole(one.directory / "copy")


class H2:
    """A connection by prior knowledge, or by TLS.  It has no opinion of what
    may come after a GOAWAY."""

    def __init__(self, address, tls=None):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), 60)
        if tls is not None:
            tls.set_alpn_protocols(["h2"])
            self.socket = tls.wrap_socket(self.socket)
        self.address, self.goaways, self.last = address, [], -1
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.send(frames.SettingsFrame(0), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

    def send(self, frame, before=b""):
        self.socket.sendall(before + frame.serialize())

    def request(self, method, path, body=None, **fields):
        self.last += 2
        frame = frames.HeadersFrame(self.last, self.encoder.encode([
            (":method", method), (":scheme", "http"), (":path", path),
            (":authority", self.address), *fields.items()]))
        frame.flags.add("END_HEADERS")
        if body is None:
            frame.flags.add("END_STREAM")
        self.send(frame)
        return self.last

    def body(self, stream, octets, is_last=True):
        frame = frames.DataFrame(stream, octets)
        if is_last:
            frame.flags.add("END_STREAM")
        self.send(frame)

    def read(self, size):
        octets = b""
        while len(octets) < size:
            piece = self.socket.recv(size - len(octets))
            if not piece:
                raise ConnectionError("it ended without an answer")
            octets += piece
        return octets

    def frame(self):
        head, size = frames.Frame.parse_frame_header(
            memoryview(self.read(9)))
        head.parse_body(memoryview(self.read(size)))
        return head

    def until(self, stream):
        """The status of its response, when all of that is there."""
        status = None
        while True:
            frame = self.frame()
            if isinstance(frame, frames.GoAwayFrame):
                self.goaways.append(frame)
            if isinstance(frame, frames.HeadersFrame):
                status = dict(self.decoder.decode(frame.data))[":status"]
            if frame.stream_id != stream:
                continue
            assert not isinstance(frame, frames.RstStreamFrame), frame
            if "END_STREAM" in frame.flags:
                return status


def test_an_upload_that_is_on_its_way_may_come(service):
    one = service("--h2c", "--stop-timeout", "60s")
    with Client(one.address) as first:
        first.send(first.head("PUT", "/h1", [("Expect", "100-continue")], 10))
        assert first.read_head()[0] == 100
        first.send(b"01234")
        peer = H2(one.address)
        stream = peer.request("PUT", "/h2", True, expect="100-continue")
        while not isinstance(peer.frame(), frames.HeadersFrame):
            continue  # it is the 100
        peer.body(stream, b"01234", is_last=False)
        ended = Client(one.address)  # knows when all are told to end
        assert ended.request("GET", "/file.txt").status == 200
        one.signal()
        assert ended.file.read() == b""
        ended.close()
        first.send(b"56789")
        assert first.answer("PUT").status == 201
        peer.body(stream, b"56789")
        assert peer.until(stream) == "201"
    one.end()
    for name in ("h1", "h2"):
        assert (one.directory / name).read_bytes() == b"0123456789"


# --- one after another

class Load:
    """Requests, each on its own connection, until told to stop."""

    def __init__(self, ask, count=2):
        self.ask, self.failures, self.done = ask, [], 0
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._run)
                        for _ in range(count)]

    def _run(self):
        while not self.is_over.is_set():
            try:
                self.ask()
                self.done += 1
            except Exception as error:
                self.failures.append(repr(error))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        until(lambda: self.done > 5, "no load")
        return self

    def __exit__(self, *_):
        seen = self.done
        until(lambda: self.done > seen + 5 or self.failures, "the load ended")
        self.is_over.set()
        for thread in self.threads:
            thread.join(60)
        assert self.failures == []


def plain(address):
    def ask():
        with Client(address) as client:
            answer = client.request("GET", "/file.txt")
            assert (answer.status, answer.body) == (200, b"hello\n")
    return ask


def secret(address):
    def ask():
        with Client(address, tls=trusting()) as client:
            answer = client.request("GET", "/file.txt")
            assert (answer.status, answer.body) == (200, b"hello\n")
    return ask


def second(address):
    def ask():
        peer = H2(address)
        assert peer.until(peer.request("GET", "/file.txt")) == "200"
        peer.socket.close()
    return ask


def change(address):
    def ask():
        name = "/new-%d" % threading.get_ident()
        with Client(address) as client:
            answer = client.request("PUT", name, body=b"x" * 100)
            assert answer.status in (201, 204), answer.status
    return ask


def kept(address):
    """On one connection, until its response says that it is the last."""
    mine = threading.local()

    def ask():
        if not hasattr(mine, "client"):
            mine.client = Client(address)
        answer = mine.client.request("GET", "/file.txt")
        assert (answer.status, answer.body) == (200, b"hello\n")
        if answer.fields.get("connection") == "close":
            mine.client.close()
            del mine.client
    return ask


def kept_second(address):
    """The same; what a GOAWAY leaves out is asked again."""
    mine = threading.local()

    def ask():
        if not hasattr(mine, "peer"):
            mine.peer = H2(address)
        peer = mine.peer
        stream = peer.request("GET", "/file.txt")
        try:
            assert peer.until(stream) == "200"
        except ConnectionError:
            assert peer.goaways and peer.goaways[-1].last_stream_id < stream
        if peer.goaways:
            peer.socket.close()
            del mine.peer
    return ask


@pytest.mark.parametrize("ask, flags", [
    (plain, ()), (secret, ("--tls-self-signed",)), (second, ("--h2c",)),
    (change, ()), (kept, ()), (kept_second, ("--h2c",))],
    ids=["plain", "tls", "h2", "change", "kept", "kept_h2"])
def test_nobody_is_refused_while_one_follows_another(service, ask, flags):
    flags += ("--stop-timeout", "60s")
    one = service(*flags, program=FAST_PROGRAM)
    with Load(ask(one.address)):
        for _ in range(3):
            two = service(*flags, "--take-over", listen=one.address,
                          program=FAST_PROGRAM)
            one.end()
            one = two


def has_open(one, path):
    """Whether that process has this file, or one beside it, open."""
    for link in pathlib.Path("/proc/%d/fd" % one.process.pid).glob("*"):
        try:
            if os.readlink(link).startswith(str(path)):
                return True
        except OSError:
            continue  # it was closed
    return False


def first_of_copy(address):
    """Asks until it is there; nobody is refused meanwhile."""
    status = 404
    while status == 404:
        with Client(address) as client:
            status = client.request("GET", "/copy/f29").status
    assert status == 200


def test_a_copy_ends_in_the_old_before_the_new_begins(service):
    one = service(*SLOW, "--stop-timeout", "60s")
    with start_copy(one, "/copy") as copying:
        two = service("--take-over", listen=one.address, wait=False)
        asked = threading.Thread(target=first_of_copy,
                                 args=(one.address,))
        asked.start()
        while not one.has_ended():
            state = one.directory / ".tarry" / "meta.db"
            # In this order: the old one never comes back to it.
            assert not (has_open(two, state) and has_open(one, state))
            if "Try:" in two.said():
                break
        assert copying.answer("COPY").status == 201
        one.end()
        asked.join(60)
        assert not asked.is_alive()
    first_of_copy(one.address)
    assert is_whole(one.directory / "copy")


def test_a_copy_that_takes_too_long_is_undone_for_the_new_one(service):
    one = service("--slow-member", "200ms", "--stop-timeout", "100ms")
    with start_copy(one, "/copy") as copying:
        two = service("--take-over", listen=one.address)
        assert copying.answer("COPY").status == 503
        one.end()
        assert not (one.directory / "copy").exists()
        with Client(two.address) as client:
            assert client.request("GET", "/copy/").status == 404


def test_takes_over_from_nobody(service):
    one = service("--take-over")
    one.signal()
    one.end()
    two = service("--take-over", listen=one.address)
    two.signal(signal.SIGKILL)  # and leaves its socket
    two.process.wait(20)
    three = service("--take-over", listen=one.address)
    plain(three.address)()


def test_of_two_at_once_one_stays(service):
    one = service()
    both = [service("--take-over", listen=one.address, wait=False)
            for _ in range(2)]
    one.end()
    until(lambda: any("Try:" in it.said() for it in both), "none serves")
    plain(one.address)()
    # Both may have come, one after the other; then the first has gone.
    until(lambda: sum(not it.has_ended() for it in both) == 1 or
          all("Try:" in it.said() for it in both), "two wait")
    plain(one.address)()
    state = one.directory / ".tarry" / "meta.db"
    until(lambda: [has_open(it, state) for it in both].count(True) == 1,
          "not one of them serves")


def test_does_not_send_the_old_one_away_for_a_wrong_option(service):
    one = service()
    for flags in (("--user", "no.such.user"), ("--tls-cert", "/nowhere",
                                               "--tls-key", "/nowhere"),
                  ("--users", "/nowhere")):
        two = service("--take-over", *flags, listen=one.address, wait=False)
        two.end(1)
        plain(one.address)()
    assert not one.has_ended()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_another_user_cannot_take_over(service, tmp_path):
    one = service()
    two = service("--take-over", listen=one.address, wait=False,
                  under=("setpriv", "--reuid=nobody", "--regid=nogroup",
                         "--clear-groups"))
    assert two.process.wait(20) != 0
    plain(one.address)()
    assert not one.has_ended()
