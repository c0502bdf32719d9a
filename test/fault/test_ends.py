"""What becomes of an operation when its client or its server goes."""

import os
import signal
import socket
import time

import pytest

from state import wait_quiet

MEMBER_COUNT = 60
SLOW = ("--slow-member", "20ms", "--interim", "on")
WAIT_S = 20


def plant(top):
    (top / "tree").mkdir()
    for i in range(MEMBER_COUNT):
        (top / "tree" / ("f%02d" % i)).write_bytes(b"x")


@pytest.fixture
def slow(serve, folder):
    """Starts a server on /tree whose COPY takes a second; again and again."""
    plant(folder)
    return lambda *flags: serve(*SLOW, *flags, directory=folder)


def begin_copy(client, destination="/copy"):
    """Returns when some of it is done."""
    client.send(client.head("COPY", "/tree", {"Destination": destination,
                                              "Prefer": "processing"}))
    status, fields = client.read_head()
    assert status == 102
    return fields


def wait_for(what):
    end = time.monotonic() + WAIT_S
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_whole(path):
    return len(os.listdir(path)) == MEMBER_COUNT


def test_server_ends_a_copy_before_itself(slow, connect):
    server = slow()
    begin_copy(connect(server))
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(WAIT_S) == 0
    assert not (server.directory / "copy").exists()
    assert os.listdir(server.directory / ".tarry" / "stage") == []
    server = slow()
    assert wait_quiet(server)
    assert connect(server).request(
        "COPY", "/tree", {"Destination": "/copy"}).status == 201
    assert is_whole(server.directory / "copy")


def refuses(server):
    """Whether it has heard the first signal: it listens no longer."""
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass  # it was let in, and is not any more
    return False


def test_second_signal_ends_it_at_once(slow, connect):
    # One member lasts so long that the first signal has to wait for it.
    server = slow("--slow-member", "1h", "--stop-timeout", "1h")
    begin_copy(connect(server))
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: refuses(server))
    assert server.process.poll() is None
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(WAIT_S) == -signal.SIGTERM
    server.process.returncode = 0  # as was wanted
    server = slow()
    assert wait_quiet(server)
    assert not (server.directory / "copy").exists()
    assert connect(server).request(
        "COPY", "/tree", {"Destination": "/copy"}).status == 201


@pytest.mark.parametrize("is_reset", [False, True])
def test_copy_is_finished_though_its_client_has_gone(slow, connect, is_reset):
    server = slow()
    clients = [connect(server) for _ in range(4)]
    for i, client in enumerate(clients):
        begin_copy(client, "/copy%d" % i)
    for client in clients:
        if is_reset:
            client.reset()
        else:
            client.close()
    for i in range(len(clients)):
        wait_for((server.directory / ("copy%d" % i)).exists)
        assert is_whole(server.directory / ("copy%d" % i))
    assert wait_quiet(server)


def test_copy_is_given_up_with_its_client_if_so_configured(slow, connect):
    server = slow("--on-disconnect", "cancel")
    client = connect(server)
    place = begin_copy(client)["location"]
    client.reset()
    watcher = connect(server)
    answer = watcher.request("GET", place + "/response",
                             {"Prefer": "wait=20"})
    assert answer.status == 424
    assert not (server.directory / "copy").exists()
    assert wait_quiet(server)
