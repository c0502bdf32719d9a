"""Measures WebDAV servers side by side: the same machine, data and client.

Rounds are interleaved, and the server is started anew for each sample.  What
is shown is the median of the rounds."""

import argparse
import os
import resource
import statistics
import time

import data
from peer import PEERS, TICK, Peer
from workloads import NEEDS_COPY, WORKLOADS, Refused

OURS = "tarry"
SLOW_S = 60  # what takes longer is not repeated


def machine_cpu_s():
    """Of all processors, without idle and waiting for a disk."""
    words = data.read("/proc/stat").split(b"\n")[0].split()[1:9]
    ticks = [int(word) for word in words]
    return (sum(ticks) - ticks[3] - ticks[4]) / TICK


def client_cpu_s():
    return sum(usage.ru_utime + usage.ru_stime for usage in (
        resource.getrusage(resource.RUSAGE_SELF),
        resource.getrusage(resource.RUSAGE_CHILDREN)))


def measure(peer, workload, seconds):
    """The figures; "noise" is the share of the machine that others used."""
    begin_s = time.perf_counter()
    foreign_s = machine_cpu_s() - client_cpu_s() - peer.cpu_s()
    figures = WORKLOADS[workload][0](peer, seconds)
    foreign_s = machine_cpu_s() - client_cpu_s() - peer.cpu_s() - foreign_s
    span_s = (time.perf_counter() - begin_s) * os.cpu_count()
    return dict(figures, noise=max(0, foreign_s / span_s))


def sample(name, workload, seconds):
    """The figures, or the words of why there are none."""
    data.reset()
    if workload in NEEDS_COPY:
        data.copy_tree()
    os.sync()  # nobody's figure has the flush of what was prepared in it
    peer = Peer(name)
    try:
        peer.start()
        return measure(peer, workload, seconds)
    except Refused as error:
        return "refused: %s" % error
    except Exception as error:
        return "FAILED: %s" % error
    finally:
        peer.stop()


def number(value):
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return "%.*f" % (0 if value == int(value) else digits, value)


def ratio(value, ours, more_is_better):
    """How many times better we are."""
    if not ours or not value:
        return "-"
    return "%.2f" % (ours / value if more_is_better else value / ours)


def table(workload, samples):
    _, main, more_is_better = WORKLOADS[workload]
    medians, words = {}, {}
    for name, taken in samples.items():
        good = [figures for figures in taken if isinstance(figures, dict)]
        if good:
            medians[name] = {key: statistics.median(f[key] for f in good)
                             for key in good[0]}
        words.update({name: w for w in taken if isinstance(w, str)})
    lines = ["", "%s: %s, %s is better" % (
        workload, main, "more" if more_is_better else "less")]
    if medians:
        columns = list(next(iter(medians.values())))
        ours = medians.get(OURS, {}).get(main)
        lines.append("".join("%14s" % word for word in
                             ["", "ours better", *columns]))
        for name in sorted(medians, key=lambda n: medians[n][main],
                           reverse=more_is_better):
            cells = [name, ratio(medians[name][main], ours, more_is_better)]
            cells += [number(medians[name][key]) for key in columns]
            lines.append("".join("%14s" % cell for cell in cells))
    lines += ["%14s  %s" % item for item in words.items()]
    return "\n".join(lines)


def run(given):
    for name in given.peers:
        print("%14s  %s" % (name, Peer(name).command("info")), flush=True)
    print("Preparing the files.", flush=True)
    data.prepare()
    end_s = time.monotonic() + given.minutes * 60
    for workload in given.workloads:
        samples, finished = {name: [] for name in given.peers}, set()
        for i in range(given.rounds):
            first = i % len(given.peers)
            for name in given.peers[first:] + given.peers[:first]:
                if time.monotonic() > end_s or name in finished:
                    continue
                begin_s = time.monotonic()
                taken = sample(name, workload, given.seconds)
                samples[name].append(taken)
                if (isinstance(taken, str) or
                        time.monotonic() - begin_s > SLOW_S):
                    finished.add(name)
        print(table(workload, samples), flush=True)
    data.remove()


def words_of(choices):
    def check(text):
        words = text.split(",")
        for word in words:
            if word not in choices:
                raise argparse.ArgumentTypeError(
                    "%s is none of %s" % (word, ", ".join(choices)))
        return words
    return check


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peers", type=words_of(PEERS), default=PEERS)
    options.add_argument("--workloads", type=words_of(list(WORKLOADS)),
                         default=list(WORKLOADS))
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=2,
                         help="of each sample of a rate")
    options.add_argument("--minutes", type=float, default=15,
                         help="no sample begins later than this")
    given = options.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    run(given)


main()
