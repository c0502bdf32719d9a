"""Random requests on so few names that they collide all the time."""

import collections

from model import overlaps, parent_of
from wire import HEAD, PARTS, SPACE

LockBody = collections.namedtuple("LockBody", "shared infinite")

NAMES = ("/a", "/b", "/c", "/a/x", "/b/x", "/a/x/y")
PROPS = ("p0", "p1")
DEAD_TOKEN = "urn:uuid:00000000-0000-4000-8000-000000000000"
DEAD_TAG = '"dead"'
WEIGHTS = {"PUT": 18, "MKCOL": 16, "COPY": 16, "MOVE": 15, "DELETE": 8,
           "LOCK": 10, "UNLOCK": 8, "PROPPATCH": 8, "GET": 6, "PROPFIND": 5}
TREE_METHODS = ("COPY", "MOVE", "DELETE")
CONTENT_SIZE = 9


class Memory:
    """What the clients of one server have learned of it, together."""

    def __init__(self):
        self.tokens = []  # of locks that may stand
        self.roots = {}   # token -> the path that was locked
        self.tags = {}    # path -> the entity tag last told
        self.issued = {}  # entity tag -> the content that it is of
        self.twins = []   # entity tags told of two contents
        self.count = 0    # of contents made

    def content(self):
        self.count += 1
        return b"%0*d" % (CONTENT_SIZE, self.count)


class Request:
    def __init__(self, method, path, **more):
        self.method, self.path = method, path
        self.destination = self.depth = self.overwrite = None
        self.if_lists = []  # of (tag or None, [(negated, kind, value)])
        self.if_match = self.if_none_match = None
        self.lock = None    # LockBody; None: refresh
        self.token = None   # to unlock
        self.props, self.protected = [], False
        self.body = self.key = self.memory = None
        self.parts = PARTS  # of a PROPFIND: what is minded
        self.__dict__.update(more)

    def _conditions(self):
        return [condition for _, conditions in self.if_lists
                for condition in conditions]

    def submitted(self):
        return {value for _, kind, value in self._conditions()
                if kind == "token"}

    def asserted(self):
        return {value for negated, kind, value in self._conditions()
                if kind == "token" and not negated}

    def fingerprint(self):
        """What makes two requests the same one, without a key."""
        return (self.method, self.path, self.destination,
                self.depth or "infinity", self.overwrite or "T",
                self._if_text(), self.if_match, self.if_none_match)

    def _if_text(self):
        lists = []
        for tag, conditions in self.if_lists:
            words = [("Not " if negated else "")
                     + ("<%s>" if kind == "token" else "[%s]") % value
                     for negated, kind, value in conditions]
            lists.append("%s(%s)" % ("<%s> " % tag if tag else "",
                                     " ".join(words)))
        return " ".join(lists)

    def fields(self):
        yield "Depth", self.depth
        yield "Overwrite", self.overwrite
        yield "Destination", self.destination
        yield "If", self._if_text() or None
        yield "If-Match", self.if_match
        yield "If-None-Match", self.if_none_match
        yield "Lock-Token", "<%s>" % self.token if self.token else None
        yield "Idempotency-Key", '"%s"' % self.key if self.key else None

    def content(self):
        if self.method == "LOCK" and self.lock:
            return (HEAD + '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:%s/>'
                    '</D:lockscope><D:locktype><D:write/></D:locktype>'
                    '</D:lockinfo>' % ("shared" if self.lock.shared
                                       else "exclusive")).encode()
        if self.method == "PROPFIND":
            return (HEAD + '<D:propfind xmlns:D="DAV:"><D:prop>'
                    '<D:resourcetype/><D:lockdiscovery/>%s</D:prop>'
                    '</D:propfind>' % "".join(
                        '<%s xmlns="%s"/>' % (name, SPACE)
                        for name in PROPS)).encode()
        if self.method == "PROPPATCH":
            return (HEAD + '<D:propertyupdate xmlns:D="DAV:">%s%s'
                    '</D:propertyupdate>' % (
                        "".join(self._update(*prop) for prop in self.props),
                        "<D:set><D:prop><D:getetag>x</D:getetag></D:prop>"
                        "</D:set>" * self.protected)).encode()
        return self.body or b""

    @staticmethod
    def _update(name, value):
        if value is None:
            return ('<D:remove><D:prop><%s xmlns="%s"/></D:prop></D:remove>'
                    % (name, SPACE))
        return ('<D:set><D:prop><%s xmlns="%s">%s</%s></D:prop></D:set>'
                % (name, SPACE, value, name))

    def octets(self, address):
        content = self.content()
        lines = ["%s %s HTTP/1.1" % (self.method, self.path),
                 "Host: " + address]
        lines += ["%s: %s" % (name, value) for name, value in self.fields()
                  if value is not None]
        if content or self.method == "PUT":
            lines.append("Content-Length: %d" % len(content))
        return "\r\n".join(lines + ["", ""]).encode() + content

    def learn(self, answer):
        memory = self.memory
        if memory is None:
            return
        if self.method == "LOCK" and answer.lock_token:
            memory.tokens.append(answer.lock_token)
            memory.roots[answer.lock_token] = self.path
        elif self.method == "UNLOCK" and answer.status == 204:
            if self.token in memory.tokens:
                memory.tokens.remove(self.token)
        elif self.method == "PUT" and answer.tag:
            if answer.tag in memory.issued:
                memory.twins.append(answer.tag)
            memory.tags[self.path] = answer.tag
            memory.issued[answer.tag] = self.body

    def __str__(self):
        words = ["%s %s" % (self.method, self.path)]
        if self.parts != PARTS:
            words[0] += " (its %s)" % ", ".join(self.parts)
        words += ["%s: %s" % (name, value) for name, value in self.fields()
                  if value is not None]
        if self.body:
            words.append("content %s" % self.body.decode())
        if self.lock:
            words.append("a new lock, " + ("shared" if self.lock.shared
                                           else "exclusive"))
        words += ["remove %s" % name if value is None else
                  "set %s=%s" % (name, value) for name, value in self.props]
        if self.protected:
            words.append("set DAV:getetag")
        return "; ".join(words)


