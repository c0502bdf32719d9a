"""Metrics and health, and CORS, as those see them who use them."""

import json

import pytest

from peer import connect, serve  # noqa: F401
from server import Server

parser = pytest.importorskip("prometheus_client.parser")
LOCK = (b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope>'
        b'<locktype><write/></locktype></lockinfo>')
PAGE = "https://app.example"


def samples(text):
    """{(name, labels): value}; the parser refuses what is not well-formed."""
    found, types = {}, {}
    for family in parser.text_string_to_metric_families(text):
        types[family.name] = family.type
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, key
            found[key] = sample.value
    assert "unknown" not in types.values(), types
    return found


def scrape(client):
    answer = client.request("GET", "/.tarry/metrics")
    assert answer.status == 200
    assert answer.fields["content-type"].startswith(
        "text/plain; version=0.0.4")
    return samples(answer.body.decode())


def test_counts_what_happens(connect):
    with Server() as server:
        client = connect(server)
        before = scrape(client)
        assert client.request("GET", "/file.txt").status == 200
        assert client.request("GET", "/missing").status == 404
        assert client.request("LOCK", "/file.txt", body=LOCK).status == 200
        assert client.request("COPY", "/tree",
                          {"Destination": "/copy"}).status == 201
        after = scrape(client)

    def rise(name, **labels):
        key = (name, tuple(sorted(labels.items())))
        return after.get(key, 0) - before.get(key, 0)

    requests = "tarry_requests_total"
    assert rise(requests, method="GET", status="404") == 1
    assert rise(requests, method="COPY", status="201") == 1
    assert rise(requests, method="GET", status="200") == 2  # and a scrape
    assert rise("tarry_operations", state="done") == 1
    assert rise("tarry_sqlite_commit_seconds_count", database="meta") >= 1
    assert rise("tarry_sqlite_commit_seconds_count", database="ops") >= 1
    assert rise("tarry_request_seconds_count") == 5
    assert after[("tarry_connections", ())] == 1
    assert after[("process_resident_memory_bytes", ())] > 0


def test_health(connect):
    with Server("--metrics", "off") as server:
        client = connect(server)
        answer = client.request("GET", "/.tarry/health")
        assert (answer.status, json.loads(answer.body)) == (
            200, {"status": "ok"})
        assert client.request("GET", "/.tarry/metrics").status == 404
        assert client.request("PUT", "/.tarry/health").status == 405
        assert client.request("GET", "/.tarry/ops").status == 200


def test_an_anonymous_tree_has_a_limit(connect):
    with Server("--anonymous-tree-max", "30") as server:
        client = connect(server)
        assert client.request("COPY", "/tree",
                          {"Destination": "/copy"}).status == 507
        assert client.request("GET", "/copy/").status == 404
    with Server("--anonymous-tree-max", "31") as server:  # and itself
        client = connect(server)
        assert client.request("COPY", "/tree",
                          {"Destination": "/copy"}).status == 201


def test_cors_is_off(connect):
    with Server() as server:
        answer = connect(server).request("GET", "/file.txt", {"Origin": PAGE})
    assert not [name for name in answer.fields
                if name.startswith("access-control-")]


def test_cors_for_a_page(connect):
    with Server("--cors-origin", PAGE) as server:
        client = connect(server)
        answer = client.request("OPTIONS", "/file.txt", {
            "Origin": PAGE, "Access-Control-Request-Method": "PROPFIND",
            "Access-Control-Request-Headers": "depth"})
        assert answer.status == 204
        assert "PROPFIND" in answer.fields["access-control-allow-methods"]
        assert "Depth" in answer.fields["access-control-allow-headers"]
        for path, status in (("/file.txt", 200), ("/missing", 404),
                             ("/.tarry/health", 200)):
            answer = client.request("GET", path, {"Origin": PAGE})
            assert answer.status == status
            assert answer.fields["access-control-allow-origin"] == PAGE
        answer = client.request("PROPFIND", "/tree/", {"Origin": PAGE,
                                                   "Depth": "1"})
        assert answer.fields["access-control-allow-origin"] == PAGE
        assert b"f00" in answer.body
