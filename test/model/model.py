"""What RFC 4918 says of a tree of files, with their properties and locks.

State is one moment; it is never changed, and apply() makes the next one: from
a request and the answer that was really given, or None if that answer cannot
be given here.  Where several things speak against a request the RFC leaves
open which one is told, and so any of them is right."""

import collections

# content: octets; None: a collection.  tag: the entity tag, if we know it.
Node = collections.namedtuple("Node", "content tag props")
Lock = collections.namedtuple("Lock", "root shared infinite")
EMPTY = Node(None, None, frozenset())
SUCCESS = "success"


def parent_of(path):
    return path.rpartition("/")[0] or "/"


def is_within(path, top):
    """Strictly below it."""
    return path != top and path.startswith(top.rstrip("/") + "/")


def overlaps(a, b):
    return a == b or is_within(a, b) or is_within(b, a)


class State:
    def __init__(self, nodes=None, locks=None):
        self.nodes = nodes or {"/": EMPTY}
        self.locks = locks or {}
        self._key = None

    def key(self):
        if self._key is None:
            self._key = (frozenset(self.nodes.items()),
                         frozenset(self.locks.items()))
        return self._key

    def get(self, path):
        return self.nodes.get(path)

    def is_collection(self, path):
        return path in self.nodes and self.nodes[path].content is None

    def covering(self, path):
        """The tokens of the locks that apply to a path."""
        return {token for token, lock in self.locks.items()
                if lock.root == path
                or lock.infinite and is_within(path, lock.root)}

    def without_tags(self):
        return State({path: node._replace(tag=None)
                      for path, node in self.nodes.items()}, self.locks)

    def put(self, path, node):
        return State({**self.nodes, path: node}, self.locks)

    def without(self, top):
        """Neither the tree at top nor the locks in it."""
        return State({path: node for path, node in self.nodes.items()
                      if path != top and not is_within(path, top)},
                     {token: lock for token, lock in self.locks.items()
                      if lock.root != top and not is_within(lock.root, top)})

    def tree(self, top, is_shallow=False):
        """The nodes of a tree by what follows the name of its top."""
        return {path[len(top):]: node for path, node in self.nodes.items()
                if path == top or not is_shallow and is_within(path, top)}

    def grafted(self, top, tree):
        new = self.without(top)
        for rest, node in tree.items():
            new.nodes[top + rest] = node._replace(tag=None)
        return new

    def __str__(self):
        lines = ["  %-12s %s %s" % (
            path, "collection" if node.content is None else node.content,
            dict(sorted(node.props)) or "")
            for path, node in sorted(self.nodes.items())]
        lines += ["  lock %s on %s, %s, %s" % (
            token, lock.root, "shared" if lock.shared else "exclusive",
            "infinity" if lock.infinite else "0")
            for token, lock in sorted(self.locks.items())]
        return "\n".join(lines)


# Conditions: True, False, or None where both may be.

def _tag_matches(state, path, tag, issued):
    """issued: the content that each entity tag was given out for."""
    node = state.get(path)
    if node is None or node.content is None:
        return False
    if node.tag is not None:
        return tag == node.tag
    return None if issued.get(tag, object()) == node.content else False


def _all(values):
    values = list(values)
    return False if False in values else None if None in values else True


def _any(values):
    values = list(values)
    return True if True in values else None if None in values else False


def _not(value):
    return None if value is None else not value


def _if_holds(state, request, issued):
    """RFC 4918, 10.4: one of the lists, with all its conditions."""
    def holds(path, negated, kind, value):
        if kind == "token":
            result = value in state.covering(path)
        else:
            result = _tag_matches(state, path, value, issued)
        return _not(result) if negated else result

    return _any(_all(holds(tag or request.path, *condition)
                     for condition in conditions)
                for tag, conditions in request.if_lists)


def _conditions(state, request, issued):
    values = [True]
    if request.if_lists:
        values.append(_if_holds(state, request, issued))
    if request.if_match == "*":
        values.append(request.path in state.nodes)
    elif request.if_match:
        values.append(_tag_matches(state, request.path, request.if_match,
                                   issued))
    if request.if_none_match == "*":
        values.append(request.path not in state.nodes)
    elif request.if_none_match:
        values.append(_not(_tag_matches(state, request.path,
                                        request.if_none_match, issued)))
    return _all(values)


