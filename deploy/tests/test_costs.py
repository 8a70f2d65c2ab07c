"""The table of costs: made by the command that says so, from figures that make sense."""

import importlib.machinery
import importlib.util
import json
import unittest

from bench import DEPLOY


def load():
    loader = importlib.machinery.SourceFileLoader("costs", str(DEPLOY / "costs"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("costs", loader))
    loader.exec_module(module)
    return module


COSTS = load()
VISIT = {
    "requests": {"frontend": 6, "predict-service": 2, "plot-service": 2},
    "seconds": {"frontend": 1.2, "predict-service": 0.6, "plot-service": 0.2}, "egress_bytes": 2**20, "log_bytes": 5_000,
}


class Costs(unittest.TestCase):
    def test_the_table_is_the_commands(self):
        measured = json.loads((DEPLOY / "costs.json").read_text())
        self.assertIn(COSTS.BEGIN + COSTS.table(measured) + COSTS.END, (DEPLOY / "README.md").read_text())

    def test_prices_named_in_the_text_are_those_of_the_command(self):
        text = " ".join((DEPLOY / "README.md").read_text().split())
        for price in (f"${COSTS.VCPU_SECOND:f}", f"${COSTS.EGRESS_GIB:.2f} per GiB", f"${COSTS.LOG_GIB:.2f} per GiB",
                      f"{COSTS.FREE_VCPU_SECONDS:,} vCPU-seconds", f"{COSTS.FREE_LOG_GIB} GiB of logs",
                      f"{COSTS.REQUEST_LOG_BYTES:,} bytes"):
            self.assertIn(price, text)

    def test_time_is_billed_while_any_request_is_in_progress_in_steps_of_100_ms(self):
        self.assertEqual(COSTS.billed([]), 0)
        self.assertAlmostEqual(COSTS.billed([(0, 0.01)]), 0.1)
        self.assertAlmostEqual(COSTS.billed([(0, 0.5), (0.2, 0.3), (0.4, 1.0)]), 1.0)
        self.assertAlmostEqual(COSTS.billed([(5, 5.25), (0, 0.15)]), 0.5)

    def test_what_is_free_costs_nothing(self):
        self.assertEqual(sum(COSTS.month(VISIT, 1_000)[4].values()), 0)

    def test_a_million_visits_cost_what_their_parts_cost(self):
        seconds, requests, egress, logs, parts = COSTS.month(VISIT, 1_000_000)
        self.assertAlmostEqual(seconds, 2_000_000)
        self.assertAlmostEqual(requests, 10_000_000)
        self.assertAlmostEqual(parts["compute"], 1_820_000 * 0.000024 + 140_000 * 0.0000025)
        self.assertAlmostEqual(parts["requests"], 3.2)
        self.assertAlmostEqual(parts["egress"], (1_000_000 * 2**20 / 2**30 - 1) * 0.12)
        self.assertEqual(parts["logs"], 0)
        self.assertAlmostEqual(logs, 1_000_000 * 15_000 / 2**30)


if __name__ == "__main__":
    unittest.main()
