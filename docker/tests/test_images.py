"""What the images contain, and what they must not contain."""

import io
import json
import os
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from containers import DOCKER, TAG, docker, inspect

IMAGES = ("frontend", "predict-service", "plot-service", "market-sim", "nightly")
MOST_BYTES = 40_000_000
SHELLS_AND_TOOLS = {
    "sh", "bash", "dash", "ash", "zsh", "busybox", "toybox", "curl", "wget", "nc", "perl", "python3",
    "apt", "apt-get", "dpkg", "apk", "rpm", "yum", "dnf", "pip", "cargo", "npm",
}
# Names of files that do not belong in an image, and words that no text in one may contain.
SECRET_NAMES = (".env", ".netrc", ".npmrc", "id_rsa", "credentials.json", ".git")
SECRET_WORDS = (b"PRIVATE KEY-----", b"api_token=", b"AKIA", b"ghp_", b"AIza")


def files(image):
    """Returns the run-time file system of an image: path to content."""
    made = docker("create", image).strip()
    try:
        archive = tarfile.open(fileobj=io.BytesIO(docker("export", made, binary=True)))
        return {member.name: (member, archive.extractfile(member).read()) for member in archive if member.isfile()}
    finally:
        docker("rm", made)


def layers(image):
    """Returns every file of every layer, also those a later layer hides."""
    saved = tarfile.open(fileobj=io.BytesIO(docker("save", image, binary=True)))
    found = []
    for manifest in json.load(saved.extractfile("manifest.json")):
        for layer in manifest["Layers"]:
            inner = tarfile.open(fileobj=io.BytesIO(saved.extractfile(layer).read()))
            found += [(member.name, inner.extractfile(member).read()) for member in inner if member.isfile()]
    return found


class Images(unittest.TestCase):
    def each(self):
        for name in IMAGES:
            with self.subTest(image=name):
                yield name, f"fortnight/{name}:{TAG}"

    def test_an_image_is_small(self):
        for name, image in self.each():
            size = inspect(image)["Size"]
            print(f"\n  image {name}: {size / 1e6:.1f} MB", end="")
            self.assertLess(size, MOST_BYTES)

    def test_the_program_is_the_only_thing_that_runs(self):
        for name, image in self.each():
            content = files(image)
            # Docker itself puts empty files such as /.dockerenv and /etc/hosts into what it exports.
            full = {path: (member, data) for path, (member, data) in content.items() if data}
            executable = {path for path, (member, data) in full.items() if member.mode & 0o111 or data[:4] == b"\x7fELF"}
            self.assertEqual(executable, {f"usr/bin/{name}"})
            self.assertFalse({Path(path).name for path in content} & SHELLS_AND_TOOLS)

    def test_the_program_is_static(self):
        for name, image in self.each():
            program = files(image)[f"usr/bin/{name}"][1]
            # A dynamic program names its loader.
            self.assertNotIn(b"/lib64/ld-linux", program[:4096])

    def test_certificates_licence_and_bill_of_materials_are_there(self):
        for name, image in self.each():
            content = files(image)
            self.assertGreater(content["etc/ssl/certs/ca-certificates.crt"][1].count(b"BEGIN CERTIFICATE"), 50)
            self.assertIn(b"MIT License", content["srv/LICENSE"][1])
            bill = json.loads(content[f"usr/share/sbom/{name}.cdx.json"][1])
            self.assertEqual((bill["bomFormat"], bill["metadata"]["component"]["name"]), ("CycloneDX", name))
            locked = [part for part in bill["components"] if "hashes" in part]
            self.assertGreater(len(locked), 50)
            self.assertIn("axum", {part["name"] for part in locked})

    def test_what_a_service_reads_is_in_its_image_and_no_other(self):
        content = {name: set(files(image)) for name, image in self.each()}
        weights = {name: [path for path in paths if path.endswith(".onnx")] for name, paths in content.items()}
        self.assertTrue(weights.pop("predict-service"))
        self.assertFalse(any(weights.values()), weights)
        for name in ("frontend", "predict-service", "market-sim", "nightly"):
            self.assertIn("srv/data/stocks.csv", content[name])
        self.assertIn("srv/models/MODEL_CARD.md", content["frontend"])

    def test_it_does_not_run_as_root_and_tells_its_health(self):
        for name, image in self.each():
            config = inspect(image)["Config"]
            self.assertEqual(config["User"], "65532:65532")
            # A nightly run exits when it is done and has no port to check.
            if name != "nightly":
                self.assertEqual(config["Healthcheck"]["Test"], ["CMD", f"/usr/bin/{name}", "--health-check"])
            self.assertEqual(config["Entrypoint"], [f"/usr/bin/{name}"])

    def test_labels_say_what_it_is_and_where_it_comes_from(self):
        for name, image in self.each():
            labels = inspect(image)["Config"]["Labels"]
            self.assertEqual(labels["org.opencontainers.image.title"], f"fortnight-{name}")
            self.assertEqual(labels["org.opencontainers.image.licenses"], "MIT")
            self.assertRegex(labels["org.opencontainers.image.created"], r"^\d{4}-\d\d-\d\dT")
            self.assertNotEqual(labels["org.opencontainers.image.version"], "")
            self.assertNotEqual(labels["org.opencontainers.image.revision"], "")

    def test_no_layer_and_no_history_holds_a_secret(self):
        for name, image in self.each():
            for path, data in layers(image):
                parts = Path(path).parts
                self.assertFalse(any(part.startswith(SECRET_NAMES) for part in parts), path)
                if data[:4] != b"\x7fELF":
                    self.assertFalse([word for word in SECRET_WORDS if word in data], path)
            history = docker("history", "--no-trunc", image) + json.dumps(inspect(image)["Config"]["Env"])
            self.assertNotRegex(history, r"(?i)(token|secret|password|key)=\S")

    def test_a_secret_next_to_the_sources_never_reaches_the_builder(self):
        planted = ("canary", ".env", ".env.local", "frontend/.env", "crates/x/key.pem", "data/credentials-prod.json")
        kept = ("Cargo.toml", "crates/x/src/lib.rs", "target/images/frontend/usr/bin/frontend")
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name in planted + kept:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text("EODHD_API_TOKEN=planted\n")
            (root / ".dockerignore").write_text(Path(".dockerignore").read_text())
            dockerfile = root / "probe"
            dockerfile.write_text("FROM scratch\nCOPY . /\nCMD [\"none\"]\n")
            tag = f"fortnight/context-probe:{TAG}"
            subprocess.run(
                [DOCKER, "build", "--quiet", "--file", str(dockerfile), "--tag", tag, folder],
                check=True, capture_output=True, env={**os.environ, "DOCKER_BUILDKIT": "1"},
            )
            seen = {path for path, _ in layers(tag)}
        self.assertEqual(seen, set(kept))
