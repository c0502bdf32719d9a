"""Many operations at once: none waits for ever, and none is forgotten."""

import json
import threading

import pytest

from peer import Client
from state import wait_quiet

ROUND_COUNT = 100
CONNECTION_COUNT, QUEUED_COUNT = 10, 1000
REGISTRY_THREAD_COUNT_EACH = 4  # src/op/registry.h
ALLOWED = {201, 204, 404, 409, 412}


def plant(top):
    for tree in ("a", "b"):
        for name in ("one", "two"):
            (top / tree / name).mkdir(parents=True)
            (top / tree / name / "file").write_bytes(tree.encode())


def crossing(method, here, there):
    """One round of one side."""
    if method == "COPY":
        yield "COPY", "/%s" % here, "/%s/copy" % there
        yield "DELETE", "/%s/copy" % there, None
    else:
        yield "MOVE", "/%s/one" % here, "/%s/moved" % there
        yield "MOVE", "/%s/moved" % there, "/%s/one" % here


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_crossing_trees_do_not_block_each_other(serve, method):
    server = serve("--slow-member", "1ms", fill=plant)
    seen = [set(), set()]

    def play(side):
        with Client(server.address) as client:
            for _ in range(ROUND_COUNT):
                for step, source, destination in crossing(
                        method, "ab"[side], "ba"[side]):
                    fields = ({"Destination": destination} if destination
                              else {})
                    seen[side].add(
                        client.request(step, source, fields).status)

    threads = [threading.Thread(target=play, args=(side,))
               for side in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()  # a client waits a minute for an answer, at most
    for statuses in seen:
        assert 201 in statuses
        assert statuses <= ALLOWED
    assert wait_quiet(server)
    for tree in ("a", "b"):
        assert (server.directory / tree / "two" / "file").exists()


def queue_all(server):
    """The status resources of what was accepted."""
    places = []

    def play(number):
        with Client(server.address) as client:
            for i in range(QUEUED_COUNT // CONNECTION_COUNT):
                answer = client.request("COPY", "/tree", {
                    "Destination": "/copy-%d-%d" % (number, i),
                    "Prefer": "respond-async"})
                assert answer.status == 202, answer.body
                places.append(answer.fields["location"])

    threads = [threading.Thread(target=play, args=(number,))
               for number in range(CONNECTION_COUNT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return places


def test_a_thousand_are_queued_and_all_are_done(serve, connect):
    server = serve("--slow-member", "5ms",
                   fill=lambda top: (top / "tree" / "sub").mkdir(parents=True))
    gate = server.directory / "tree" / "sub" / "file"
    gate.write_bytes(b"x")
    client = connect(server)
    places = queue_all(server)
    assert len(set(places)) == QUEUED_COUNT
    listed = json.loads(client.request("GET", "/.tarry/ops/").body)
    states = [operation["state"] for operation in listed["operations"]]
    assert len(states) == QUEUED_COUNT
    # A limit for each owner; and while all threads are his the others wait.
    assert (states.count("running") + states.count("committing")
            <= REGISTRY_THREAD_COUNT_EACH)
    assert "queued" in states
    # What needs no thread of theirs is done meanwhile.
    assert client.request("PUT", "/between", body=b"x").status == 201
    for place in places:
        answer = client.request("GET", place + "/response",
                                {"Prefer": "wait=60"})
        assert answer.status == 201
    copies = [path for path in server.directory.iterdir()
              if path.name.startswith("copy-")]
    assert len(copies) == QUEUED_COUNT
    assert all((copy / "sub" / "file").read_bytes() == b"x"
               for copy in copies)


def test_as_many_connections_as_operations(serve):
    """Each waits for its own answer."""
    server = serve("--slow-member", "1ms")
    clients = [Client(server.address) for _ in range(QUEUED_COUNT // 4)]
    try:
        for i, client in enumerate(clients):
            client.send(client.head("COPY", "/empty",
                                    {"Destination": "/copy-%d" % i}))
        assert {client.answer("COPY").status for client in clients} == {201}
    finally:
        for client in clients:
            client.close()
