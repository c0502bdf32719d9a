"""What somebody at a terminal sees while something large runs."""

import re

import pytest

from command import Client
from server import ROOT
from terminal import frames, screen, watch

RELEASE = ROOT / "build" / "release" / "src" / "tarry"
FILE_COUNT = 50000


@pytest.fixture
def client():
    client = Client(RELEASE)
    yield client
    client.close()


def many(top):
    for i in range(100):
        folder = top / "many" / ("d%02d" % i)
        folder.mkdir(parents=True)
        for j in range(FILE_COUNT // 100):
            (folder / ("f%03d" % j)).write_bytes(bytes(4096))


def see(client, *words):
    code, pieces = watch([RELEASE, *words], cwd=client.work,
                         env=client.environment)
    assert code == 0, screen(pieces)
    assert all(len(line) <= 80 for _, line in frames(pieces))
    return frames(pieces), screen(pieces)


def test_a_copy_of_50000_files(client, serve):
    url = serve(fill=many, program=RELEASE).url
    lines, left = see(client, "cp", url + "/many", url + "/copy")
    counts = [re.match(r"cp: (\d+)/(\d+) members, (\d+/s), .*left  http",
                       line) for _, line in lines]
    counts = [(int(found[1]), int(found[2])) for found in counts if found]
    assert len(counts) > 1, lines
    assert counts == sorted(counts)
    assert {total for _, total in counts} == {FILE_COUNT + 101}
    # Nothing stays but where to look for it, if it took a while.
    assert all(line == "" or line.startswith("cp: operation http")
               for line in left)


def test_an_upload_of_1_gib(client, serve):
    with open(client.work / "image", "wb") as file:
        file.truncate(1 << 30)
    server = serve("--sync", "off", program=RELEASE)
    lines, left = see(client, "put", "image", server.url + "/")
    assert (server.directory / "image").stat().st_size == 1 << 30
    rates = [re.match(r"put: 0/1 members, \S+/1\.0g bytes, \S+/s, \S+ left",
                      line) for _, line in lines]
    assert any(rates)
    assert left == [""]
