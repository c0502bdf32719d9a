"""Members that may not be read: they fail, and the rest is copied."""

import os
import re
import time

import pytest

NOBODY = 65534
DIRECTORY_COUNT, FILE_COUNT = 12, 3
WAIT_S = 20


@pytest.fixture
def unprivileged(folder, serve):
    """A server that is not root, on /tree with directories and files."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a server as another user")
    tree = folder / "tree"
    tree.mkdir()
    for i in range(DIRECTORY_COUNT):
        (tree / ("d%d" % i)).mkdir()
        for j in range(FILE_COUNT):
            (tree / ("d%d" % i) / ("f%d" % j)).write_bytes(b"x")
    for path, folders, files in os.walk(folder):
        for name in [".", *folders, *files]:
            os.chown(os.path.join(path, name), NOBODY, NOBODY)
    return serve("--access-log", "off", "--slow-member", "40ms",
                 "--interim", "on", "--interim-every", "1s",
                 directory=folder,
                 under=("setpriv", "--reuid", NOBODY, "--regid", NOBODY,
                        "--clear-groups"))


def members(top):
    return {os.path.relpath(os.path.join(path, name), top)
            for path, folders, files in os.walk(top)
            for name in folders + files}


def failures(answer):
    return dict(re.findall(rb"<D:href>([^<]*)</D:href>"
                           rb"<D:status>HTTP/1.1 (\d+)", answer.body))


def wait_for(what):
    end = time.monotonic() + WAIT_S
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("name", ["d5", "d5/f1"])
def test_unreadable_member_is_reported(unprivileged, connect, name):
    top = unprivileged.directory
    (top / "tree" / name).chmod(0)
    answer = connect(unprivileged).request("COPY", "/tree",
                                           {"Destination": "/copy"})
    assert answer.status == 207
    path = "/tree/" + name
    assert failures(answer) in ({path.encode(): b"403"},
                                {path.encode() + b"/": b"403"})
    (top / "tree" / name).chmod(0o755)
    assert members(top / "tree") - members(top / "copy") == {
        member for member in members(top / "tree")
        if member == name or member.startswith(name + "/")}


def test_unreadable_member_undoes_all_if_asked(unprivileged, connect):
    (unprivileged.directory / "tree" / "d5").chmod(0)
    answer = connect(unprivileged).request(
        "COPY", "/tree", {"Destination": "/copy",
                          "Prefer": "handling=strict"})
    assert answer.status == 403
    wait_for(lambda: '"COPY /tree HTTP/1.1" 403 Forbidden: Nothing was done'
             in unprivileged.said())
    assert not (unprivileged.directory / "copy").exists()
    assert os.listdir(unprivileged.directory / ".tarry" / "stage") == []


def test_directory_becomes_unreadable_in_the_middle(unprivileged, connect):
    top = unprivileged.directory
    client = connect(unprivileged)
    client.send(client.head("COPY", "/tree", {"Destination": "/copy"}))

    def staged():
        return [name for stage in (top / ".tarry" / "stage").iterdir()
                for name in members(stage)]

    wait_for(lambda: sum("/" in name for name in staged()) >= 2)
    last = [name for name in os.listdir(top / "tree")
            if not any(member.startswith(name + "/") for member in staged())]
    # Those that a thread is about to open may be open already.
    for name in last:
        (top / "tree" / name).chmod(0)
    answer = client.answer("COPY")
    for name in last:
        (top / "tree" / name).chmod(0o755)
    assert answer.status == 207
    failed = failures(answer)
    assert failed and set(failed.values()) == {b"403"}
    names = {path.decode().strip("/").split("/")[1] for path in failed}
    assert names <= set(last)
    lost = members(top / "tree") - members(top / "copy")
    assert {member.split("/")[0] for member in lost} == names
