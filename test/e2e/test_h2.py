"""HTTP/2 with real clients: by ALPN, and by prior knowledge."""

import pathlib
import re
import signal
import subprocess

import httpx
import pytest

from test_clients import (SLOW_COPY, TEXT, check_tree_copied,  # noqa: F401
                          local, round_of_curl, run)

HERE = pathlib.Path(__file__).resolve().parent
WAYS = {"plain": ("--h2c",), "tls": ("--tls-self-signed",)}


@pytest.fixture(params=WAYS)
def flags(request):
    return WAYS[request.param]


def curl_flags(server):
    return (("-k", "--http2") if server.url.startswith("https")
            else ("--http2-prior-knowledge",))


def lines(server, method):
    """The lines of the access log for it."""
    return [line for line in server.access_log.read_text().splitlines()
            if '"%s ' % method in line]


def test_curl(serve, local, flags):  # noqa: F811
    server = serve(*flags)
    round_of_curl(server, local, *curl_flags(server))
    assert all(" HTTP/2\" " in line for line in lines(server, "PUT"))


def test_curl_sees_each_102(serve, local, flags):  # noqa: F811
    server = serve(*flags, *SLOW_COPY)
    said = run("curl", "-sSi", *curl_flags(server), "-X", "COPY", "-H",
               "Destination: %s/copied/" % server.url, server.url + "/tree/",
               local=local)
    statuses = re.findall(r"^HTTP/2 (\d+)", said, re.M)
    assert statuses[:2] == ["102", "102"] and statuses[-1] == "201", said
    assert re.search(r"^progress: \d+/", said, re.M), said
    check_tree_copied(server, "copied")


def test_curl_sees_a_102_that_it_asked_for(serve, local, flags):  # noqa: F811
    server = serve(*flags)
    said = run("curl", "-sSi", *curl_flags(server), "-X", "OPTIONS", "-H",
               "Prefer: processing", server.url + "/", local=local)
    assert re.findall(r"^HTTP/2 (\d+)", said, re.M) == ["102", "200"], said
    assert "interim-sent: 1" in said


@pytest.mark.parametrize("size", [1000, 300000, 3000000])
@pytest.mark.parametrize("expect", ["", "100-continue"])
def test_curl_reads_the_refusal_of_what_it_uploads(
        serve, local, flags, size, expect):  # noqa: F811
    server = serve(*flags)
    (local / "new").write_bytes(b"x" * size)
    for _ in range(3):
        said = run("curl", "-sSi", *curl_flags(server), "-T", "new",
                   "-H", "Expect:" + expect, "-H", "If-None-Match: *",
                   server.url + "/file.txt", local=local)
        assert re.findall(r"^HTTP/2 (\d+)", said, re.M) == ["412"], said


def test_node(serve, local, flags):  # noqa: F811
    server = serve(*flags, *SLOW_COPY)
    said = run("node", HERE / "h2.mjs", server.url, "up.txt", local=local)
    assert said.split()[:2] == ["102", "102"], said
    assert (server.directory / "a" / "moved.txt").read_bytes() == TEXT
    check_tree_copied(server, "tree2")


def test_httpx(serve, flags):
    server = serve(*flags, *SLOW_COPY)
    url = server.url
    with httpx.Client(http1=url.startswith("https"), http2=True,
                      verify=False, timeout=30) as client:
        def ask(method, path, **options):
            done = client.request(method, url + path, **options)
            assert done.http_version == "HTTP/2"
            return done

        assert ask("MKCOL", "/a").status_code == 201
        assert ask("PUT", "/a/x", content=TEXT).status_code == 201
        assert ask("GET", "/a/x").content == TEXT
        pieces = (TEXT[i:i + 1000] for i in range(0, len(TEXT), 1000))
        assert ask("PUT", "/a/y", content=pieces).status_code == 201
        assert ask("GET", "/a/y").content == TEXT
        done = ask("PROPFIND", "/a/", headers={"Depth": "1"})
        assert done.status_code == 207 and "/a/x</" in done.text
        to = {"Destination": url + "/copied/"}
        assert ask("COPY", "/tree/", headers=to).status_code == 201
        assert ask("DELETE", "/a").status_code == 204
    check_tree_copied(server, "copied")
    # It reads on, and does not say how often it had to.
    assert re.search(r" interim=[2-9],", lines(server, "COPY")[0])


def test_versions_are_chosen_by_alpn(serve, local):  # noqa: F811
    server = serve("--tls-self-signed")

    def version(*words):
        return run("curl", "-sSk", "-o", "/dev/null", "-w", "%{http_version}",
                   *words, server.url + "/file.txt", local=local)

    assert version() == "2"
    assert version("--http1.1") == "1.1"
    assert version("--no-alpn") == "1.1"
    assert version("--tls-max", "1.2") == "2"


def test_prior_knowledge_is_let_in_only_where_it_is_wanted(
        serve, local):  # noqa: F811
    server = serve()
    done = subprocess.run(
        ["curl", "-sS", "--http2-prior-knowledge", server.url + "/file.txt"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    assert done.returncode != 0
    said = run("curl", "-sS", "--http1.1", serve("--h2c").url + "/file.txt",
               local=local)
    assert said == "hello\n"


def test_h2load_runs_clean(serve, flags, tmp_path):
    server = serve(*flags, build="release")
    (tmp_path / "body").write_bytes(TEXT)
    for words in ((), ("-d", tmp_path / "body", "-H", ":method: PUT")):
        done = subprocess.run(
            ["h2load", "-n", "2000", "-c", "8", "-m", "50", "-t", "1",
             "-T", "20", *map(str, words), server.url + "/file.txt"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        said = done.stdout.decode()
        assert "2000 succeeded, 0 failed, 0 errored, 0 timeout" in said, said
        assert " 0 4xx, 0 5xx" in said, said
    assert (server.directory / "file.txt").read_bytes() == TEXT


def test_a_slow_reader_costs_no_memory(serve, local):  # noqa: F811
    """A large file that nobody reads is not read by the server either."""
    server = serve("--h2c", build="release")
    with open(server.directory / "large", "wb") as file:
        file.truncate(1 << 30)
    run("curl", "-sS", "--http2-prior-knowledge", server.url + "/file.txt",
        local=local)
    before = server.memory_kib()
    clients = [subprocess.Popen(
        ["curl", "-sS", "--http2-prior-knowledge", "--limit-rate", "1k",
         "-o", "/dev/null", server.url + "/large"],
        stdin=subprocess.DEVNULL) for _ in range(10)]
    try:
        for _ in range(20):
            run("curl", "-sS", "--http2-prior-knowledge",
                server.url + "/file.txt", local=local)
        assert server.memory_kib() - before < 10 * 1024
    finally:
        for client in clients:
            client.kill()
            client.wait()


def test_a_stop_lets_what_has_begun_end(serve, local, flags):  # noqa: F811
    server = serve(*flags, *SLOW_COPY)
    copy = subprocess.Popen(
        ["curl", "-sSi", "-N", *curl_flags(server), "-X", "COPY", "-H",
         "Destination: %s/copied/" % server.url, server.url + "/tree/"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        said = copy.stdout.readline()
        assert said.startswith(b"HTTP/2 102"), said
        server.process.send_signal(signal.SIGTERM)
        said += copy.stdout.read()
        assert copy.wait(60) == 0
        statuses = re.findall(rb"^HTTP/2 (\d+)", said, re.M)
        assert statuses[-1] in (b"201", b"503"), said
        assert server.process.wait(20) == 0
    finally:
        copy.kill()
        copy.wait()
