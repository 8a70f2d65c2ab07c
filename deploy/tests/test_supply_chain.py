"""Workflows, images and what they are made of: pinned, with no more rights than they need, and checked by actionlint."""

import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from bench import DEPLOY, Bench

ROOT = DEPLOY.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))


class Workflows(unittest.TestCase):
    def each(self):
        self.assertGreater(len(WORKFLOWS), 2)
        for path in WORKFLOWS:
            with self.subTest(path.name):
                yield path, path.read_text()

    def test_actions_are_pinned_by_digest_and_say_which_version_that_is(self):
        for _, text in self.each():
            for used in re.findall(r"uses: (.+)", text):
                self.assertRegex(used, r"^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")

    def test_one_action_is_pinned_to_one_version(self):
        used = {tuple(one.split("@")) for path in WORKFLOWS for one in re.findall(r"uses: (.+)", path.read_text())}
        self.assertEqual(len({name for name, _ in used}), len(used), used)

    def test_no_workflow_has_rights_by_default_and_each_job_ends(self):
        for _, text in self.each():
            self.assertIn("\npermissions: {}\n", text)
            jobs = text.split("\njobs:\n")[1]
            self.assertEqual(len(re.findall(r"^  [\w-]+:$", jobs, re.MULTILINE)), jobs.count("timeout-minutes:"))
            self.assertEqual(text.count("actions/checkout"), text.count("persist-credentials: false"))
            self.assertNotIn("pull_request_target", text)
            self.assertNotRegex(text, r"run:.*\$\{\{", "an expression in a script could inject a command")

    def test_actionlint_finds_nothing(self):
        """`ACTIONLINT` names the program, which deploy/test.sh installs."""
        program = os.environ.get("ACTIONLINT", "")
        if not Path(program).is_file() or not shutil.which("node"):
            self.skipTest("actionlint is not installed: the workflows were NOT linted")
        done = subprocess.run(
            ["node", program, ".github/workflows/*.yaml"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_images_of_a_release_are_made_for_both_processors_signed_and_attested(self):
        text = (ROOT / ".github/workflows/images.yaml").read_text()
        for part in (
            "linux/amd64,linux/arm64",
            "cosign sign --yes",
            "sbom-path: amd64.cdx.json",
            "sbom-path: arm64.cdx.json",
            "id-token: write",
        ):
            self.assertIn(part, text)

    def test_dependabot_reads_every_kind_of_dependency(self):
        text = (ROOT / ".github/dependabot.yml").read_text()
        kinds = set(re.findall(r"package-ecosystem: (\S+)", text))
        self.assertEqual(kinds, {"cargo", "github-actions", "docker", "docker-compose", "terraform"})
        for folder in re.findall(r"directory: /(\S*)", text):
            self.assertTrue((ROOT / folder).is_dir(), folder)


class CrossCompiler(Bench):
    def test_it_is_installed_for_the_other_processor_only(self):
        for name in ("rustc", "rustup", "apt-get"):
            self.stand_in(self.folder / "bin" / name)
        self.answer({"rustc -vV": "host: aarch64-unknown-linux-gnu"})
        for arch, installed in (
            ("arm64", []),
            (
                "amd64",
                [
                    "rustup target add x86_64-unknown-linux-gnu",
                    "apt-get update -qq",
                    "apt-get install -y -qq --no-install-recommends gcc-x86-64-linux-gnu libc6-dev-amd64-cross",
                ],
            ),
        ):
            self.forget_calls()
            done = subprocess.run(
                ["sh", "docker/prepare.sh", "toolchain"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                env=self.environment(TARGETARCH=arch),
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([call["call"] for call in self.calls() if not call["call"].startswith("rustc")], installed)


class Images(unittest.TestCase):
    def script(self, name, **environment):
        done = subprocess.run(
            ["sh", "-c", f". docker/target.sh && {name}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def test_the_target_follows_the_platform(self):
        if not shutil.which("rustc"):
            self.skipTest("rustc is not installed: the target of the images was NOT tested")
        host = re.search(
            r"host: (\S+)", subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
        ).group(1)
        self.assertEqual(self.script('echo "$target"'), (0, host, ""))
        for arch, target in (("amd64", "x86_64-unknown-linux-gnu"), ("arm64", "aarch64-unknown-linux-gnu")):
            self.assertEqual(self.script('echo "$target"', TARGETARCH=arch)[1], target)
            compiler = "" if target == host else f"{target.replace('-unknown', '')}-gcc"
            upper, lower = target.replace("-", "_").upper(), target.replace("-", "_")
            self.assertEqual(self.script(f'echo "$CARGO_TARGET_{upper}_LINKER"', TARGETARCH=arch)[1], compiler)
            self.assertEqual(self.script(f'echo "$CC_{lower}"', TARGETARCH=arch)[1], compiler)
        status, _, error = self.script("true", TARGETARCH="riscv64")
        self.assertEqual((status, error), (1, 'TARGETARCH is "riscv64"; expected amd64 or arm64'))

    def test_the_compiler_runs_on_the_builders_own_processor(self):
        text = (ROOT / "docker/Dockerfile").read_text()
        images = re.findall(r"^FROM (?!scratch)(\S+)", text, re.MULTILINE)
        self.assertEqual(images[0], "--platform=$BUILDPLATFORM")
        self.assertEqual(text.count("${RUST_IMAGE}"), 1)

    def test_no_image_floats(self):
        """By exact version: `dependabot` moves them. A tag alone, such as `latest`, would change without a commit."""
        for name in ("docker/Dockerfile", "docker/compose.yaml"):
            for image in re.findall(r"(?:RUST_IMAGE=|_IMAGE:-)([^\s}]+)", (ROOT / name).read_text()):
                self.assertRegex(image, r":v?\d+", image)
                self.assertNotIn("latest", image)

    def test_our_images_are_never_pulled(self):
        text = (ROOT / "docker/compose.yaml").read_text()
        self.assertEqual(text.count("image: fortnight/"), text.count("pull_policy: *pull-policy"))
        self.assertIn("&pull-policy ${PULL_POLICY:-build}", text)


if __name__ == "__main__":
    unittest.main()
