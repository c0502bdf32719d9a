"""The client before our own server: every command, what it shows, and how much
memory it takes."""

import os
import pty
import re
import shutil
import subprocess
import time

import pytest

import rounds
from command import PROGRAM, Client
from rounds import (ABSENT, DONE, FAILED, LOCKED, NETWORK, REFUSED, UNKNOWN,
                    USAGE)
from server import ROOT, Server
from test_client_hostile import FILE, Origin, response


@pytest.fixture
def client():
    client = Client()
    yield client
    client.close()


@pytest.fixture
def other():
    client = Client()
    yield client
    client.close()


def nothing(top):
    pass


def many(count):
    def fill(top):
        (top / "many").mkdir()
        for i in range(count):
            (top / "many" / ("f%06d" % i)).write_bytes(b"")
    return fill


def test_a_round_of_every_command(client, other, serve):
    url = serve(fill=nothing).url
    rounds.fill(client, url)
    rounds.transfers(client, url)
    rounds.listings(client, url)
    rounds.trees(client, url)
    rounds.properties(client, url)
    rounds.locks(client, other, url)


def test_times_are_kept_both_ways(client, serve):
    server = serve(fill=nothing)
    rounds.make_tree(client.work / "tree")
    client("put", "-r", "tree", server.url + "/")
    client("get", "-r", server.url + "/tree", "back")
    assert (client.work / "back" / "a.txt").stat().st_mtime == 1e9


def test_only_what_is_newer_is_transferred(client, serve):
    server = serve(fill=nothing)
    rounds.make_tree(client.work / "tree")
    assert client("put", "-r", "tree", server.url + "/").code == DONE
    done = client("put", "-r", "-v", "--newer", "tree", server.url + "/")
    assert done.code == DONE and "->" not in done.err
    (client.work / "tree" / "a.txt").write_text("changed\n")
    done = client("put", "-r", "-v", "--newer", "tree", server.url + "/")
    assert done.err.count("->") == 1
    assert client("get", "-r", server.url + "/tree", ".").code == DONE
    done = client("get", "-r", "-v", "--newer", server.url + "/tree", ".")
    assert done.code == DONE and "->" not in done.err


def test_a_dry_run_and_what_is_excluded(client, serve):
    server = serve()
    done = client("get", "-r", "--dry-run", "--exclude", "f1*",
                  server.url + "/tree")
    assert done.code == DONE
    assert len(done.lines()) == 20
    assert list(client.work.iterdir()) == []
    done = client("rm", "-r", "--dry-run", server.url + "/tree")
    assert done.code == DONE
    assert client("ls", server.url + "/tree").code == DONE


def test_no_overwrite_leaves_what_is_there(client, serve):
    server = serve()
    (client.work / "file.txt").write_text("mine\n")
    assert client("get", "-n", server.url + "/file.txt").code == DONE
    assert (client.work / "file.txt").read_text() == "mine\n"
    assert client("put", "-n", "file.txt", server.url + "/").code == REFUSED
    assert client("cat", server.url + "/file.txt").out == "hello\n"


def test_members_that_failed_are_named(client, other, serve):
    url = serve().url
    assert other("lock", url + "/tree/f05").code == DONE
    done = client("rm", "-r", url + "/tree")
    assert done.code in (FAILED, LOCKED)
    if done.code == FAILED:
        assert "/tree/f05: failed with 423" in done.err
    assert other("cat", url + "/tree/f05").code == DONE


def test_a_strict_request_is_all_or_nothing(client, other, serve):
    url = serve().url
    assert other("lock", url + "/tree/f05").code == DONE
    assert client("rm", "-r", "--strict", url + "/tree").code != DONE
    assert len(client("ls", url + "/tree").lines()) == 30


def test_a_collection_without_its_members(client, serve):
    server = serve()
    url = server.url
    assert client("cp", "--depth", "0", url + "/tree", url + "/bare").code \
        == DONE
    assert client("ls", url + "/bare").out == ""
    assert client("cp", "--depth", "2", url + "/tree", url + "/x").code \
        == USAGE


# --- long operations -----------------------------------------------------------

SLOW = ("--slow-member", "50ms")