class Draw:
    """An endless source of requests; it uses up its random numbers alike
    whatever the server answers.  state: what was there a while ago, so that
    there is something to be done."""

    def __init__(self, rng, memory, state, has_keys=True):
        self.rng, self.memory, self.state = rng, memory, state
        self.has_keys = has_keys

    def _pick(self, items, default):
        at = self.rng.random()
        return items[int(at * len(items))] if items else default

    def _path(self, likely):
        """Often one of the likely."""
        chance, name = self.rng.random(), self.rng.choice(NAMES)
        path = self._pick(likely, name)
        if chance < 0.02:
            return "/"
        return path if chance < 0.7 else name

    def _place(self, method):
        there = [path for path in NAMES if path in self.state.nodes]
        free = [path for path in NAMES if path not in self.state.nodes
                and self.state.is_collection(parent_of(path))]
        return self._path(free if method == "MKCOL" else
                          there + free if method == "PUT" else there)

    def _destination(self, source):
        return self._path([path for path in NAMES
                           if not overlaps(path, source)
                           and self.state.is_collection(parent_of(path))])

    def _if_lists(self, path):
        kind, tag = self.rng.random(), self.rng.random() < 0.25
        token = self._pick(self.memory.tokens[-4:], DEAD_TOKEN)
        all_tokens = self.memory.tokens[-6:] or [DEAD_TOKEN]
        where = self.rng.choice(NAMES) if tag else None
        entity = self.memory.tags.get(path, DEAD_TAG)
        no_lock = [(None if where is None else path,
                    [(True, "token", "DAV:no-lock")])]
        if kind < 0.50:
            return []
        if kind < 0.72:  # hold them all, and go on in any case
            return [(where, [(False, "token", it)])
                    for it in all_tokens] + no_lock
        if kind < 0.88:
            return [(where, [(False, "token", token)])]
        if kind < 0.91:
            return [(where, [(True, "token", token)])]
        if kind < 0.94:
            return [(where, [(False, "token", token),
                             (False, "tag", DEAD_TAG)])]
        if kind < 0.97:
            return [(where, [(False, "tag", entity)])]
        return [(where, [(True, "tag", entity),
                         (False, "token", token)])] + no_lock

    def _condition(self, request):
        kind = self.rng.random()
        tag = self.memory.tags.get(request.path, DEAD_TAG)
        if kind < 0.03:
            request.if_match = "*"
        elif kind < 0.07:
            request.if_match = tag
        elif kind < 0.10:
            request.if_none_match = "*"
        elif kind < 0.12 and request.method != "GET":
            request.if_none_match = tag

    def __call__(self):
        rng = self.rng
        method = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        path = self._place(method)
        token = self._pick(self.memory.tokens, DEAD_TOKEN)
        if method == "UNLOCK" and rng.random() < 0.7:
            path = self.memory.roots.get(token, path)
        request = Request(method, path, memory=self.memory)
        request.if_lists = self._if_lists(request.path)
        if method in ("GET", "PROPFIND"):
            request.if_lists = []
            request.depth = "0" if method == "PROPFIND" else None
            return request
        self._condition(request)
        key, depth, chance = rng.getrandbits(64), rng.random(), rng.random()
        if method in TREE_METHODS:
            request.key = "%016x" % key if self.has_keys else None
        if method in TREE_METHODS + ("LOCK",):
            request.depth = ("infinity" if depth < 0.3 else
                             "0" if depth < 0.5 else None)
        if method == "PUT":
            request.body = self.memory.content()
        elif method in ("COPY", "MOVE"):
            request.destination = self._destination(path)
            request.overwrite = ("F" if chance < 0.25 else
                                 "T" if chance < 0.4 else None)
        elif method == "MKCOL" and chance < 0.03:
            request.body = b"something"
        elif method == "LOCK" and chance < 0.85:
            request.lock = LockBody(rng.random() < 0.6, depth >= 0.5
                                    or depth < 0.3)
        elif method == "UNLOCK":
            request.token = token
        elif method == "PROPPATCH":
            self._change_props(request)
        return request

    def _change_props(self, request):
        rng = self.rng
        for name in PROPS:
            if rng.random() < 0.7:
                value = "v%d" % rng.randrange(1000)
                remove = rng.random() < 0.25
                request.props.append((name, None if remove else value))
        request.protected = rng.random() < 0.1 or not request.props
