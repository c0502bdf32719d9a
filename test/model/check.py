"""Whether some serial order explains a history.

The search of Wing and Gong: a request can be the next one of the order if it
was sent before any other that is still to come had been answered; and what was
tried from one state with the same requests done is not tried again."""

import copy

from draw import TREE_METHODS
from model import apply, expected, is_within, overlaps, shows_outcome
from wire import PARTS


def _mark(request, answer):
    return request.fingerprint(), str(answer)


class Kept:
    """What was answered to COPY, MOVE and DELETE: without a key, others that
    ask for the same may be given it again."""

    def __init__(self):
        self.answers = set()

    def keep(self, request, answer):
        if request.method in TREE_METHODS:
            self.answers.add(_mark(request, answer))

    def may_repeat(self, event, state, done):
        """Without doing anything: it joined one of those that are done, or
        got the answer of one that had ended."""
        if event.request.method not in TREE_METHODS or event.request.key:
            return False
        mark = _mark(event.request, event.answer)
        same = [other for other in done
                if _mark(other.request, other.answer) == mark]
        if any(other.got > event.sent for other in same):
            return True
        return (event.answer.status in (201, 204)
                and shows_outcome(state, event.request)
                and (bool(same) or mark in self.answers))


class Search:
    def __init__(self, events, issued, kept=None):
        self.events, self.issued, self.kept = events, issued, kept

    def _successors(self, index, state, mask):
        event = self.events[index]
        after = apply(state, event.request, event.answer, self.issued)
        if after is not None:
            yield after
        if self.kept is not None:
            done = [other for i, other in enumerate(self.events)
                    if mask >> i & 1]
            if self.kept.may_repeat(event, state, done):
                yield state

    def _candidates(self, mask):
        """The events that could come next."""
        left = [i for i in range(len(self.events)) if not mask >> i & 1]
        first_got = min(self.events[i].got for i in left)
        return sorted((i for i in left
                       if self.events[i].sent < first_got),
                      key=lambda i: self.events[i].got)

    def run(self, start, must=None, fits=None):
        """A state at an end, or None.  must: the events, as a mask, that are
        to be in the order; fits: what the end has to look like."""
        whole = (1 << len(self.events)) - 1
        must = whole if must is None else must
        stack, seen = [(0, start)], set()
        while stack:
            mask, state = stack.pop()
            if mask & must == must and (fits is None or fits(state)):
                return state
            if mask == whole:
                continue
            for index in reversed(self._candidates(mask)):
                for after in self._successors(index, state, mask):
                    following = mask | 1 << index
                    mark = (following, after.key())
                    if mark not in seen:
                        seen.add(mark)
                        stack.append((following, after))
        return None

    def blame(self, start):
        """The first answer, in the order of their coming, up to which no
        order explains them all; None: they all can be, the end cannot."""
        for event in sorted(self.events, key=lambda it: it.got):
            early = [other for other in self.events if other.sent < event.got]
            must = sum(1 << i for i, other in enumerate(early)
                       if other.got <= event.got)
            if Search(early, self.issued, self.kept).run(
                    start, must) is None:
                return event
        return None

    def right_answers(self, start, event):
        """What the answer could have been, in any order of the others."""
        early = [other for other in self.events
                 if other is not event and other.sent < event.got]
        search = Search(early, self.issued, self.kept)
        must = sum(1 << i for i, other in enumerate(early)
                   if other.got < event.sent)
        right = set()

        def collect(state):
            right.update(str(set(it)) if isinstance(it, frozenset) else str(it)
                         for it in expected(state, event.request,
                                            self.issued))
            return False

        search.run(start, must, collect)
        return sorted(right)


def _is_replaced(path, event):
    """Whether the event puts something else into the place of a path."""
    return (event.request.method in ("COPY", "MOVE")
            and overlaps(path, event.request.destination))


def _is_exchanged(path, event):
    """Whether what the event replaces may be seen there for a moment."""
    return (event.request.method == "MOVE" and event.answer.status == 204
            and (path == event.request.path
                 or is_within(path, event.request.path)))


def split(events):
    """The events with what they promise.  A PROPFIND is not one moment but
    three: it looks at the resource, at its properties and at its locks.  While
    a COPY or MOVE is not answered the locks of what it replaces may still be
    told; and a MOVE that replaces exchanges two names, of which the old one
    goes only then: what is read there is not judged."""
    parts = []
    for event in events:
        if event.request.method not in ("GET", "PROPFIND"):
            parts.append(event)
            continue
        path = event.request.path
        beside = [other for other in events if other.runs_with(event)]
        if any(_is_exchanged(path, other) for other in beside):
            continue
        if event.answer.status != 207:
            parts.append(event)
            continue
        for part in PARTS:
            if part == "locks" and any(_is_replaced(path, other)
                                       for other in beside):
                continue
            part_event = copy.copy(event)
            part_event.request = copy.copy(event.request)
            part_event.request.parts = (part,)
            parts.append(part_event)
    return parts


def explain(events, start, issued, fits=None, kept=None):
    """The state after the history, or None."""
    return Search(events, issued, kept).run(start, fits=fits)


def report(events, start, issued, kept=None):
    """The history up to where it goes wrong."""
    search = Search(events, issued, kept)
    culprit = search.blame(start)
    lines = ["the state before:", str(start), "the requests:"]
    lines += ["%s %s" % (">>>" if event is culprit else "   ", event)
              for event in events
              if culprit is None or event.sent < culprit.got]
    if culprit is None:
        lines.append("no order of them explains the final state")
    else:
        lines.append("no order explains the answer >>>; right would be: %s"
                     % ", ".join(search.right_answers(start, culprit)))
    return "\n".join(lines)