def test_a_long_copy_can_be_left_and_watched(client, serve):
    url = serve(*SLOW).url
    done = client("cp", "--async", url + "/tree", url + "/copy")
    assert done.code == DONE
    monitor = done.out.strip()
    assert monitor.startswith(url + "/.tarry/ops/")
    assert monitor in client("ops", url).out
    assert client("watch", monitor).code == DONE
    assert len(client("ls", url + "/copy").lines()) == 30
    identity = monitor.rpartition("/")[2]
    assert client("watch", "--server", url, identity).code == DONE
    assert client("watch", url + "/.tarry/ops/" + "0" * 32).code == UNKNOWN


def test_a_long_copy_can_be_cancelled_from_elsewhere(client, serve):
    url = serve(*SLOW).url
    monitor = client(
        "cp", "--async", url + "/tree", url + "/copy").out.strip()
    assert client("cancel", monitor).code == DONE
    assert client("watch", monitor).code == FAILED
    assert client("ls", url + "/copy").code == ABSENT


def test_the_first_interrupt_cancels(client, serve):
    url = serve(*SLOW).url
    process = client.start("cp", url + "/tree", url + "/copy")
    time.sleep(0.8)
    client.interrupt(process)
    done = client.end(process)
    assert done.code == FAILED and "cancelled" in done.err
    assert client("ls", url + "/copy").code == ABSENT


def test_where_a_102_does_not_come_the_status_resource_is_asked(
        client, serve):
    server = serve("--slow-member", "150ms", "--interim", "off")
    done = client("cp", "--json", server.url + "/tree", server.url + "/copy",
                  timeout_s=30)
    assert done.code == DONE
    progress = [one for one in done.objects() if one["event"] == "progress"]
    assert progress and progress[-1]["members_total"] == 31
    assert len(client("ls", server.url + "/copy").lines()) == 30


def test_the_way_is_asked_once_a_day(client, serve):
    server = serve()
    url = server.url
    for i in range(3):
        client("cp", url + "/file.txt", url + "/c%d" % i)
    log = server.access_log.read_text()
    assert log.count('"OPTIONS ') == 1
    ways = client.home / ".cache" / "tarry" / "ways"
    line = ways.read_text().split()
    ways.write_text(" ".join([line[0], "1000", *line[2:]]) + "\n")
    client("cp", url + "/file.txt", url + "/c9")
    assert server.access_log.read_text().count('"OPTIONS ') == 2


def test_plain_lines_where_there_is_no_terminal(client, serve):
    url = serve("--slow-member", "250ms").url
    done = client("cp", url + "/tree", url + "/copy")
    assert done.code == DONE
    assert "\r" not in done.err and "\033" not in done.err
    assert re.search(r"^cp: operation http", done.err, re.MULTILINE)
    assert re.search(r"^cp: \d+/31 members, \d+/s.*left", done.err,
                     re.MULTILINE)
    assert client("rm", "-q", "-r", url + "/copy").err == ""


def test_a_line_that_changes_on_a_terminal(client, serve):
    url = serve("--slow-member", "100ms").url
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(PROGRAM), "cp", url + "/tree", url + "/copy"], stderr=theirs,
        stdin=subprocess.DEVNULL, env=client.environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(30) == DONE
    assert re.search(rb"\rcp: \d+/31 members", shown)
    assert shown.endswith(b"\r\033[K")  # nothing is left of it


def test_json_is_one_object_a_line(client, serve):
    url = serve(*SLOW).url
    objects = client("cp", "--json", url + "/tree", url + "/c").objects()
    assert objects[-1]["event"] == "result"
    assert objects[-1]["code"] == DONE and objects[-1]["status"] == 201
    keys = {"event", "command", "members_done", "members_total", "bytes_done",
            "bytes_total", "members_per_s", "bytes_per_s", "left_s",
            "monitor"}
    assert all(set(one) == keys for one in objects[:-1])
    objects = client("rm", "--json", url + "/none").objects()
    assert objects[-1]["event"] == "error" and objects[-1]["code"] == ABSENT


# --- who we are ---------------------------------------------------------------

def test_short_names_and_plain_operands(client, serve):
    server = serve()
    config = client.home / ".config" / "tarry"
    config.mkdir(parents=True)
    (config / "config").write_text(
        "# ours\nhome = %s/tree/\n" % server.url)
    assert len(client("ls", "home:").lines()) == 30
    assert client("ls", "home:f01").out == "f01\n"
    assert client("ls", "nowhere:f01").code == USAGE
    assert client("ls", "tree").code == USAGE


