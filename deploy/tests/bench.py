"""What the tests of the deployment share: a copy of the files under test, and programs that only record their calls."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

DEPLOY = Path(__file__).resolve().parent.parent
PROJECT = "acme"
DIGEST = "@sha256:" + "a" * 64


class Bench(unittest.TestCase):
    """Runs our scripts with a gcloud, a docker, a curl, a sleep and a doctor that only record how they were called."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        programs = self.folder / "bin"
        programs.mkdir()
        # Directly, as a version manager's shim takes longer than the script.
        (programs / "python3").symlink_to(sys.executable)
        for name in ("gcloud", "docker", "curl", "sleep"):
            self.stand_in(programs / name)
        self.answer({})

    def stand_in(self, path):
        """Puts a stand-in where a program is expected. Python without its site packages starts twice as fast."""
        text = (DEPLOY / "tests/stand_in.py").read_text()
        path.write_text(text.replace("#!/usr/bin/env python3", f"#!{sys.executable} -SE", 1))
        path.chmod(0o755)

    def answer(self, answers):
        (self.folder / "answers.json").write_text(json.dumps(answers))

    def environment(self, **more):
        return {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "STAND_IN": str(self.folder),
            **more,
        }

    def run_script(self, path, *arguments, **environment):
        """Returns the finished run of one of our scripts."""
        return subprocess.run(
            [str(path), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=self.environment(**environment),
        )

    def calls(self):
        """Returns the calls of the stand-ins, in order."""
        log = self.folder / "calls.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def forget_calls(self):
        (self.folder / "calls.jsonl").unlink(missing_ok=True)


class Checkout(Bench):
    """A copy of the repository's deployment files under git, whose doctor is a stand-in too."""

    def setUp(self):
        super().setUp()
        self.checkout = self.folder / "checkout"
        shutil.copytree(
            DEPLOY, self.checkout / "deploy", ignore=shutil.ignore_patterns("tests", "__pycache__", ".terraform*")
        )
        self.stand_in(self.checkout / "deploy/doctor")
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "As released"]):
            self.git(*command)
        self.release = self.git("rev-parse", "--short=12", "HEAD")

    def git(self, *arguments):
        done = subprocess.run(
            ["git", "-c", "user.name=test", "-c", "user.email=test@example.com", *arguments],
            cwd=self.checkout,
            capture_output=True,
            text=True,
            check=True,
            env=self.environment(),
        )
        return done.stdout.strip()

    def deploy(self, *arguments, **environment):
        """Returns the finished run of deploy.sh and the calls it made."""
        self.forget_calls()
        settings = {"PROJECT": PROJECT, "EDGAR_CONTACT": "jane@example.com", **environment}
        settings = {name: value for name, value in settings.items() if value is not None}
        done = self.run_script(self.checkout / "deploy/deploy.sh", *arguments, **settings)
        return done, self.calls()
