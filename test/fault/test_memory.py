"""The n-th request for memory fails, for every n: a request may then fail, and
nothing else: neither the server, nor the next request."""

import mmap
import pathlib
import re
import subprocess

import pytest

from scenes import lock, proppatch, setting
from state import ALLPROP, ask

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("library") / "fail_memory.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", path,
                    HERE / "fail_memory.c"], check=True)
    return path


@pytest.fixture
def countdown(tmp_path):
    """countdown[0] = n: see fail_memory.c."""
    path = tmp_path / "countdown"
    path.write_bytes(bytes(4))
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 4) as shared:
        view = memoryview(shared).cast("i")
        yield path, view
        view.release()


def plant(top):
    (top / "tree" / "sub").mkdir(parents=True)
    (top / "tree" / "sub" / "file").write_bytes(b"x")
    (top / "file").write_bytes(b"old")


REQUESTS = {
    "GET": ("GET", "/file", (), None),
    "GET of an index": ("GET", "/tree/", (), None),
    "PROPFIND": ("PROPFIND", "/", (("Depth", "infinity"),), ALLPROP),
    "PUT": ("PUT", "/file", (), "new"),
    "PROPPATCH": tuple(proppatch("/file", setting("p", "v"))),
    "LOCK": tuple(lock("/file")),
    "COPY": ("COPY", "/tree", (("Destination", "/copy"),), None),
    "MOVE": ("MOVE", "/copy", (("Destination", "/moved"),), None),
    "DELETE": ("DELETE", "/moved", (), None),
    "MKCOL": ("MKCOL", "/new", (), None),
    "GET of operations": ("GET", "/.tarry/ops/", (), None),
}
# What undoes a success, so that it can be asked for again.
UNDONE_BY = {
    "COPY": ("DELETE", "/copy", (), None),
    "MOVE": ("MOVE", "/moved", (("Destination", "/copy"),), None),
    "DELETE": ("COPY", "/tree", (("Destination", "/moved"),), None),
    "MKCOL": ("DELETE", "/new", (), None),
}
BEFORE = {
    "MOVE": ("COPY", "/tree", (("Destination", "/copy"),), None),
    "DELETE": ("COPY", "/tree", (("Destination", "/moved"),), None),
}


def undo(server, name):
    """Also what was done and not answered."""
    if name == "LOCK":
        seen = ask(server.address, ("PROPFIND", "/file", (("Depth", "0"),),
                                    ALLPROP))
        for token in set(re.findall(rb"urn:uuid:[-0-9a-f]+", seen[2])):
            ask(server.address, ("UNLOCK", "/file", (
                ("Lock-Token", "<%s>" % token.decode()),), None))
    elif name in UNDONE_BY:
        ask(server.address, UNDONE_BY[name])


@pytest.mark.parametrize("name", REQUESTS)
def test_only_the_request_fails(serve, library, countdown, name):
    path, left = countdown
    server = serve("--threads", "1", "--replay-window", "0s",
                   build="release", fill=plant,
                   under=("env", "LD_PRELOAD=%s" % library,
                          "FAIL_MEMORY_FILE=%s" % path))
    if name in BEFORE:
        assert ask(server.address, BEFORE[name])[0] == 201
    good = ask(server.address, REQUESTS[name])
    assert good[0] < 300
    undo(server, name)
    is_reached = True
    count = 0
    while is_reached:
        count += 1
        left[0] = count
        answer = ask(server.address, REQUESTS[name])
        is_reached, left[0] = left[0] == 0, 0
        assert server.process.poll() is None, (count, server.said())
        undo(server, name)
        again = ask(server.address, ("GET", "/tree/sub/file", (), None))
        assert again is not None and again[0] == 200, count
    assert count > 5
    assert answer is not None and answer[0] == good[0]
    print("%s: %d requests for memory failed" % (name, count - 1))