def test_short_names_are_servers_to_ops_cancel_and_unlock(client, serve):
    url = serve(*SLOW).url
    config = client.home / ".config" / "tarry"
    config.mkdir(parents=True)
    (config / "config").write_text("home = %s/\n" % url)
    monitor = client("cp", "--async", "home:tree", "home:copy").out.strip()
    assert monitor in client("ops", "home:").out
    identity = monitor.rpartition("/")[2]
    assert client("cancel", "--server", "home:", identity).code == DONE
    assert client("watch", monitor).code == FAILED
    assert client("lock", "home:file.txt").code == DONE
    assert client("unlock", "home:file.txt").code == DONE
    # What is no name is a directory, or a lock, of this machine.
    assert client("ops", "away:").code == FAILED
    assert client("unlock", "urn:uuid:1").code == USAGE


def test_wait_is_how_long_an_async_command_waits_first(client, serve):
    server = serve("--slow-member", "20ms")
    url = server.url
    done = client("cp", "--async", "--wait", "30", url + "/tree", url + "/c")
    assert (done.code, done.out) == (DONE, "")  # it was done by then
    done = client("cp", "--async", "--wait", "0", url + "/tree", url + "/d")
    assert done.code == DONE and "/.tarry/ops/" in done.out
    assert client("watch", done.out.strip()).code == DONE


@pytest.mark.parametrize("words", [
    ("ls", "--timeout", "soon"), ("ls", "--deadline", "5"),
    ("get", "--jobs", "many"), ("put", "-j", "-1", "x"),
    ("cp", "--wait", "x", "a:"), ("cp", "--depth", "1", "a:"),
    ("rm", "--wait", "1s"), ("lock", "--depth", "1"),
    ("lock", "--seconds", "10m"), ("find", "--size", "large"),
    ("find", "--type", "x"), ("find", "--newer", "never"),
    ("prop", "take"), ("prop", "set"), ("prop", "get"),
    ("ls", "--json=maybe"), ("ls", "--user"),
])
def test_a_bad_value_is_a_usage_error_before_anything_is_sent(client, words):
    url = "http://127.0.0.1:1/x"  # where nobody answers
    words = (*words, url) if words[-1] != "--user" else (words[0], url,
                                                         words[1])
    done = client(*words)
    assert done.code == USAGE and done.err.startswith("tarry: ")


def test_a_percent_sign_that_encodes_nothing_is_one(client, serve):
    server = serve()
    (server.directory / "100%").write_text("all\n")
    (server.directory / "5%2f").write_text("five\n")
    assert client("cat", server.url + "/100%").out == "all\n"
    assert client("cat", server.url + "/100%25").out == "all\n"
    assert client("cat", server.url + "/5%252f").out == "five\n"
    assert client("mv", server.url + "/100%", "/99%").code == DONE
    assert (server.directory / "99%").exists()


def test_get_writes_no_file_that_is_called_like_standard_output(
        client, serve):
    done = client("get", serve().url + "/file.txt", "-")
    assert done.code == USAGE and "cat" in done.err
    assert list(client.work.iterdir()) == []


def test_a_password_in_a_url_is_refused(client):
    done = client("ls", "http://ann:secret@127.0.0.1:1/")
    assert done.code == USAGE
    assert client("ls", "http://ann@127.0.0.1:1/").code == NETWORK


def test_tokens_are_private(client, serve):
    url = serve().url
    assert client("lock", url + "/file.txt").code == DONE
    kept = client.home / ".local" / "state" / "tarry" / "locks"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert client("rm", url + "/file.txt").code == DONE


def test_a_lock_is_refreshed_while_a_command_runs(client, serve):
    server = serve()
    done = client("lock", "--seconds", "2", server.url + "/tree/", "--",
                  "sleep", "3")
    assert done.code == DONE
    assert server.access_log.read_text().count('"LOCK ') >= 2


# --- TLS ------------------------------------------------------------------------

def test_certificates_are_checked(client, tmp_path):
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=x",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, stderr=subprocess.DEVNULL)
    with Server("--tls-cert", certificate, "--tls-key", key) as server:
        url = server.url.replace("http:", "https:")
        done = client("ls", url + "/")
        assert done.code == NETWORK and "certificate" in done.err
        assert client("ls", "--insecure", url + "/").code == DONE
        mine = ("--ca-file", certificate)
        assert client("cp", *mine, url + "/tree", url + "/copy").code == DONE
        assert client("cat", *mine, url + "/file.txt").out == "hello\n"