# Locks (RFC 4918, 6 and 7).

def _is_free(state, path, submitted):
    covering = state.covering(path)
    return not covering or bool(covering & submitted)


def _locked(state, path, scope, submitted):
    """The refusals by locks: nothing, {423}, or one 207."""
    outside = not _is_free(state, path, submitted)
    if scope != "content" and path != "/":
        outside = outside or not _is_free(state, parent_of(path), submitted)
    if outside:
        return {423}
    if scope != "tree":
        return set()
    members = frozenset((lock.root, 423) for lock in state.locks.values()
                        if is_within(lock.root, path)
                        and not _is_free(state, lock.root, submitted))
    return {members} if members else set()


def _conflicts(state, request):
    """What stands against a new lock (9.10.5 and 9.10.9)."""
    path, refusals = request.path, set()
    for token, lock in state.locks.items():
        if lock.shared and request.lock.shared:
            continue
        if token in state.covering(path):
            refusals.add(423)
        elif request.lock.infinite and is_within(lock.root, path):
            refusals.add(frozenset([(lock.root, 423), (path, 424)]))
    return refusals


# Each method: the refusals that apply.

def _no_parent(state, path):
    return set() if state.is_collection(parent_of(path)) else {409}


def _refuse_put(state, request):
    path = request.path
    if path not in state.nodes:
        return (_no_parent(state, path)
                | _locked(state, path, "membership", request.submitted()))
    refusals = {405} if state.is_collection(path) else set()
    return refusals | _locked(state, path, "content", request.submitted())


def _refuse_mkcol(state, request):
    refusals = {415} if request.body else set()
    if request.path in state.nodes:
        return refusals | {405}
    return (refusals | _no_parent(state, request.path)
            | _locked(state, request.path, "membership",
                      request.submitted()))


def _refuse_delete(state, request):
    if request.path == "/":
        return {403}
    if request.path not in state.nodes:
        return {404}
    refusals = _locked(state, request.path, "tree", request.submitted())
    if state.is_collection(request.path) and request.depth == "0":
        refusals.add(400)
    return refusals


def _refuse_copy(state, request):
    source, destination = request.path, request.destination
    refusals = set() if source in state.nodes else {404}
    if overlaps(source, destination):
        return refusals | {403}
    scope = "tree" if destination in state.nodes else "membership"
    if destination not in state.nodes:
        refusals |= _no_parent(state, destination)
    elif request.overwrite == "F":
        refusals.add(412)
    return refusals | _locked(state, destination, scope, request.submitted())


def _refuse_move(state, request):
    refusals = _refuse_copy(state, request)
    if request.path == "/":
        return refusals | {403}
    if request.path not in state.nodes:
        return refusals
    if state.is_collection(request.path) and request.depth == "0":
        refusals.add(400)
    return refusals | _locked(state, request.path, "tree",
                              request.submitted())


def _refuse_proppatch(state, request):
    if request.path not in state.nodes:
        return {404}
    return _locked(state, request.path, "content", request.submitted())


def _refuse_lock(state, request):
    refusals = set()
    if request.path not in state.nodes:
        refusals = (_no_parent(state, request.path)
                    | _locked(state, request.path, "membership",
                              request.submitted()))
    if request.lock is not None:
        return refusals | _conflicts(state, request)
    if request.path not in state.nodes:
        refusals.add(404)
    elif not request.if_lists:
        refusals.add(400)
    elif not state.covering(request.path) & request.asserted():
        refusals.add(412)
    return refusals


def _refuse_unlock(state, request):
    if request.path not in state.nodes:
        return {404}
    if request.token not in state.covering(request.path):
        return {409}
    return set()


def _refuse_read(state, request):
    if request.path in state.nodes or "kind" not in request.parts:
        return set()
    return {404}


# Each method: the state after it, or None if the answer is another's.

def _do_put(state, request, answer):
    old = state.get(request.path)
    if answer.status != (204 if old else 201):
        return None
    return state.put(request.path, Node(
        request.body, answer.tag, old.props if old else frozenset()))


