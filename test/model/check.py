"""Whether some serial order explains a history.

The search of Wing and Gong: a request can be the next one of the order if it
was sent before any other that is still to come had been answered; and what was
tried from one state with the same requests done is not tried again."""

from draw import TREE_METHODS
from model import apply, expected, shows_outcome


class Kept:
    """Requests without a key whose answer may be given to others that ask
    for the same."""

    def __init__(self):
        self.answers = set()

    @staticmethod
    def _mark(event):
        return event.request.fingerprint(), str(event.answer)

    def keep(self, event):
        if event.request.method in TREE_METHODS:
            self.answers.add(self._mark(event))

    def may_repeat(self, event, state, done):
        """Without doing anything: it joined one of those that are done, or
        got the answer of one that had ended."""
        if event.request.method not in TREE_METHODS or event.request.key:
            return False
        mark = self._mark(event)
        if any(self._mark(other) == mark and other.got > event.sent
               for other in done):
            return True
        if event.answer.status not in (201, 204):
            return False
        return shows_outcome(state, event.request) and (
            mark in self.answers
            or any(self._mark(other) == mark for other in done))


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
