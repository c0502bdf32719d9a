"""A full disk: 507, nothing lost, nothing left behind, and all is well when
there is room again."""

import errno
import os
import re

import pytest

from state import wait_quiet

LOCKINFO = (b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope>'
            b'<locktype><write/></locktype></lockinfo>')
TRY_COUNT_MAX = 400


def setting(value):
    return (b'<propertyupdate xmlns="DAV:"><set><prop><p xmlns="urn:x">%s</p>'
            b'</prop></set></propertyupdate>' % value)


def fill(top):
    """Takes all the room there is."""
    with open(top / "filler", "wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC


def content_of(client, path):
    answer = client.request("GET", path)
    return answer.body if answer.status == 200 else answer.status


def try_until_full(client, method, fields, body):
    """To file after file; the paths at which it went well."""
    done = []
    for i in range(TRY_COUNT_MAX):
        path = "/many/f%03d" % i
        answer = client.request(method, path, fields, body)
        if answer.status == 507 or b" 507 " in answer.body:
            return done
        assert answer.status in (200, 207), (answer.status, answer.body)
        done.append(path)
    raise AssertionError("the disk is never full")


@pytest.fixture
def full(disk, serve, connect):
    """A server whose disk has little room, and a client."""
    top = disk("3m")
    (top / "file").write_bytes(b"old")
    (top / "many").mkdir()
    for i in range(TRY_COUNT_MAX):
        (top / "many" / ("f%03d" % i)).touch()
    server = serve(directory=top)
    return top, server, connect(server)


def test_upload_of_known_size_is_refused(full):
    top, server, client = full
    client.send(client.head("PUT", "/file", {"Expect": "100-continue"},
                            8 << 20))
    assert client.answer("PUT").status == 507
    assert (top / "file").read_bytes() == b"old"
    assert wait_quiet(server)


@pytest.mark.parametrize("path, old", [("/file", b"old"), ("/new", 404)])
def test_upload_of_unknown_size_changes_nothing(full, connect, path, old):
    _, server, client = full
    client.send(client.head("PUT", path, {"Transfer-Encoding": "chunked"}))
    try:
        for _ in range(128):
            client.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        client.send(b"0\r\n\r\n")
    except OSError:
        pass  # it answers before it has read all
    assert client.answer("PUT").status == 507
    client = connect(server)
    assert content_of(client, path) == old
    assert wait_quiet(server)
    assert client.request("PUT", path, body=b"new").status in (201, 204)
    assert content_of(client, path) == b"new"


@pytest.mark.parametrize("path, old", [("/file", b"old"), ("/new", 404)])
def test_part_of_an_upload_is_continued_when_there_is_room(
        full, connect, path, old):
    top, server, client = full
    octets = os.urandom(400000)
    begun = client.request("PUT", path, {"Upload-Complete": "?0"},
                           octets[:1000])
    assert begun.status == 201
    upload = begun.fields["location"]

    def go_on(client, begin):
        return client.request("PATCH", upload, {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(begin), "Upload-Complete": "?1"},
            octets[begin:])

    fill(top)
    try:
        assert go_on(client, 1000).status == 507
    except ConnectionError:
        pass  # it answered before it had read all
    client = connect(server)
    assert content_of(client, path) == old
    offset = int(client.request("HEAD", upload).fields["upload-offset"])
    assert 1000 <= offset < len(octets)
    (top / "filler").unlink()
    assert go_on(client, offset).status in (201, 204)
    assert content_of(client, path) == octets
    assert wait_quiet(server)


@pytest.mark.parametrize("handling, status", [("lenient", 207),
                                              ("strict", 507)])
@pytest.mark.parametrize("destination, old", [("/new", 404),
                                              ("/file", b"old")])
def test_copy_leaves_no_debris(full, handling, status, destination, old):
    top, server, client = full
    (top / "tree" / "sub").mkdir(parents=True)
    for i in range(20):
        (top / "tree" / "sub" / ("f%d" % i)).write_bytes(b"x" * 60000)
    (top / "filler").write_bytes(b"x" * 600000)
    fields = {"Destination": destination, "Prefer": "handling=" + handling}
    answer = client.request("COPY", "/tree", fields)
    assert answer.status == status
    assert status == 507 or b" 507 " in answer.body
    assert content_of(client, destination) == old
    assert wait_quiet(server)
    assert client.request("DELETE", "/filler").status == 204
    assert client.request("COPY", "/tree", fields).status in (201, 204)
    assert len(os.listdir(str(top) + destination + "/sub")) == 20


def test_properties_are_all_or_nothing(full, serve, connect):
    top, server, client = full
    value = b"v" * 20000
    fill(top)
    done = try_until_full(client, "PROPPATCH", {}, setting(value))
    answer = client.request("PROPPATCH", "/file", {}, setting(value))
    assert b" 507 " in answer.body or answer.status == 507
    (top / "filler").unlink()
    assert client.request("PROPPATCH", "/file", {},
                          setting(value)).status == 207
    server.process.kill()
    server.process.wait()
    server.process.returncode = 0  # as was wanted
    client = connect(serve(directory=top))
    answer = client.request("PROPFIND", "/", {"Depth": "infinity"},
                            b'<propfind xmlns="DAV:"><prop>'
                            b'<p xmlns="urn:x"/></prop></propfind>')
    having = {path for path, rest in re.findall(
        rb"<D:href>([^<]*)</D:href>(.*?)</D:response>", answer.body, re.S)
        if value in rest}
    assert having == {path.encode() for path in done} | {b"/file"}


def test_locks_are_given_or_not(full):
    top, _, client = full
    fill(top)
    # They are small: what room the database has is taken first.
    try_until_full(client, "PROPPATCH", {}, setting(b"v" * 2000))
    done = try_until_full(client, "LOCK", {"Depth": "0"}, LOCKINFO)
    refused = "/many/f%03d" % len(done)
    assert client.request("PUT", refused, body=b"").status in (204, 507)
    for path in done:
        assert client.request("PUT", path, body=b"").status == 423
    (top / "filler").unlink()
    assert client.request("LOCK", refused, {}, LOCKINFO).status == 200


def test_room_can_be_made_by_delete(full):
    top, server, client = full
    assert client.request("PROPPATCH", "/many", {},
                          setting(b"v")).status == 207
    fill(top)
    assert client.request("PUT", "/file", body=b"x" * 9000).status == 507
    assert client.request("DELETE", "/filler").status == 204
    assert wait_quiet(server)
    assert client.request("PUT", "/file", body=b"x" * 9000).status == 204
