"""Large files, large trees and slow readers: memory stays small, and a long
request is not left in silence.  These run the program as it is shipped."""

import hashlib
import re
import subprocess
import time

MIB = 1 << 20
GIB_PIECES = 1024
MEMORY_MIB_MAX = 16
TREE_FOLDERS, TREE_FILES = 40, 500


def release(serve, *flags, **options):
    return serve(*flags, build="release", **options)


def grown_mib(server, before_kib):
    return (server.memory_kib("VmHWM") - before_kib) / 1024


def large_tree(top):
    for i in range(TREE_FOLDERS):
        folder = top / "large" / ("folder-%02d" % i)
        folder.mkdir(parents=True)
        for j in range(TREE_FILES):
            (folder / ("file-%03d" % j)).write_bytes(b"x" * 16)


def test_put_and_get_of_a_gibibyte_in_little_memory(serve, connect):
    server = release(serve)
    client = connect(server, timeout_s=120)
    assert client.request("GET", "/file.txt").status == 200
    before = server.memory_kib()
    sent, received = hashlib.sha256(), hashlib.sha256()
    client.send(client.head("PUT", "/big", size=GIB_PIECES * MIB))
    for i in range(GIB_PIECES):
        piece = b"%08d" % i * (MIB // 8)
        sent.update(piece)
        client.send(piece)
    assert client.answer("PUT").status == 201
    assert (server.directory / "big").stat().st_size == GIB_PIECES * MIB
    assert client.request("GET", "/big", sink=received.update).status == 200
    assert received.digest() == sent.digest()
    assert grown_mib(server, before) <= MEMORY_MIB_MAX


def test_copy_of_a_large_tree_tells_its_progress(serve, tmp_path):
    server = release(serve, "--slow-member", "5ms", "--interim-trust-proxy",
                     "127.0.0.0/8", fill=lambda top: many(top, 800))
    done = subprocess.run(
        ["curl", "-sSi", "-m", "60", "-X", "COPY", "-H", "Prefer: processing",
         "-H", "Destination: /copied/", server.url + "/many/"],
        cwd=tmp_path, stdout=subprocess.PIPE, check=True)
    said = done.stdout.decode()
    statuses = re.findall(r"(?m)^HTTP/1\.1 (\d+)", said)
    assert statuses[:3] == ["102", "102", "102"], said
    assert statuses[-1] == "201", said
    counts = [[int(n) for n in pair]
              for pair in re.findall(r"(?mi)^progress: (\d+)/(\d+)", said)]
    assert len(counts) >= 2 and counts == sorted(counts), said
    assert 0 < counts[-1][0] <= counts[-1][1] <= 801, said
    for line in re.findall(r"(?mi)^status-uri: (.*)\r$", said):
        assert re.match(r"201 <%s/many(/f\d\d\d)?>" % server.url, line), line
    copied = sorted(p.name for p in (server.directory / "copied").iterdir())
    assert copied == ["f%03d" % i for i in range(800)]


def many(top, count):
    (top / "many").mkdir()
    for i in range(count):
        (top / "many" / ("f%03d" % i)).write_bytes(b"x")


def test_propfind_streams_a_large_tree_in_little_memory(serve, connect):
    server = release(serve, fill=large_tree)
    client = connect(server)
    assert client.request("PROPFIND", "/", {"Depth": "0"}).status == 207
    before = server.memory_kib()
    hrefs, rest = set(), b""
    total = TREE_FOLDERS * TREE_FILES + TREE_FOLDERS + 1

    def take(piece):
        nonlocal rest
        found = re.split(rb"</(?:\w+:)?href>", rest + piece)
        hrefs.update(part.rpartition(b">")[2] for part in found[:-1])
        rest = found[-1][-2048:]

    answer = client.request("PROPFIND", "/large/", {"Depth": "infinity"},
                            sink=take)
    assert answer.status == 207
    assert len(hrefs) == total
    assert b"/large/folder-39/file-499" in hrefs
    assert grown_mib(server, before) <= MEMORY_MIB_MAX


def test_slow_reader_costs_little_memory_and_delays_nobody(serve, connect):
    server = release(serve, fill=large_tree)
    (server.directory / "big").write_bytes(b"x" * (64 * MIB))
    before = server.memory_kib()
    slow = [connect(server) for _ in range(40)]
    for i, client in enumerate(slow):
        if i % 2:
            client.send(client.head("GET", "/big"))
        else:
            client.send(client.head("PROPFIND", "/large/",
                                    {"Depth": "infinity"}))
    end = time.monotonic() + 2
    other = connect(server)
    while time.monotonic() < end:
        begin = time.monotonic()
        assert other.request("GET", "/large/folder-00/file-000").status == 200
        assert time.monotonic() - begin < 1
    assert grown_mib(server, before) <= MEMORY_MIB_MAX + 40
    assert len(slow[1].answer().body) == 64 * MIB
