"""The open files of a process: how many, and where its connections lead."""

import collections
import os
import pathlib

# States of a TCP socket as /proc/net/tcp numbers them.
STATES = {"01": "", "08": " (closed by the other side)", "0A": " (listening)"}

# Idle connections a service may keep to one behind it. Source: `pool_max_idle_per_host` in feature-sources.
MOST_IDLE = 64
# What else it may have beyond what it had under load: idle connections of the frontend to it.
SPARE = 16


def kinds(pid, names):
    """Counts the open files of a process by what they are; `names` maps ports to peers."""
    sockets = connections()
    counts = collections.Counter()
    for file in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(file)
        except OSError:
            continue
        if target.startswith("socket:["):
            own, peer, state = sockets.get(target[len("socket:["):-1], (0, 0, ""))
            whom = f"to {names[peer]}" if peer in names else f"at {names[own]}" if own in names else "a socket"
            counts[whom + STATES.get(state, f" (state {state})" if state else "")] += 1
        else:
            counts[target if target.startswith("/") else target.split(":")[0]] += 1
    return counts


def too_many(files, before):
    """Returns whether a service keeps files open that it should have closed, compared with what it had under load."""
    behind = [count for what, count in files.items() if what.startswith("to ")]
    others = sum(files.values()) - sum(behind)
    others_before = sum(count for what, count in before.items() if not what.startswith("to "))
    return max(behind, default=0) > MOST_IDLE or others > others_before + SPARE


def described(files):
    return ", ".join(f"{count} {what}" for what, count in files.most_common())


def connections():
    """Own port, port of the peer and state of each TCP socket by its inode."""
    found = {}
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        port = lambda address: int(address.rsplit(":", 1)[1], 16)
        found[fields[9]] = (port(fields[1]), port(fields[2]), fields[3])
    return found
