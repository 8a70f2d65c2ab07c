"""deploy.sh: a release is tried beside what runs, reaches a few visitors, then all, and goes back when it fails."""

import unittest

from bench import Checkout
from test_deploy import applied, changes, describe, first_release, later_release

BACK = [
    f"update-traffic {service} --to-revisions fortnight-{service}-00001-abc=100".replace("fortnight-", "")
    for service in ("frontend", "plot-service", "predict-service")
]


class Rollout(Checkout):
    def rolled_out(self, answers=None, **environment):
        self.answer({**later_release(), **(answers or {})})
        done, calls = self.deploy("up", **environment)
        steps = [step.split(" /tmp")[0] if step.startswith("replace") else step for step in changes(calls)]
        return done, calls, steps

    def goes_back(self, answers, said, back=BACK):
        done, calls, steps = self.rolled_out(answers)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(said, done.stderr)
        self.assertIn("the former revisions do", done.stderr)
        self.assertEqual(steps[-len(back) :], back)
        return calls, steps

    def test_the_first_release_serves_at_once(self):
        self.answer(first_release())
        done, calls = self.deploy("up")
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in applied(calls).values():
            self.assertIn("  traffic:\n", text)
            self.assertTrue(text.endswith("end of first release\n"), text[-300:])
            self.assertNotIn("tag: candidate", text)
        self.assertEqual(len([step for step in changes(calls) if step.startswith("doctor")]), 1)

    def test_a_later_release_gets_no_traffic_until_it_is_tried(self):
        done, calls, steps = self.rolled_out()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for service, text in applied(calls).items():
            self.assertIn(f"- percent: 100\n      revisionName: fortnight-{service}-00001-abc\n", text)
            self.assertIn("- percent: 0\n      latestRevision: true\n      tag: candidate\n", text)
            self.assertEqual(text.count("percent:"), 2)
        self.assertEqual(
            steps,
            [
                "replace",
                "replace",
                "update-traffic predict-service --to-latest",
                "update-traffic plot-service --to-latest",
                "replace",
                "doctor --tag candidate",
                "update-traffic frontend --to-revisions LATEST=10",
                "sleep 120",
                "update-traffic frontend --to-latest",
                "doctor",
            ],
        )

    def test_the_share_and_its_time_can_be_set(self):
        _, _, steps = self.rolled_out(SPLIT_PERCENT="50", SPLIT_SECONDS="5")
        self.assertIn("update-traffic frontend --to-revisions LATEST=50", steps)
        self.assertIn("sleep 5", steps)

    def test_private_candidates_are_tried_with_the_token_of_who_deploys(self):
        done, calls, _ = self.rolled_out()
        tried = [call for call in calls if call["call"].startswith("curl")]
        self.assertEqual(
            [call["call"].split()[-1] for call in tried],
            [
                "https://candidate---predict.example/predict?stock=AAPL",
                "https://candidate---plot.example/ready",
            ],
        )
        for call in tried:
            self.assertEqual(call["input"], 'header = "Authorization: Bearer planted-identity"\n')
        self.assertNotIn("planted-identity", done.stdout + done.stderr)

    def test_a_private_candidate_that_fails_never_serves(self):
        _, steps = self.goes_back({"curl": "503"}, "/predict?stock=AAPL of the candidate answers 503", BACK[1:])
        self.assertNotIn("update-traffic predict-service --to-latest", steps)

    def test_an_account_that_may_not_call_is_told_so(self):
        done, _, _ = self.rolled_out({"curl": "403"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("your account may not call it", done.stdout)

    def test_internal_services_are_not_tried_from_outside(self):
        done, calls, _ = self.rolled_out(SUBNETWORK="inside")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("is internal and cannot be tried", done.stdout)
        self.assertFalse([call for call in calls if call["call"].startswith("curl")])

    def test_a_candidate_the_doctor_refuses_gets_no_visitor(self):
        _, steps = self.goes_back({"doctor": 1}, "the doctor says no to the candidate")
        self.assertNotIn("update-traffic frontend --to-revisions LATEST=10", steps)

    def test_a_candidate_that_fails_its_first_visitors_goes_back(self):
        failure = "502\thttps://fortnight.example/forecast/AAPL"
        calls, steps = self.goes_back({"logging read": failure}, "answered visitors with errors, such as 502")
        asked = [call["call"] for call in calls if call["call"].startswith("logging read")]
        self.assertIn("resource.labels.revision_name=fortnight-frontend-00002-def", asked[0])
        self.assertNotIn("update-traffic frontend --to-latest", steps)

    def test_a_release_the_doctor_refuses_in_the_end_goes_back(self):
        _, steps = self.goes_back({"doctor": {"in turn": ["", 1]}}, "the doctor says no")
        self.assertIn("update-traffic frontend --to-latest", steps)

    def test_new_permissions_are_awaited_and_not_forever(self):
        answers = {"run services get-iam-policy fortnight-predict-service": ""}
        trial, unknown, known = "200", "403", "200"
        done, calls, _ = self.rolled_out({**answers, "curl": {"in turn": [trial, trial, unknown, unknown, known]}})
        self.assertEqual(done.returncode, 0, done.stderr)
        asked = [call["call"] for call in calls if call["call"].startswith(("curl", "sleep"))][2:]
        page = "https://candidate---frontend.example/forecast/AAPL/forecast.json"
        self.assertEqual([call.split()[-1] for call in asked], [page, "10", page, "10", page, "120"])

        done, calls, _ = self.rolled_out({**answers, "curl": {"in turn": [trial, trial, unknown]}, "doctor": 1})
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len([call for call in calls if call["call"] == "sleep 10"]), 30)

    def test_a_split_that_was_left_counts_as_its_larger_part(self):
        answers = {
            f"{describe('frontend')} --region us-central1 --flatten": (
                "5,,fortnight-frontend-00001-abc,\n95,,fortnight-frontend-00007-xyz,\n,candidate,fortnight-frontend-00008-new,https://c"
            )
        }
        _, calls, _ = self.rolled_out(answers)
        self.assertIn("revisionName: fortnight-frontend-00007-xyz\n", applied(calls)["frontend"])


class Rollback(Checkout):
    def test_releases_are_listed_with_what_serves(self):
        self.answer(later_release())
        done, calls = self.deploy("releases")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("fortnight-frontend serves one", done.stdout)
        self.assertIn("  three  fortnight-plot-service-00003-ghi", done.stdout)
        self.assertEqual(changes(calls), [])

    def test_one_command_returns_all_services_to_a_release(self):
        self.answer(later_release())
        done, calls = self.deploy("rollback", "two")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(changes(calls), [back.replace("00001-abc", "00002-def") for back in BACK])

    def test_without_a_name_it_returns_to_the_one_before(self):
        answers = later_release()
        answers[f"{describe('frontend')} --region us-central1 --flatten"] = "100,,fortnight-frontend-00003-ghi,"
        self.answer(answers)
        _, calls = self.deploy("rollback")
        self.assertEqual(changes(calls), [back.replace("00001-abc", "00002-def") for back in BACK])

    def test_what_cannot_be_returned_to_is_said_and_nothing_is_changed(self):
        self.answer(later_release())
        for arguments, said in (
            (("rollback", "nine"), "no ready revision of release nine"),
            (("rollback",), "there is no release before"),
        ):
            done, calls = self.deploy(*arguments)
            self.assertEqual((done.returncode, changes(calls)), (1, []))
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
