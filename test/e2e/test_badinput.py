"""Bad input: a clear status, nothing lost, and the server goes on."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

from server import ROOT, free_port

OLD, NEW = b"the old content", b"the NEW content, never to be seen"
SECRET = "outside the served directory"
LONG = "x" * 10000
MANY = "".join("X-%d: y\r\n" % i for i in range(200))


def lines(*words):
    return "\r\n".join(words) + "\r\n\r\n"


def body(method, text, *fields):
    return lines("%s /file.txt HTTP/1.1" % method, "Host: a",
                 "Content-Length: %d" % len(text), *fields) + text


def chunked(text):
    return lines("PUT /x HTTP/1.1", "Host: a",
                 "Transfer-Encoding: chunked") + text


def nested(depth):
    return "<a>" * depth + "</a>" * depth


# What is sent, and the statuses that may come.
FRAMING = [
    ("GET\r\n\r\n", 400),
    ("GET /\r\n\r\n", 400),
    ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\n: nameless\r\n\r\n", 400),
    ("GET / HTTP/1.x\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    ("GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % LONG, 414),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n" % (LONG * 4), 431),
    ("GET / HTTP/1.1\r\nHost: a\r\n%s\r\n" % MANY, 431),
    ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    (lines("PUT /x HTTP/1.1", "Host: a", "Content-Length: 1",
           "Content-Length: 2"), 400),
    (lines("PUT /x HTTP/1.1", "Host: a", "Content-Length: -1"), 400),
    (lines("PUT /x HTTP/1.1", "Host: a", "Content-Length: +1"), 400),
    (lines("PUT /x HTTP/1.1", "Host: a", "Content-Length: 0x1"), 400),
    (lines("PUT /x HTTP/1.1", "Host: a", "Content-Length: 1" + "0" * 30),
     (400, 413)),
    (lines("PUT /x HTTP/1.1", "Host: a", "Content-Length: 1",
           "Transfer-Encoding: chunked"), 400),
    (lines("PUT /x HTTP/1.1", "Host: a", "Transfer-Encoding: gzip"),
     (400, 501)),
    (lines("PUT /x HTTP/1.1", "Host: a",
           "Transfer-Encoding: chunked, chunked"), 400),
    (chunked("x\r\n"), 400),
    (chunked("-1\r\n"), 400),
    (chunked("11111111111111111\r\n"), 400),
    (chunked("1\r\nab\r\n0\r\n\r\n"), 400),
    (chunked("1" + ";" + LONG + "\r\n"), 400),
]

REQUESTS = [
    (lines("TRACE / HTTP/1.1", "Host: a"), 405),
    (lines("BREW / HTTP/1.1", "Host: a"), 501),
    (lines("GET /%zz HTTP/1.1", "Host: a"), 400),
    (lines("GET /%2 HTTP/1.1", "Host: a"), 400),
    (lines("GET /%00 HTTP/1.1", "Host: a"), 400),
    (lines("GET /a%2fb HTTP/1.1", "Host: a"), (400, 404)),
    (lines("PUT /%s HTTP/1.1" % ("n" * 256), "Host: a", "Content-Length: 0"),
     (400, 403, 409, 414)),
    (lines("PROPFIND / HTTP/1.1", "Host: a", "Depth: 2"), 400),
    (lines("PROPFIND / HTTP/1.1", "Host: a", "Depth: " + LONG), 400),
    (lines("COPY /file.txt HTTP/1.1", "Host: a"), 400),
    (lines("COPY /file.txt HTTP/1.1", "Host: a", "Destination: nonsense"),
     400),
    (lines("COPY /file.txt HTTP/1.1", "Host: a", "Destination: /%00"),
     (400, 403)),
    (lines("COPY /file.txt HTTP/1.1", "Host: a", "Destination: /x",
           "Overwrite: maybe"), 400),
    (lines("COPY /file.txt HTTP/1.1", "Host: a", "Destination: /file.txt"),
     403),
    (lines("MOVE /tree/ HTTP/1.1", "Host: a", "Destination: /tree/f00/x"),
     (403, 409)),
    (lines("DELETE /file.txt HTTP/1.1", "Host: a", "If: (<"), 400),
    (lines("DELETE /file.txt HTTP/1.1", "Host: a", "If: " + "(<a:b>)" * 100),
     400),
    (lines("DELETE / HTTP/1.1", "Host: a"), 403),
    (lines("DELETE /.tarry HTTP/1.1", "Host: a"), (403, 404, 405)),
    (lines("GET /.tarry/meta.db HTTP/1.1", "Host: a"), (403, 404)),
    (lines("UNLOCK /file.txt HTTP/1.1", "Host: a"), 400),
    (lines("UNLOCK /file.txt HTTP/1.1", "Host: a", "Lock-Token: <a:b>"), 409),
    (body("PROPFIND", "<a>"), 400),
    (body("PROPFIND", "<a></b>"), 400),
    (body("PROPFIND", "\xff\xfe"), 400),
    (body("PROPFIND", "<propfind xmlns='DAV:'/>"), 400),
    (body("PROPFIND", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), (400, 403)),
    (body("PROPFIND", nested(33)), 413),
    (body("PROPFIND", "<a>" + "<b/>" * 10001 + "</a>"), 413),
    (body("PROPFIND", "<a>" + "x" * (1 << 20) + "</a>"), 413),
    (body("PROPPATCH", "<propertyupdate xmlns='DAV:'/>"), 400),
    (body("LOCK", "<lockinfo xmlns='DAV:'/>"), 400),
    (body("MKCOL", "<a/>"), (405, 415)),
]

# However they are written, these names lead nowhere outside.
OUTSIDE = ["/../secret", "/tree/../../secret", "/%2e%2e/secret",
           "/tree/%2e%2e/%2e%2e/secret", "/..%2fsecret", "/..%5csecret",
           "/./../secret", "//../secret", "/%2e./secret", "/..;/secret",
           "/..%00/secret", "/%c0%ae%c0%ae/secret", "/link/secret",
           "http://a/../secret"]


def ask(server, octets):
    """The final status, or None if there is no answer."""
    if isinstance(octets, str):
        octets = octets.encode("latin-1")
    with socket.create_connection(("127.0.0.1", server.port), 30) as peer:
        try:
            peer.sendall(octets)
        except OSError:
            pass  # Refused before its end.
        head = peer.makefile("rb").readline().split()
        return int(head[1]) if len(head) > 1 else None


def is_alive(server):
    return ask(server, lines("GET /file.txt HTTP/1.1", "Host: a")) == 200


@pytest.mark.parametrize("table", [FRAMING, REQUESTS], ids=["framing", "dav"])
def test_each_bad_request_has_its_status(serve, table):
    server = serve()
    wrong = []
    for octets, wanted in table:
        status = ask(server, octets)
        if status not in (wanted if isinstance(wanted, tuple) else (wanted,)):
            wrong.append("%r: %s, not %s" % (octets[:90], status, wanted))
    assert not wrong, "\n".join(wrong)
    assert is_alive(server)
    assert (server.directory / "file.txt").read_bytes() == b"hello\n"
    assert len(list((server.directory / "tree").iterdir())) == 30


def test_a_framing_error_closes_the_connection(serve):
    server = serve()
    smuggled = lines("GET /file.txt HTTP/1.1", "Host: a")
    for octets, wanted in FRAMING:
        with socket.create_connection(("127.0.0.1", server.port), 30) as peer:
            try:
                peer.sendall((octets + smuggled).encode("latin-1"))
            except OSError:
                pass
            said = b"".join(iter(lambda: read_some(peer), b""))
            statuses = re.findall(rb"HTTP/1\.1 \d\d\d ", said)
            assert len(statuses) <= 1, (octets[:90], said[:500])
            assert b"hello" not in said, octets[:90]


def read_some(peer):
    try:
        return peer.recv(65536)
    except ConnectionError:
        return b""


def test_nothing_outside_the_directory_is_reached(serve):
    server = serve()
    (server.scratch / "secret").write_text(SECRET)
    (server.directory / "link").symlink_to("..")
    for name in OUTSIDE:
        for text in (lines("GET %s HTTP/1.1" % name, "Host: a"),
                     lines("DELETE %s HTTP/1.1" % name, "Host: a"),
                     lines("PUT %s HTTP/1.1" % name, "Host: a",
                           "Content-Length: 1") + "x",
                     lines("COPY /file.txt HTTP/1.1", "Host: a",
                           "Destination: " + name)):
            ask(server, text)
            assert (server.scratch / "secret").read_text() == SECRET, text
    assert sorted(p.name for p in server.scratch.iterdir()) == [
        "access.log", "log", "secret", "served"]
    assert is_alive(server)


def has_octets(top, octets):
    """Whether a file anywhere below has them."""
    for folder, _, names in os.walk(top):
        for name in names:
            path = pathlib.Path(folder, name)
            try:
                if path.is_file() and octets in path.read_bytes():
                    return True
            except FileNotFoundError:
                pass  # Removed meanwhile.
    return False


def eventually(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


PROPPATCH = ("<propertyupdate xmlns='DAV:'><set><prop><n xmlns='urn:x'>%s</n>"
             "</prop></set></propertyupdate>" % NEW.decode())
LOCK = ("<lockinfo xmlns='DAV:'><lockscope><exclusive/></lockscope>"
        "<locktype><write/></locktype></lockinfo>")


@pytest.mark.parametrize("octets", [
    body("PUT", NEW.decode()),
    chunked("%x\r\n%s\r\n0\r\n\r\n" % (len(NEW), NEW.decode())).replace(
        "/x", "/file.txt"),
    body("PROPPATCH", PROPPATCH),
    body("LOCK", LOCK),
], ids=["put", "put-chunked", "proppatch", "lock"])
def test_a_client_that_vanishes_at_any_octet_changes_nothing(
        serve, connect, octets):
    server = serve()
    (server.directory / "file.txt").write_bytes(OLD)
    octets = octets.encode()
    for size in range(len(octets)):
        with socket.create_connection(("127.0.0.1", server.port), 30) as peer:
            peer.sendall(octets[:size])
            if size % 2:  # Half of them by a reset.
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                b"\1\0\0\0\0\0\0\0")
    answer = connect(server).request("PROPFIND", "/file.txt", {"Depth": "0"})
    assert answer.status == 207
    assert NEW not in answer.body
    assert b"activelock" not in answer.body
    assert connect(server).request("GET", "/file.txt").body == OLD
    assert eventually(lambda: not has_octets(server.directory, NEW[:9]))


def test_a_name_outside_utf_8_is_refused_or_kept_byte_for_byte(serve):
    server = serve()
    status = ask(server, lines("PUT /%ff%fe HTTP/1.1", "Host: a",
                               "Content-Length: 0"))
    assert status in (201, 400, 403)
    assert (b"\xff\xfe" in os.listdir(bytes(server.directory))) == (
        status == 201)


# How the program starts.

def start(*words):
    """Its exit code and what it said, if it does not start."""
    done = subprocess.run(
        [str(ROOT / "build/asan/src/tarry"), "serve", *map(str, words)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=30)
    return done.returncode, done.stdout.decode()


def test_a_second_server_of_a_directory(serve):
    code, said = start(serve().directory,
                       "--listen", "127.0.0.1:%d" % free_port())
    assert code == 1 and said.count("\n") == 1
    assert "another server is using its state: stop that one" in said


def test_port_in_use(serve, tmp_path):
    server = serve()
    code, said = start(tmp_path, "--listen", server.address)
    assert code > 0 and server.address in said
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        code, said = start(tmp_path, "--listen", address)
        assert code > 0 and address in said
    assert is_alive(server)


@pytest.mark.parametrize("name, says", (
    ("absent", "there is no such directory"),
    ("file", "it is not a directory"),
    ("homes/%u", "nobody could come in"),
))
def test_directory_that_is_none(tmp_path, name, says):
    address = "127.0.0.1:%d" % free_port()
    (tmp_path / "file").write_text("x")
    (tmp_path / "homes").mkdir()
    code, said = start(tmp_path / name, "--listen", address)
    assert code in (1, 2) and said.count("\n") == 1
    assert str(tmp_path / name) in said and says in said


@pytest.mark.parametrize("flags", [
    ("--listen", "nonsense"), ("--listen", "127.0.0.1:65536"),
    ("--interim", "maybe"), ("--interim-after", "20"),
    ("--interim-every", "0s"), ("--interim-trust-proxy", "1.2.3.4/33"),
    ("--no-such-flag",), ("--listen",)])
def test_bad_flags(tmp_path, flags):
    code, said = start(tmp_path, *flags)
    assert code > 0 and (flags[0] in said or flags[-1] in said)


# Disks.

@pytest.fixture
def disk(tmp_path):
    """disk(SIZE) mounts a small file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    mounted = []

    def make(size):
        top = tmp_path / "disk"
        top.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=" + size, "none",
                        str(top)], check=True)
        mounted.append(top)
        (top / "file.txt").write_bytes(OLD)
        return top

    yield make
    for top in mounted:
        subprocess.run(["umount", "-l", str(top)], check=True)


