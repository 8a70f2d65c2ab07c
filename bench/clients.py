#!/usr/bin/env python3
"""Makes clients from the OpenAPI documents with the standard generators, in Python and TypeScript, and uses them
against the simulated market, as a program would. Runs the notebook of examples/ too.

    bench/clients.py

Needs npm, and Python with venv.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv

from node_tools import install
from system import ROOT, Process, ask, free_port, target_folder

PYTHON = ("openapi-python-client==0.29.1", "pandas==3.1.1", "pyarrow==26.0.1", "matplotlib==3.11.2")
TYPESCRIPT = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3")
PROGRAMS = ROOT / "bench/clients"
NOW = "2026-11-21T03:00:00Z"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=pathlib.Path, default=target_folder() / "release")
    options = parser.parse_args()
    home, environment = install("clients", *TYPESCRIPT)
    python = python_tools()
    base = free_port()
    fortnight = Process(
        "fortnight", options.binaries, port=base,
        command=[str(options.binaries / "fortnight"), "--port-base", str(base), "--now", NOW],
    )
    fortnight.start()
    services = {"predict": base + 1, "plot": base + 2}
    try:
        for name, port in services.items():
            (home / f"{name}.json").write_bytes(ask(port, "/openapi.json")[2])
        addresses = [f"http://127.0.0.1:{port}" for port in services.values()]
        use_python(python, home, addresses)
        use_typescript(home, environment, addresses)
        run_notebook(python, options.binaries / "fortnight", f"http://127.0.0.1:{base}")
    finally:
        fortnight.stop()


def python_tools():
    folder = target_folder() / "clients-python"
    python = folder / "bin/python"
    # Asking pip takes a fraction of a second where all are there already.
    if not python.exists():
        venv.create(folder, with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYTHON]
    if subprocess.run(install, check=False).returncode != 0:
        print(f"LEFT OUT: {sys.argv[0]} was NOT run: pip could not install {' '.join(PYTHON)}")
        sys.exit(0)
    return python


def use_python(python, home, addresses):
    for name in ("predict", "plot"):
        client = home / f"{name}_client"
        shutil.rmtree(client, ignore_errors=True)
        said = run([python, "-m", "openapi_python_client", "generate", "--path", home / f"{name}.json",
                    "--meta", "none", "--output-path", client],
                   PATH=f"{python.parent}{os.pathsep}{os.environ['PATH']}")
        assert "Unable to process" not in said, said
    run([python, PROGRAMS / "forecast.py", *addresses], PYTHONPATH=str(home))
    print("ok: clients generated and used in Python", flush=True)


def use_typescript(home, environment, addresses):
    for name in ("predict", "plot"):
        # A field with a default may be left out of a question.
        run(["openapi-typescript", f"{name}.json", "--output", f"{name}.d.ts", "--default-non-nullable", "false"],
            cwd=home, **environment)
    shutil.copy(PROGRAMS / "forecast.ts", home / "forecast.ts")
    (home / "package.json").write_text('{"type": "module"}')
    run(["tsc", "--strict", "--noEmitOnError", "--target", "es2022", "--module", "nodenext", "--skipLibCheck",
         "--lib", "es2022,dom", "forecast.ts"], cwd=home, **environment)
    run(["node", "forecast.js", *addresses], cwd=home, **environment)
    print("ok: clients generated and used in TypeScript", flush=True)


def run_notebook(python, fortnight, page):
    notebook = json.loads((ROOT / "examples/forecast.ipynb").read_text())
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    with tempfile.TemporaryDirectory() as folder:
        store = f"{folder}/store"
        run([fortnight, "nightly", "--first", "20", "--store", store, "--now", NOW])
        run([python, "-c", "\n".join(cells)], FORTNIGHT_URL=page, FORTNIGHT_STORE=store, MPLBACKEND="agg")
    print("ok: the notebook", flush=True)


def run(command, cwd=None, **environment):
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
