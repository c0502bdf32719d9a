"""What long requests are for: seen while they run, joined by a retry, done
once.  The client is curl."""

import collections
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

import pytest

from server import Server

FILE_COUNT, FOLDER_COUNT = 50000, 50
TIMEOUT_S, RETRY_COUNT = 2, 5
LATE_S = 1.5  # between two answers that are given at the same time


def many_files(top):
    for i in range(FOLDER_COUNT):
        folder = top / "tree" / ("d%02d" % i)
        folder.mkdir(parents=True)
        for j in range(FILE_COUNT // FOLDER_COUNT):
            (folder / ("f%03d" % j)).write_bytes(b"x")


def file_count(top):
    return sum(len(files) for _, _, files in os.walk(top))


class Response:
    """One header section that curl has shown."""

    def __init__(self, text):
        line, *fields = text.split("\r\n")
        self.status = int(line.split()[1])
        self.fields = [tuple(field.split(": ", 1)) for field in fields]

    def get(self, name):
        for field, value in self.fields:
            if field.lower() == name:
                return value
        return None

    def get_all(self, name):
        return [value for field, value in self.fields
                if field.lower() == name]


class Curl:
    """A COPY by curl, and all that it was told."""

    def __init__(self, server, *words):
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "curl", "-s", "-i", "-X", "COPY", "-H", "Destination: /copy",
             *map(str, words), server.url + "/tree"], stdout=subprocess.PIPE)
        self.said = b""

    def wait_interim(self):
        """Until the first 102 is whole."""
        while b"\r\n\r\n" not in self.said:
            octets = os.read(self.process.stdout.fileno(), 65536)
            assert octets, self.said
            self.said += octets

    def wait(self):
        """The interim responses, the final one, and its body."""
        self.said += self.process.stdout.read()
        self.process.wait()
        *heads, body = self.said.decode().split("\r\n\r\n")
        responses = [Response(head) for head in heads]
        return responses[:-1], responses[-1], body


def operations(server):
    said = subprocess.run(["curl", "-sS", server.url + "/.tarry/ops/"],
                          stdout=subprocess.PIPE, check=True).stdout
    return json.loads(said)["operations"]


Told = collections.namedtuple("Told", "interims final body at_s")


@pytest.fixture(scope="module")
def large():
    """A COPY of many files, asked for by two connections: what each was told,
    and the server."""
    with tempfile.TemporaryDirectory(prefix="tarry-many-") as name:
        top = pathlib.Path(name)
        many_files(top)
        with Server(build="release", directory=top) as server:
            first = Curl(server, "-H", "Prefer: processing")
            first.wait_interim()
            second = Curl(server, "-H", "Prefer: processing")
            yield server, [Told(*curl.wait(), time.monotonic())
                           for curl in (first, second)]


def test_curl_sees_how_far_it_is(large):
    server, (told, _) = large
    assert {interim.status for interim in told.interims} == {102}
    assert told.final.status == 201
    places = {interim.get("location") for interim in told.interims}
    assert len(places) == 1
    assert re.fullmatch(r"/\.tarry/ops/[0-9a-f]{32}", places.pop())
    counts = [int(re.search(r"(\d+)/", interim.get("progress"))[1])
              for interim in told.interims]
    assert counts == sorted(counts)
    uris = [uri for interim in told.interims
            for uri in interim.get_all("status-uri")]
    assert any(re.match(r'201 "?<?%s/tree/' % re.escape(server.url), uri)
               for uri in uris), uris[:3]


def kept_fields(told):
    """Those of the operation, not of the connection."""
    return [(name, value) for name, value in told.final.fields
            if name not in ("Date", "Interim-Sent")]


def test_second_connection_joins(large):
    server, (first, second) = large
    assert second.at_s - first.at_s < LATE_S
    assert (second.final.status, second.body) == (first.final.status,
                                                  first.body)
    assert kept_fields(second) == kept_fields(first)
    assert [operation["state"] for operation in operations(server)] == ["done"]
    assert file_count(server.directory / "copy") == FILE_COUNT


def test_retries_after_timeouts_succeed_and_copy_once(serve):
    # Thirty members, and nine seconds.
    server = serve("--slow-member", "300ms")
    codes, inode = [], None
    for _ in range(1 + RETRY_COUNT):
        curl = Curl(server, "--max-time", TIMEOUT_S)
        curl.said += curl.process.stdout.read()
        codes.append(curl.process.wait())
        copy = server.directory / "copy"
        if copy.exists():
            inode = inode or copy.stat().st_ino
    assert codes.count(28) >= 2  # of curl: it took too long
    assert codes[-1] == 0
    _, final, _ = curl.wait()
    assert final.status == 201
    assert [operation["method"] for operation in operations(server)] == [
        "COPY"]
    assert (server.directory / "copy").stat().st_ino == inode
    assert file_count(server.directory / "copy") == 30