def used(top):
    state = os.statvfs(top)
    return (state.f_blocks - state.f_bfree) * state.f_frsize


@pytest.mark.parametrize("is_chunked", [False, True], ids=["sized", "chunked"])
def test_full_disk_is_507_and_leaves_nothing_behind(
        serve, connect, disk, is_chunked):
    top = disk("8m")
    server = serve(directory=top)
    assert connect(server).request("PUT", "/new", body=b"x").status == 201
    before = used(top)
    client = connect(server)
    if is_chunked:
        client.send(client.head("PUT", "/file.txt",
                                {"Transfer-Encoding": "chunked"}))
        piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    else:
        client.send(client.head("PUT", "/file.txt", size=16 << 20))
        piece = b"x" * 0x100000
    try:
        for _ in range(16):
            client.send(piece)
        client.send(b"0\r\n\r\n" if is_chunked else b"")
    except OSError:
        pass  # It has answered already.
    assert client.answer("PUT").status == 507
    assert connect(server).request("GET", "/file.txt").body == OLD
    assert eventually(lambda: used(top) <= before + 65536)
    assert connect(server).request("PUT", "/new", body=b"y").status == 204


def test_full_disk_during_a_copy(serve, connect, disk):
    top = disk("8m")
    (top / "tree").mkdir()
    for i in range(10):
        (top / "tree" / str(i)).write_bytes(b"x" * (512 << 10))
    server = serve(directory=top)
    assert connect(server).request("PUT", "/new", body=b"x").status == 201
    answer = connect(server).request("COPY", "/tree/",
                                     {"Destination": "/copied/"})
    assert answer.status == 507 or (
        answer.status == 207 and b" 507 " in answer.body), answer.body
    assert len(list((top / "tree").iterdir())) == 10
    assert connect(server).request("DELETE", "/tree/").status == 204
    assert eventually(lambda: connect(server).request(
        "PUT", "/new", body=b"y" * (1 << 20)).status == 204)