# --- size -----------------------------------------------------------------------

RELEASE = ROOT / "build" / "release" / "src" / "tarry"


def memory_of(client, *words, text=None):
    """KiB at its largest, of the program as we ship it."""
    script = ("import resource, subprocess, sys\n"
              "code = subprocess.call(sys.argv[1:], "
              "stdout=subprocess.DEVNULL)\n"
              "print(code, resource.getrusage("
              "resource.RUSAGE_CHILDREN).ru_maxrss)")
    done = subprocess.run(
        ["/usr/bin/python3", "-c", script, str(RELEASE), *map(str, words)],
        env=client.environment, cwd=client.work, stdout=subprocess.PIPE,
        timeout=900, check=True)
    code, size = done.stdout.split()
    assert int(code) == DONE
    return int(size)


def test_a_listing_of_many_takes_little_memory(client, serve):
    url = serve(fill=many(100000), program=RELEASE).url
    assert memory_of(client, "ls", "-l", url + "/many") < 32 * 1024
    assert memory_of(client, "ls", "-R", "--json", url) < 32 * 1024
    assert memory_of(client, "find", "-name", "*9", url) < 32 * 1024


class Sink(Origin):
    """Takes any content, and keeps its size alone."""

    def __init__(self):
        self.size = 0
        super().__init__(PUT=self.put, PROPPATCH=self.refuse,
                         PROPFIND=self.tell)

    def refuse(self, o):
        o.send(response(403))

    def put(self, o):
        room = memoryview(bytearray(1 << 20))
        self.size = 0
        while self.size < int(o.fields["content-length"]):
            self.size += o.peer.recv_into(room)
        o.send(response(201))

    def tell(self, o):
        body = FILE.replace(b">3<", b">%d<" % self.size) % o.path.encode()
        o.send(response(207, body))


def test_an_upload_of_10_gib_streams(client):
    size = 10 << 30
    with open(client.work / "sparse", "wb") as file:
        file.truncate(size)
    sink = Sink()
    try:
        used = memory_of(client, "put", "-q", "sparse", sink.url + "/a")
    finally:
        sink.close()
    assert sink.size == size
    assert used < 32 * 1024


# --- what is made of the table -----------------------------------------------------

def commands(client):
    text = client("completions", "bash").lines()[0]
    return text.split("'")[1].split()


def test_every_command_helps_and_refuses(client):
    for name in commands(client):
        done = client(name, "--help")
        assert done.code == DONE and done.out.startswith("usage: tarry ")
        assert client(name, "--no-such-option").code == USAGE
    assert client("ls").code == USAGE
    assert client("cp", "http://127.0.0.1:1/").code == USAGE


@pytest.mark.parametrize("name", [
    "ls", "cat", "get", "put", "cp", "mv", "rm", "mkdir", "find", "prop",
    "lock", "watch"])
def test_manual_pages_tell_every_option(client, name):
    page = client("manual", name).out.replace("\\", "")
    for option in re.findall(r"--[a-z-]+", client(name, "--help").out):
        assert option in page
    if shutil.which("mandoc"):
        done = subprocess.run(
            ["mandoc", "-Tlint", "-Wwarning"], stdout=subprocess.PIPE,
            input=client("manual", name).out.encode())
        assert (done.returncode, done.stdout.decode()) == (0, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_well_formed(client, shell):
    done = client("completions", shell)
    assert done.code == DONE and "mkdir" in done.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.out.encode(), check=True)


def test_the_example_of_the_library(client, serve):
    url = serve().url
    built = ROOT / "build" / "release" / "src" / "client"
    subprocess.run(
        ["cc", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
         "-I", str(ROOT / "src" / "client"),
         str(ROOT / "examples" / "copy.c"), "-L", str(built), "-ltarry",
         "-o", str(client.work / "copy")], check=True)
    environment = dict(client.environment, LD_LIBRARY_PATH=str(built))
    done = subprocess.run(
        [str(client.work / "copy"), url + "/tree/", url + "/copy/"],
        env=environment, stderr=subprocess.PIPE)
    assert done.returncode == DONE
    assert len(client("ls", url + "/copy").lines()) == 30
