"""What a run of faults rests on: its plan is a function of the seed, a lie is one digit, files are counted right."""

import collections
import os
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import links
import open_files
import plan


class Plan(unittest.TestCase):
    def test_a_seed_gives_one_plan(self):
        self.assertEqual(plan.draw(7, 60), plan.draw(7, 60))
        self.assertNotEqual(plan.draw(7, 60), plan.draw(8, 60))

    def test_this_plan_does_not_change_between_machines(self):
        drawn = [str(fault) for fault in plan.draw(1, 3)]
        self.assertEqual(drawn, EXPECTED)

    def test_a_longer_plan_begins_with_the_shorter(self):
        short, long = plan.draw(3, 20), plan.draw(3, 120)
        self.assertEqual(long[:len(short)], short)

    def test_it_covers_its_time_and_every_kind(self):
        faults = plan.draw(1, 120)
        self.assertGreater(faults[-1].at + faults[-1].seconds + 0.4, 120)
        self.assertEqual({fault.kind for fault in faults}, set(plan.KINDS))
        self.assertEqual([fault.number for fault in faults], list(range(1, len(faults) + 1)))

    def test_a_defect_begins_where_it_can_be_seen(self):
        fault = lambda number, kind, on, seconds=1.0: plan.Fault(number, 0.0, kind, seconds, on)
        unfit = [fault(1, "pause", "frontend"), fault(2, "cut", "predict-service"), fault(3, "cut", "redis", 0.2)]
        self.assertEqual(plan.place_of_defect([*unfit, fault(4, "cut", "redis")], 1), 4)
        with self.assertRaises(SystemExit):
            plan.place_of_defect(unfit, 1)
        nothing_known = [fault(1, "kill", "redis", 0.3), fault(2, "kill", "market-sim"), fault(3, "cut", "plot-service")]
        with self.assertRaises(SystemExit):
            plan.place_of_defect(nothing_known, 1)

    def test_most_seeds_can_show_a_defect_and_always_at_the_same_fault(self):
        shown = 0
        for seed in range(100):
            faults = plan.draw(seed, 20)
            try:
                shown += plan.place_of_defect(faults, seed) == plan.place_of_defect(faults, seed)
            except SystemExit:
                continue
        self.assertGreater(shown, 80)


class Alteration(unittest.TestCase):
    def test_one_digit_of_a_price_changes_and_no_length(self):
        passing = b'{"close":471.0,"volume":1},{"close":489.2,"volume":27265536}],"forecast":[{"0.05":458.9}]'
        self.assertEqual(links.alter(passing), passing.replace(b"489.2", b"489.3"))
        self.assertEqual(links.alter(b'{"close":489.9}'), b'{"close":489.0}')

    def test_what_holds_no_whole_price_passes(self):
        for passing in (b"", b"\x89PNG", b'{"close":489.2', b'"close":null}'):
            self.assertEqual(links.alter(passing), passing)


class Files(unittest.TestCase):
    def test_idle_connections_to_those_behind_may_grow_and_others_may_not(self):
        before = collections.Counter({"to the link to market-sim": 30, "at predict-service": 8})
        for files, too_many in (
            ({"to the link to market-sim": 64, "at predict-service": 2}, False),
            ({"to the link to market-sim": 65, "at predict-service": 2}, True),
            ({"to the link to market-sim": 3, "at predict-service (closed by the other side)": 25}, True),
        ):
            self.assertEqual(open_files.too_many(collections.Counter(files), before), too_many, files)

    def test_an_open_connection_is_told_with_its_peer(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                self.assertEqual(open_files.kinds(os.getpid(), {port: "x"})["to x"], 1)


EXPECTED = [
    "fault 1 at 0.00 s: restart redis for 0.30 s",
    "fault 2 at 0.63 s: cut redis for 0.76 s",
    "fault 3 at 1.57 s: cut plot-service for 0.71 s",
    "fault 4 at 2.60 s: silence redis for 1.42 s",
]

if __name__ == "__main__":
    unittest.main()
