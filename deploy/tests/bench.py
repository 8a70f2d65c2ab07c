"""What the tests of the deployment share: a fake gcloud on the path, and the files under test."""

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
    """Runs our scripts with a gcloud and a docker that only record how they were called."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        programs = self.folder / "bin"
        programs.mkdir()
        shutil.copy(DEPLOY / "tests/fake_gcloud.py", programs / "gcloud")
        (programs / "gcloud").chmod(0o755)
        # Directly, as a version manager's shim takes longer than the script.
        (programs / "python3").symlink_to(sys.executable)
        (programs / "docker").write_text(f"#!/bin/sh\necho \"docker $*\" >>{self.folder}/docker.log\n")
        (programs / "docker").chmod(0o755)
        self.answer({})

    def answer(self, answers):
        (self.folder / "answers.json").write_text(json.dumps(answers))

    def run_script(self, name, *arguments, **environment):
        """Returns the finished run of one of our scripts."""
        return subprocess.run(
            [str(DEPLOY / name), *arguments], capture_output=True, text=True, check=False,
            env={
                "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "HOME": str(self.folder),
                "FAKE_GCLOUD": str(self.folder), **environment,
            },
        )

    def calls(self):
        """Returns the calls of the fake gcloud, in order."""
        log = self.folder / "calls.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
