"""What is measured.  Each workload checks that the work was really done; it
returns its figures, or raises Refused if the server does not do it at all."""

import json
import os
import re
import select
import socket
import statistics
import subprocess
import threading
import time

import data
from data import DATA
from peer import HERE, Connection

IDLE_COUNT = 10000
PACED_COUNT, PACED_GAP_S = 32, 0.04
SLOW_S = 60
XML = {"Content-Type": 'application/xml; charset="utf-8"'}
SET = (b'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>'
       b'<Z:n xmlns:Z="urn:bench">zero</Z:n></D:prop></D:set>'
       b'</D:propertyupdate>')
ASK = (b'<D:propfind xmlns:D="DAV:"><D:prop><Z:n xmlns:Z="urn:bench"/>'
       b'</D:prop></D:propfind>')
LOCK = (b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
        b'<D:locktype><D:write/></D:locktype></D:lockinfo>')


class Refused(Exception):
    """The server answers that it does not do this."""


def need(condition, words):
    if not condition:
        raise RuntimeError(words)


def accept(status, *good):
    if status not in good:
        raise Refused("status %d" % status)


def wrk(script, peer, connections, threads, seconds, path="/"):
    """Its report as a dictionary; see lua/common.lua."""
    cpu_s = peer.cpu_s()
    done = subprocess.run(
        ["wrk", "-t%d" % threads, "-c%d" % connections, "-d%ds" % seconds,
         "--timeout", "20s", "-s", "%s/lua/%s.lua" % (HERE, script),
         peer.url + path],
        env=dict(os.environ, BENCH_LUA=HERE + "/lua"), timeout=seconds + 90,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = done.stdout.decode(errors="replace")
    found = re.search(r"^JSON (\{.*\})$", said, re.M)
    need(found, "wrk: " + said[-300:])
    report = json.loads(found.group(1))
    report["cpu_s"] = peer.cpu_s() - cpu_s
    need(report["requests"] > 0, "no requests")
    return report


def rates(report, count):
    return dict(
        per_s=count / (report["us"] / 1e6), p50_ms=report["p50_us"] / 1e3,
        p99_ms=report["p99_us"] / 1e3,
        cpu_us=report["cpu_s"] / report["requests"] * 1e6)


def get_1k(peer, seconds):
    want = data.read(DATA + "/small/1k.bin")
    with Connection(peer) as connection:
        status, _, body = connection.request("GET", "/small/1k.bin")
        need(status == 200 and body == want, "wrong answer to GET")
    report = wrk("get", peer, 64, 2, seconds, "/small/1k.bin")
    need(report["status_err"] == 0, "%d bad answers" % report["status_err"])
    return rates(report, report["requests"])


def put_1k(peer, seconds):
    report = wrk("put", peer, data.CLIENTS, 2, seconds)
    need(report["status_err"] == 0, "%d bad answers" % report["status_err"])
    time.sleep(0.3)
    paths = [entry.path for entry in os.scandir(DATA + "/put")
             if entry.stat().st_size == 1024]
    need(report["requests"] <= len(paths) <= report["requests"] + 64,
         "%d files for %d requests" % (len(paths), report["requests"]))
    need(data.read(paths[0]) == b"x" * 1024, "wrong content")
    return rates(report, report["requests"])


def responses(body):
    return len(re.findall(rb"</(?:\w+:)?response>", body))


def propfind_1(peer, _):
    times, first = [], []
    with Connection(peer) as connection:
        peer.reset_peak()
        idle_mib = peer.memory_mib("VmRSS")
        for _ in range(6):
            status, _, body = connection.request("PROPFIND", "/flat/",
                                                 {"Depth": "1"})
            accept(status, 207)
            need(responses(body) == data.FOLDER_COUNT + 1, "incomplete")
            times.append(connection.total_s * 1e3)
            first.append(connection.first_s * 1e3)
            if sum(times) > 20e3:
                break
    return dict(ms=statistics.median(times), first_ms=statistics.median(first),
                rise_mib=peer.memory_mib("VmHWM") - idle_mib)


def propfind_inf(peer, _):
    want = data.DEEP_FOLDERS * (data.DEEP_FILES + 1) + 1
    with Connection(peer) as connection:
        peer.reset_peak()
        idle_mib, cpu_s = peer.memory_mib("VmRSS"), peer.cpu_s()
        status, _, body = connection.request("PROPFIND", "/deep/",
                                             {"Depth": "infinity"})
        accept(status, 207)
        if responses(body) != want:
            raise Refused("INCOMPLETE: 207 with %d of %d responses" % (
                responses(body), want))
        return dict(s=connection.total_s, first_ms=connection.first_s * 1e3,
                    cpu_s=peer.cpu_s() - cpu_s,
                    rise_mib=peer.memory_mib("VmHWM") - idle_mib)


def pair_rates(report):
    """Of those that succeeded; most must."""
    need(report["ok"] > report["bad"], "%d of %d failed: %s" % (
        report["bad"], report["requests"], report["bad_status"]))
    return rates(report, report["ok"])


def property_value(peer):
    with Connection(peer) as connection:
        _, _, body = connection.request("PROPFIND", "/prop/f0.txt",
                                        dict(XML, Depth="0"), ASK)
    found = re.search(rb">(zero|v\d+)</", body)
    return found and found.group(1).decode()


def proppatch(peer, seconds):
    with Connection(peer) as connection:
        status, _, _ = connection.request("PROPPATCH", "/prop/f0.txt", XML,
                                          SET)
    accept(status, 200, 204, 207)
    if property_value(peer) != "zero":
        raise Refused("claims success, but the property is not there")
    figures = pair_rates(wrk("proppatch", peer, data.CLIENTS, data.CLIENTS,
                             seconds))
    need(property_value(peer).startswith("v"), "the property is not there")
    return figures


def lock_unlock(peer, seconds):
    with Connection(peer) as connection:
        status, fields, _ = connection.request(
            "LOCK", "/lock/f0.txt", dict(XML, Depth="0"), LOCK)
        accept(status, 200, 201)
    with Connection(peer) as connection:
        status, _, _ = connection.request(
            "UNLOCK", "/lock/f0.txt",
            {"Lock-Token": fields.get("lock-token", "")})
        need(status in (200, 204), "UNLOCK: status %d" % status)
    return pair_rates(wrk("lock", peer, data.CLIENTS, data.CLIENTS, seconds))


def tree_request(peer, method, source, destination=None):
    os.sync()
    fields = {} if method == "DELETE" else {"Depth": "infinity"}
    if destination:
        fields["Destination"] = peer.url + destination
    with Connection(peer) as connection:
        cpu_s = peer.cpu_s()
        status, _, body = connection.request(method, source, fields)
        if status >= 400:
            raise Refused("status %d" % status)
        need(status in (200, 201, 204), "status %d, %s" % (status, body[:200]))
        return dict(ms=connection.total_s * 1e3, cpu_s=peer.cpu_s() - cpu_s,
                    interim=connection.interim_count)


def hard_links(top):
    return sum(file.stat().st_nlink > 1 for folder in os.scandir(top)
               if folder.is_dir() for file in os.scandir(folder.path))


def check_tree(top):
    words = data.tree_error(top)
    need(words is None, words)


def copy_tree(peer, _):
    figures = tree_request(peer, "COPY", "/tree/", "/tree-copy/")
    check_tree(DATA + "/tree-copy")
    return dict(figures, hard_links=hard_links(DATA + "/tree-copy"))


def move_tree(peer, _):
    figures = tree_request(peer, "MOVE", "/tree-copy/", "/tree-moved/")
    check_tree(DATA + "/tree-moved")
    need(not os.path.exists(DATA + "/tree-copy"), "the source is still there")
    return figures


def delete_tree(peer, _):
    figures = tree_request(peer, "DELETE", "/tree-copy/")
    need(not os.path.exists(DATA + "/tree-copy"), "it is still there")
    return figures


class Getter:
    """Small GETs on one socket, with little cost to the client."""

    def __init__(self, peer):
        self.request = (b"GET /small/1k.bin HTTP/1.1\r\nHost: %s\r\n\r\n"
                        % peer.address.encode())
        self.want = data.read(DATA + "/small/1k.bin")

    def is_complete(self, octets):
        return self.want in octets and octets.endswith(
            (self.want, b"\r\n0\r\n\r\n"))

    def get(self, s):
        s.sendall(self.request)
        octets = b""
        while not self.is_complete(octets):
            piece = s.recv(65536)
            need(piece, "closed by the server")
            octets += piece


def open_socket(peer):
    s = socket.create_connection(("127.0.0.1", peer.port), timeout=10)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def idle_conns(peer, _):
    """Each connection is used once before and once after."""
    getter, sockets = Getter(peer), []
    try:
        for _ in range(64):
            with open_socket(peer) as s:
                getter.get(s)
        time.sleep(0.2)
        before_mib, begin = peer.memory_mib("Pss"), time.perf_counter()
        for i in range(IDLE_COUNT):
            sockets.append(open_socket(peer))
            getter.get(sockets[-1])
            need(time.perf_counter() - begin < SLOW_S,
                 "only %d connections in %d s" % (i, SLOW_S))
        time.sleep(0.5)
        rise_mib = peer.memory_mib("Pss") - before_mib
        begin = time.perf_counter()
        for i, s in enumerate(sockets):
            getter.get(s)
            need(time.perf_counter() - begin < SLOW_S,
                 "%.1f KiB each, but only %d of %d answered again in %d s" % (
                     rise_mib * 1024 / IDLE_COUNT, i, IDLE_COUNT, SLOW_S))
        return dict(kib=rise_mib * 1024 / IDLE_COUNT, rise_mib=rise_mib)
    finally:
        for s in sockets:
            s.close()


class Paced:
    """A connection that starts a GET at each of its times; what is late
    because the one before is not answered yet, counts from its time."""

    def __init__(self, peer, getter, first_s):
        self.socket, self.getter = open_socket(peer), getter
        self.socket.setblocking(False)
        self.due_s, self.asked_s, self.octets = first_s, None, b""
        self.latencies = []

    def ask(self, now_s):
        if self.asked_s is None and self.due_s <= now_s:
            self.asked_s = self.due_s
            self.due_s += PACED_GAP_S
            self.socket.send(self.getter.request)

    def take(self):
        piece = self.socket.recv(65536)
        need(piece, "closed by the server")
        self.octets += piece
        if self.getter.is_complete(self.octets):
            self.latencies.append(time.perf_counter() - self.asked_s)
            self.asked_s, self.octets = None, b""


def paced_gets(peer, is_over):
    """The latencies in ms of GETs started on a schedule until is_over()."""
    getter, begin = Getter(peer), time.perf_counter() + 0.05
    all_paced = [Paced(peer, getter, begin + i * PACED_GAP_S / PACED_COUNT)
                 for i in range(PACED_COUNT)]
    by_fd = {paced.socket.fileno(): paced for paced in all_paced}
    poll = select.epoll()
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    while not is_over():
        now_s = time.perf_counter()
        for paced in all_paced:
            paced.ask(now_s)
        next_s = min([p.due_s for p in all_paced if p.asked_s is None],
                     default=now_s + 0.01)
        wait_s = min(0.01, max(0, next_s - time.perf_counter()))
        for fd, _ in poll.poll(wait_s):
            by_fd[fd].take()
    end_s, latencies = time.perf_counter(), []
    for paced in all_paced:
        latencies += paced.latencies
        if paced.asked_s is not None:  # As long as this at least.
            latencies.append(end_s - paced.asked_s)
        while paced.due_s < end_s:
            latencies.append(end_s - paced.due_s)
            paced.due_s += PACED_GAP_S
        paced.socket.close()
    return sorted(1e3 * latency for latency in latencies)


def percentile(sorted_values, percent):
    return sorted_values[min(len(sorted_values) - 1,
                             len(sorted_values) * percent // 100)]


def latency_under_copy(peer, seconds):
    end_s = time.perf_counter() + seconds
    calm = paced_gets(peer, lambda: time.perf_counter() > end_s)
    outcome = {}

    def copy():
        try:
            outcome.update(tree_request(peer, "COPY", "/tree/", "/tree-copy/"))
        except Exception as error:
            outcome["error"] = error

    thread = threading.Thread(target=copy)
    thread.start()
    latencies = paced_gets(peer, lambda: not thread.is_alive())
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    check_tree(DATA + "/tree-copy")
    return dict(p99_ms=percentile(latencies, 99), max_ms=latencies[-1],
                calm_p99_ms=percentile(calm, 99), count=len(latencies),
                copy_ms=outcome["ms"])


# Name: the function, its main figure, and whether more of it is better.
WORKLOADS = {
    "copy-tree": (copy_tree, "ms", False),
    "delete-tree": (delete_tree, "ms", False),
    "move-tree": (move_tree, "ms", False),
    "propfind-inf": (propfind_inf, "s", False),
    "propfind-1": (propfind_1, "ms", False),
    "idle-conns": (idle_conns, "kib", False),
    "get-1k": (get_1k, "per_s", True),
    "put-1k": (put_1k, "per_s", True),
    "latency-under-copy": (latency_under_copy, "p99_ms", False),
    "proppatch": (proppatch, "per_s", True),
    "lock-unlock": (lock_unlock, "per_s", True),
}
NEEDS_COPY = ("move-tree", "delete-tree")  # made before the server starts
