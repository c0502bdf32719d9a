"""All that there is, as text: what clients are told, what lies on the disk,
and what the database has; and whether the server has cleared up."""

import contextlib
import http.client
import json
import os
import sqlite3
import time
import xml.etree.ElementTree as ET

DAV = "{DAV:}"
KEPT = (DAV + "getcontentlanguage",)  # as dead properties are
STATE, STAGE_PREFIX = ".tarry", ".tarry-stage-"
QUIET_S, POLL_S = 90, 0.004
ALLPROP = '<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'


class Wrong(Exception):
    """Something that may not be."""


def ask(address, request):
    """The final status, the fields and the body; None if there is none."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request(request[0], request[1], request[3],
                           dict(request[2]))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def play(address, requests):
    """One after another, as long as all goes well: the last answer; None:
    there is none.  {upload} is the Location that one of them was answered."""
    place = ""
    for method, path, fields, body in requests:
        answer = ask(address, (method, path.replace("{upload}", place),
                               fields, body))
        if answer is None or answer[0] not in (201, 204):
            break
        place = answer[1].get("Location", place)
    return answer


def _demand(address, request, status):
    answer = ask(address, request)
    if answer is None or answer[0] != status:
        raise Wrong("%s %s: %s" % (request[0], request[1], answer))
    return answer[2]


class View:
    """Resources, properties and locks, as seen from one side."""

    def __init__(self):
        self.content = {}   # path -> octets; None: a collection
        self.props = {}     # (path, name) -> value
        self.locks = set()  # (path, token, is_infinite)

    def lines(self):
        for path, content in self.content.items():
            yield "%s %s" % (path, "collection" if content is None
                             else content)
        for (path, name), value in self.props.items():
            yield "%s %s=%s" % (path, name, value)
        for lock in self.locks:
            yield "%s lock %s, infinite: %d" % lock


def _told_of(view, address, response):
    path = response.findtext(DAV + "href")
    prop = response.find("%spropstat/%sprop" % (DAV, DAV))
    content = None
    if prop.find("%sresourcetype/%scollection" % (DAV, DAV)) is None:
        content = _demand(address, ("GET", path, (), None), 200)
    path = path.rstrip("/")
    view.content[path] = content
    for dead in prop:
        if not dead.tag.startswith(DAV) or dead.tag in KEPT:
            view.props[path, dead.tag] = dead.text
    for lock in prop.iter(DAV + "activelock"):
        root = lock.findtext("%slockroot/%shref" % (DAV, DAV))
        view.locks.add((root.rstrip("/"),
                        lock.findtext("%slocktoken/%shref" % (DAV, DAV)),
                        lock.findtext(DAV + "depth") == "infinity"))


def _told(address):
    view = View()
    body = _demand(address, ("PROPFIND", "/", (("Depth", "infinity"),),
                             ALLPROP), 207)
    for response in ET.fromstring(body):
        _told_of(view, address, response)
    return view


def _on_disk(top):
    """The content alone."""
    view = View()
    for folder, folders, files in os.walk(top):
        if folder == str(top):
            folders.remove(STATE)
        view.content[folder[len(str(top)):]] = None
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                view.content[path[len(str(top)):]] = file.read()
    return view


@contextlib.contextmanager
def _database(top):
    name = "file:%s/meta.db?mode=ro" % (top / STATE)
    with contextlib.closing(sqlite3.connect(name, uri=True)) as database:
        yield database


def _in_database(top):
    """Properties and locks, and the locks' times."""
    view, seconds = View(), []
    with _database(top) as database:
        for *words, xml in database.execute(
                "SELECT parent, name, space, local, xml FROM prop"):
            parent, name, space, local = (word.decode() for word in words)
            path = "%s/%s" % (parent.rstrip("/"), name)
            view.props[path, "{%s}%s" % (space, local)] = (
                ET.fromstring(xml).text)
        for token, path, is_infinite, timeout_s in database.execute(
                "SELECT token, path, is_infinite, timeout_s FROM lock"):
            view.locks.add((path.decode(), token.decode(), bool(is_infinite)))
            seconds.append("%s for %d s" % (path.decode(), timeout_s))
    return view, seconds


def _debris(top):
    """Names and entries that are to go."""
    for part in ("stage", "trash"):
        yield from os.listdir(top / STATE / part)
    for folder, folders, files in os.walk(top):
        if folder == str(top):
            folders.remove(STATE)
        yield from (name for name in folders + files
                    if name.startswith(STAGE_PREFIX))
    with _database(top) as database:
        yield from map(str, database.execute("SELECT * FROM journal"))


def ends(address):
    """How the operations are said to have ended: (state, status)."""
    body = _demand(address, ("GET", "/.tarry/ops/", (), None), 200)
    return [(operation["state"], operation.get("status"))
            for operation in json.loads(body)["operations"]]


def wait_quiet(server):
    """Until nothing is left to clear up; False: it died before."""
    end = time.monotonic() + QUIET_S
    while server.process.poll() is None:
        try:
            debris = sorted(_debris(server.directory))
        except FileNotFoundError:
            continue  # it went while we looked
        if not debris:
            return server.process.poll() is None
        if time.monotonic() > end:
            raise Wrong("debris: %s" % debris)
        time.sleep(POLL_S)
    return False


def describe(server, tokens):
    """tokens: those of the template's locks; any other is a new one."""
    told, disk = _told(server.address), _on_disk(server.directory)
    kept, seconds = _in_database(server.directory)
    disk.props, disk.locks = kept.props, kept.locks
    if vars(told) != vars(disk):
        raise Wrong("told and kept differ:\n" + "\n".join(sorted(
            {*told.lines()} ^ {*disk.lines()})))
    told.locks = {(path, token if token in tokens else "new", is_infinite)
                  for path, token, is_infinite in told.locks}
    return "\n".join(sorted([*told.lines(), *seconds]))
