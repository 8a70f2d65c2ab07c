"""What goes wrong and when: drawn from a seed alone, before anything is started, so that no timing can change it."""

import dataclasses
import random

PROCESSES = ("redis", "market-sim", "predict-service", "plot-service", "frontend")
# Links by what they lead to.
LINKS = PROCESSES[:4]
UPSTREAMS = ("prices", "tweets", "news", "searches", "reports")
# What an upstream may do. 429 and CAPTCHA pages are left out: after one, the circuit breaker stays open for minutes.
UPSTREAM_FAULTS = (
    {"kind": "reset"}, {"kind": "delay", "milliseconds": 700}, {"kind": "drip", "bytes": 64, "milliseconds": 5},
    {"kind": "status", "status": 500}, {"kind": "empty_body"}, {"kind": "html"}, {"kind": "truncated_json"},
    {"kind": "broken_off"}, {"kind": "wrong_types"}, {"kind": "huge_body", "mebibytes": 64}, {"kind": "empty_array"},
)
KINDS = ("kill", "restart", "pause", "cut", "silence", "upstream")


@dataclasses.dataclass(frozen=True)
class Fault:
    number: int
    # Seconds after the first; later where the one before took longer, as a slow stop may.
    at: float
    kind: str
    seconds: float
    # The process, the far end of the link or the upstream.
    on: str
    upstream_fault: dict | None = None

    def __str__(self):
        what = f"{self.kind} {self.on}"
        if self.upstream_fault:
            described = ", ".join(f"{value}" for value in self.upstream_fault.values())
            what = f"{self.on} upstream: {described}"
        return f"fault {self.number} at {self.at:.2f} s: {what} for {self.seconds:.2f} s"


def draw(seed, seconds):
    """The faults of a number of seconds; a longer plan begins with the shorter one of the same seed."""
    chance = random.Random(seed)
    plan, at = [], 0.0
    while at < seconds:
        # Each fault takes the same draws, whichever of them its kind needs.
        kind, lasts, pause = chance.choice(KINDS), chance.uniform(0.1, 1.5), chance.uniform(0.05, 0.4)
        process, link, upstream = chance.choice(PROCESSES), chance.choice(LINKS), chance.choice(UPSTREAMS)
        upstream_fault = chance.choice(UPSTREAM_FAULTS)
        if kind in ("kill", "restart"):
            lasts /= 3
        on = {"cut": link, "silence": link, "upstream": upstream}.get(kind, process)
        plan.append(Fault(len(plan) + 1, at, kind, lasts, on, upstream_fault if kind == "upstream" else None))
        at += lasts + pause
    return plan


def place_of_defect(plan, seed):
    """The number of the fault with which a planted defect begins; forecasts must still be answered during it."""
    places, emptied, troubled = [], False, False
    for fault in plan:
        # What Redis still holds is answered without the market. With Redis empty, the market's circuit breaker must be closed.
        answers = {"plot-service": not (emptied and troubled), "redis": not troubled}.get(
            fault.on, fault.kind == "upstream" and fault.on != "prices" and not emptied)
        if answers and fault.seconds > 0.4:
            places.append(fault.number)
        emptied |= fault.on == "redis" and fault.kind in ("kill", "restart")
        troubled |= fault.on in ("market-sim", "prices")
    if not places:
        raise SystemExit(f"every fault of seed {seed} may keep forecasts away, so none can show a defect; take another")
    return random.Random(f"{seed}-defect").choice(places)