def test_read_only_directory_is_served_as_such(serve, connect, disk):
    top = disk("1m")
    subprocess.run(["mount", "-o", "remount,ro", str(top)], check=True)
    client = connect(serve(directory=top))
    assert client.request("GET", "/file.txt").body == OLD
    assert client.request("PROPFIND", "/", {"Depth": "1"}).status == 207
    for method in ("PUT", "PROPPATCH", "LOCK", "DELETE", "MKCOL"):
        assert client.request(method, "/file.txt", body=b"").status in (
            403, 405), method
    assert client.request("GET", "/file.txt").body == OLD


@pytest.fixture
def unreadable(serve, request):
    """A server that may read /readable but not /unreadable and /closed/."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="tarry-test-"))
    request.addfinalizer(lambda: shutil.rmtree(top))
    served = top / "served"
    (served / "closed").mkdir(parents=True)
    for name in ("readable", "unreadable", "closed/file"):
        (served / name).write_bytes(OLD)
    for name in ("unreadable", "closed"):
        (served / name).chmod(0)
    if os.geteuid() != 0:
        return serve(directory=served)
    # Root may read everything, so nobody does it.
    for path in (top, served):
        os.chown(path, 65534, 65534)
    program = shutil.copy(ROOT / "build/asan/src/tarry", top)
    return serve("--access-log", "off", directory=served, program=program,
                 under=("setpriv", "--reuid=65534", "--regid=65534",
                        "--clear-groups"))


def test_unreadable_member_is_one_403(unreadable, connect):
    client = connect(unreadable)
    assert client.request("GET", "/unreadable").status == 403
    assert client.request("GET", "/readable").body == OLD
    answer = client.request("PROPFIND", "/", {"Depth": "infinity"})
    assert answer.status == 207
    assert b"/readable<" in answer.body
    assert b" 403 " in answer.body
    answer = client.request("COPY", "/closed/", {"Destination": "/copied/"})
    assert answer.status == 403 or (
        answer.status == 207 and b" 403 " in answer.body), answer.body
    assert client.request("GET", "/readable").body == OLD
