"""Requests and answers as octets, over connections of one thread: so what was
sent before what is told by counting."""

import selectors
import socket
import time
import xml.etree.ElementTree as ET

from model import EMPTY, Lock

DAV = "{DAV:}"
SPACE = "urn:model"
PARTS = ("kind", "props", "locks")  # of what a PROPFIND says
ANSWER_S = 60
HEAD = '<?xml version="1.0" encoding="utf-8"?>'


class Silence(Exception):
    """The server did not answer, or not in HTTP."""


def path_of(href):
    return href.rstrip("/") or "/"


def status_of(element):
    return int(element.findtext(DAV + "status").split()[1])


def read_locks(discovery):
    locks = {}
    for active in discovery.iterfind(DAV + "activelock"):
        token = active.findtext("%slocktoken/%shref" % (DAV, DAV))
        root = active.findtext("%slockroot/%shref" % (DAV, DAV))
        scope = active.find(DAV + "lockscope")
        locks[token] = Lock(path_of(root),
                            scope.find(DAV + "shared") is not None,
                            active.findtext(DAV + "depth") == "infinity")
    return locks


class Resource:
    """What a PROPFIND says of one."""

    def __init__(self, response):
        self.is_collection, self.props, self.locks = False, {}, {}
        for stat in response.iterfind(DAV + "propstat"):
            if status_of(stat) != 200:
                continue
            for prop in stat.find(DAV + "prop"):
                if prop.tag == DAV + "resourcetype":
                    self.is_collection = prop.find(
                        DAV + "collection") is not None
                elif prop.tag == DAV + "lockdiscovery":
                    self.locks = read_locks(prop)
                else:
                    self.props[prop.tag.partition("}")[2]] = prop.text

    def shows(self, state, path, parts=PARTS):
        node = state.nodes.get(path, EMPTY)
        right = {"kind": self.is_collection == (node.content is None),
                 "props": self.props == dict(node.props),
                 "locks": self.locks == {token: state.locks[token]
                                         for token in state.covering(path)}}
        return all(right[part] for part in parts)

    def __str__(self):
        return "%s %s %s" % ("a collection" if self.is_collection
                             else "a file", self.props, self.locks)


class Answer:
    def __init__(self, status, fields=None, body=b""):
        self.status, self.fields, self.body = status, fields or {}, body
        self._xml = None

    @property
    def tag(self):
        return self.fields.get("etag")

    @property
    def lock_token(self):
        return self.fields.get("lock-token", "").strip("<>")

    def xml(self):
        if self._xml is None:
            self._xml = ET.fromstring(self.body)
        return self._xml

    def member_statuses(self):
        return frozenset(
            (path_of(response.findtext(DAV + "href")), status_of(response))
            for response in self.xml().iterfind(DAV + "response")
            if response.find(DAV + "status") is not None)

    def prop_statuses(self):
        """path -> property -> status."""
        return {path_of(response.findtext(DAV + "href")): {
            prop.tag.partition("}")[2]: status_of(stat)
            for stat in response.iterfind(DAV + "propstat")
            for prop in stat.find(DAV + "prop")}
            for response in self.xml().iterfind(DAV + "response")}

    def locks(self):
        return read_locks(self.xml().find(DAV + "lockdiscovery"))

    def resources(self):
        return {path_of(response.findtext(DAV + "href")): Resource(response)
                for response in self.xml().iterfind(DAV + "response")}

    def __str__(self):
        words = str(self.status)
        if self.lock_token:
            words += " " + self.lock_token
        if self.tag:
            words += " " + self.tag
        if self.body:
            text = self.body.decode(errors="replace").replace("\n", "")
            words += " " + text.replace(HEAD, "")
        return words


class Connection:
    """One request at a time."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.address = address
        self.socket = socket.create_connection((host, int(port)), ANSWER_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.octets = b""

    def close(self):
        self.socket.close()

    def send(self, request):
        self.socket.sendall(request.octets(self.address))

    def receive(self):
        """Reads what has come: an Answer, or None if it is not whole."""
        try:
            more = self.socket.recv(1 << 16)
        except socket.timeout:
            raise Silence("no answer within %d s" % ANSWER_S)
        if not more:
            raise Silence("the connection was closed after %r" % self.octets)
        self.octets += more
        return self._cut()

    def ask(self, request):
        self.send(request)
        while True:
            answer = self.receive()
            if answer is not None:
                return answer

    def _cut(self):
        while True:
            head, end, rest = self.octets.partition(b"\r\n\r\n")
            if not end:
                return None
            lines = head.decode("latin-1").split("\r\n")
            status = int(lines[0].split()[1])
            if status >= 200:
                break
            self.octets = rest
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        if fields.get("transfer-encoding") == "chunked":
            body, rest = self._dechunk(rest)
        else:
            size = int(fields.get("content-length", 0))
            body, rest = (None, rest) if len(rest) < size else (
                rest[:size], rest[size:])
        if body is None:
            return None
        self.octets = rest
        return Answer(status, fields, body)

    @staticmethod
    def _dechunk(rest):
        body = b""
        while True:
            line, end, rest = rest.partition(b"\r\n")
            if not end:
                return None, b""
            size = int(line.partition(b";")[0], 16)
            if len(rest) < size + 2:
                return None, b""
            body, rest = body + rest[:size], rest[size + 2:]
            if size == 0:
                return body, rest


class Event:
    """A request, its answer, and when: counted, not measured."""

    def __init__(self, connection, request, sent):
        self.connection, self.request = connection, request
        self.answer = None
        self.sent, self.got = sent, None

    def runs_with(self, other):
        return self.sent < other.got and other.sent < self.got

    def __str__(self):
        return "connection %d, %2d to %2d: %s\n      -> %s" % (
            self.connection, self.sent, self.got, self.request, self.answer)


def play(connections, next_request):
    """Sends what next_request(index) gives until it gives None, on all
    connections at once: the events in the order in which they were sent."""
    selector = selectors.DefaultSelector()
    running, events, clock = {}, [], 0

    def send_next(index):
        nonlocal clock
        request = next_request(index)
        if request is None:
            selector.unregister(connections[index].socket)
            return
        clock += 1
        event = Event(index, request, clock)
        connections[index].send(request)
        running[index] = event
        events.append(event)

    for index, connection in enumerate(connections):
        selector.register(connection.socket, selectors.EVENT_READ, index)
    for index in range(len(connections)):
        send_next(index)
    end = time.monotonic() + ANSWER_S
    with selector:
        while running:
            ready = selector.select(end - time.monotonic())
            if not ready:
                raise Silence("no answer within %d s to\n%s" % (
                    ANSWER_S, "\n".join(str(event.request)
                                        for event in running.values())))
            got = []
            for key, _ in ready:
                answer = connections[key.data].receive()
                if answer is None:
                    continue
                clock += 1
                event = running.pop(key.data)
                event.answer, event.got = answer, clock
                event.request.learn(answer)
                got.append(key.data)
                end = time.monotonic() + ANSWER_S
            for index in got:
                send_next(index)
    return events
