"""The three ways in which a server is tried."""

import random

from check import explain, report, split
from draw import PROPS, Draw, Memory, Request
from model import State, apply, expected
from wire import Connection, Event, play

CONNECTIONS_MAX, NODES_MAX = 4, 24
STEP_COUNT, LOOK_EVERY = 100, 20  # of one connection
CHAIN_MAX, PRELUDE_COUNT = 4, 10  # of several
PAST_MAX = 25  # in a report


class Unexplained(Exception):
    pass


class Client:
    """Connections to one server, and what is known of it."""

    def __init__(self, address, kept):
        self.connections = [Connection(address)
                            for _ in range(CONNECTIONS_MAX)]
        self.memory = Memory()
        self.kept = kept
        self.count = 0  # of requests

    def close(self):
        for connection in self.connections:
            connection.close()

    def ask(self, request):
        self.count += 1
        answer = self.connections[0].ask(request)
        request.learn(answer)
        return answer

    def look(self):
        """All that there is: path -> Resource, with its content."""
        seen = self.ask(
            Request("PROPFIND", "/", depth="infinity")).resources()
        for path, resource in seen.items():
            resource.content = None
            if not resource.is_collection:
                answer = self.ask(Request("GET", path))
                resource.content = (answer.body if answer.status == 200
                                    else answer)
        if self.memory.twins:
            raise Unexplained("one entity tag was told of two contents: %s"
                              % self.memory.twins[0])
        return seen

    def reset(self, rng):
        """Gives back all locks, and removes everything."""
        seen = self.look()
        for path, resource in seen.items():
            for token, lock in resource.locks.items():
                if lock.root == path:
                    self.ask(Request("UNLOCK", path, token=token))
        for path in seen:
            if path.count("/") == 1 and path != "/":
                request = Request("DELETE", path,
                                  key="%016x" % rng.getrandbits(64))
                self.kept.keep(request, self.ask(request))
        self.ask(Request("PROPPATCH", "/",
                         props=[(name, None) for name in PROPS]))
        self.memory.tokens, self.memory.tags = [], {}
        words = difference(self.look(), State())
        if words:
            raise Unexplained("everything was unlocked and removed, but "
                              + words)
        return State()


def difference(seen, state):
    """Where a look does not show a state; None: it does."""
    for path in sorted(set(seen) | set(state.nodes)):
        if path not in seen:
            return "%s is not there" % path
        if path not in state.nodes:
            return "%s is there" % path
        if not seen[path].shows(state, path):
            return "%s is %s" % (path, seen[path])
        if seen[path].content != state.nodes[path].content:
            return "%s has %s" % (path, seen[path].content)
    return None


class Alone:
    """One connection: the model says each answer before the next."""

    name, flags = "one connection", ("--sync", "off")

    def __init__(self, client):
        self.client = client

    def play(self, rng):
        state = self.client.reset(rng)
        draw = Draw(rng, self.client.memory, state)
        past = []
        for step in range(STEP_COUNT):
            if len(state.nodes) > NODES_MAX:
                state = self.client.reset(rng)
            state = draw.state = self.step(state, draw(), past)
            if step % LOOK_EVERY == LOOK_EVERY - 1:
                words = difference(self.client.look(), state)
                if words:
                    raise Unexplained("...\n%s\nat the end %s" % (
                        "\n".join(past[-PAST_MAX:]), words))

    def step(self, state, request, past):
        issued = self.client.memory.issued
        answer = self.client.ask(request)
        past.append("%s\n    -> %s" % (request, answer))
        after = apply(state, request, answer, issued)
        if after is None:
            raise Unexplained("...\n%s\nthe state before the last:\n%s\n"
                              "right would be: %s" % (
                                  "\n".join(past[-PAST_MAX:]), state,
                                  expected(state, request, issued)))
        self.client.kept.keep(request, answer)
        return after


class AtOnce:
    """Several connections: a history goes on where the last one ended, a few
    times, and then everything is removed."""

    name, flags = "several connections", ("--sync", "off")
    has_keys = True

    def __init__(self, client):
        self.client = client
        self.state, self.chain = None, 0
        self.kept = None if self.has_keys else client.kept

    def _begin(self, rng):
        """Something to start with, one request after the other."""
        client = self.client
        self.state, self.chain = client.reset(rng), 0
        draw = Draw(rng, client.memory, self.state, self.has_keys)
        events = []
        for clock in range(1, 2 * PRELUDE_COUNT, 2):
            request = draw() if events else Request("MKCOL", "/a")
            event = Event(0, request, sent=clock)
            event.answer, event.got = client.ask(request), clock + 1
            events.append(event)
            draw.state = explain(events, self.state, client.memory.issued,
                                 kept=self.kept) or draw.state
        self.state = self._judge(events)

    def play(self, rng):
        if (self.state is None or self.chain == CHAIN_MAX
                or len(self.state.nodes) > NODES_MAX):
            self._begin(rng)
        self.chain += 1
        client = self.client
        connections = client.connections[:rng.randint(2, CONNECTIONS_MAX)]
        draws = [Draw(random.Random(rng.getrandbits(64)), client.memory,
                      self.state, self.has_keys) for _ in connections]
        left = [rng.randint(3, 6) for _ in connections]

        def next_request(index):
            left[index] -= 1
            return draws[index]() if left[index] >= 0 else None

        events = play(connections, next_request)
        client.count += len(events)
        self.state = self._judge(events)

    def _judge(self, events):
        issued = self.client.memory.issued
        events = split(events)
        words = "what it is was not looked at"
        after = explain(events, self.state, issued, kept=self.kept)
        if after is not None:
            seen = self.client.look()
            words = difference(seen, after)
            after = explain(events, self.state, issued,
                            lambda state: difference(seen, state) is None,
                            self.kept)
        if after is None:
            raise Unexplained("%s\nthe final state: %s" % (
                report(events, self.state, issued, self.kept), words))
        for event in events:
            self.client.kept.keep(event.request, event.answer)
        # Done again or not at all: only the entity tags may tell.
        return after if self.has_keys else after.without_tags()


class AtOnceOnDisk(AtOnce):
    name, flags = "several, flushed to disk", ("--sync", "full")


class AtOnceWithoutKeys(AtOnce):
    """So operations may be joined, and their answers repeated."""

    name = "several, without keys"
    has_keys = False