def _do_mkcol(state, request, answer):
    return state.put(request.path, EMPTY) if answer.status == 201 else None


def _do_delete(state, request, answer):
    return state.without(request.path) if answer.status == 204 else None


def _do_copy(state, request, answer):
    if answer.status != (204 if request.destination in state.nodes else 201):
        return None
    is_shallow = request.depth == "0"
    return state.grafted(request.destination,
                         state.tree(request.path, is_shallow))


def _do_move(state, request, answer):
    if answer.status != (204 if request.destination in state.nodes else 201):
        return None
    tree = state.tree(request.path)
    return state.without(request.path).grafted(request.destination, tree)


def _do_proppatch(state, request, answer):
    """All or nothing (9.2): one protected property undoes the others."""
    expected = {name: 200 for name, value in request.props}
    if request.protected:
        expected = {**dict.fromkeys(expected, 424), "getetag": 403}
    if answer.status != 207 or answer.prop_statuses() != {
            request.path: expected}:
        return None
    if request.protected:
        return state
    node = state.nodes[request.path]
    props = dict(node.props)
    for name, value in request.props:
        props.pop(name, None)
        if value is not None:
            props[name] = value
    return state.put(request.path, node._replace(
        props=frozenset(props.items())))


def _do_lock(state, request, answer):
    existed = request.path in state.nodes
    if answer.status != (200 if existed else 201):
        return None
    new = state
    if request.lock is not None:
        token = answer.lock_token
        if not token or token in state.locks:
            return None
        lock = Lock(request.path, request.lock.shared, request.lock.infinite)
        nodes = state.nodes
        if not existed:
            nodes = {**nodes, request.path: Node(b"", None, frozenset())}
        new = State(nodes, {**state.locks, token: lock})
    elif answer.lock_token:
        return None
    right = {token: new.locks[token]
             for token in new.covering(request.path)}
    return new if answer.locks() == right else None


def _do_unlock(state, request, answer):
    if answer.status != 204:
        return None
    return State(state.nodes, {token: lock
                               for token, lock in state.locks.items()
                               if token != request.token})


def _do_get(state, request, answer):
    content = state.nodes[request.path].content
    if answer.status != 200:
        return None
    return state if content is None or answer.body == content else None


def _do_propfind(state, request, answer):
    seen = answer.resources() if answer.status == 207 else {}
    if set(seen) != {request.path}:
        return None
    if seen[request.path].shows(state, request.path, request.parts):
        return state
    return None


METHODS = {
    "PUT": (_refuse_put, _do_put),
    "MKCOL": (_refuse_mkcol, _do_mkcol),
    "DELETE": (_refuse_delete, _do_delete),
    "COPY": (_refuse_copy, _do_copy),
    "MOVE": (_refuse_move, _do_move),
    "PROPPATCH": (_refuse_proppatch, _do_proppatch),
    "LOCK": (_refuse_lock, _do_lock),
    "UNLOCK": (_refuse_unlock, _do_unlock),
    "GET": (_refuse_read, _do_get),
    "PROPFIND": (_refuse_read, _do_propfind),
}


def expected(state, request, issued):
    """The answers that are right: refusals, and SUCCESS."""
    refuse, _ = METHODS[request.method]
    refusals = refuse(state, request)
    holds = _conditions(state, request, issued)
    if holds is not True:
        refusals = refusals | {412}
    if holds is None and refusals == {412}:
        return {SUCCESS, 412}
    return refusals or {SUCCESS}


def apply(state, request, answer, issued):
    right = expected(state, request, issued)
    said = answer.status
    if said == 207 and request.method not in ("PROPPATCH", "PROPFIND"):
        said = answer.member_statuses()
    if said in right:
        return state
    if SUCCESS not in right:
        return None
    return METHODS[request.method][1](state, request, answer)


def shows_outcome(state, request):
    """Whether the tree looks as it does after this request: only then may
    its kept answer be given again."""
    if request.method == "DELETE":
        return request.path not in state.nodes
    if request.method == "MOVE" and request.path in state.nodes:
        return False
    return request.destination in state.nodes
