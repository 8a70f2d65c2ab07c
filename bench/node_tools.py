"""Tools from the npm registry, kept in the target folder: of the same versions everywhere, with a Node that can run
them."""

import os
import re
import shutil
import subprocess
import sys

from system import target_folder

# The tools need at least this one; an older one runs npm, which brings a newer one as a package.
NODE = 22


def install(folder, *packages):
    """Installs packages under the target folder; returns the environment in which their programs run. Ends the program
    with one line where there is no Node or a package cannot be had."""
    if shutil.which("npm") is None:
        print(f"LEFT OUT: {sys.argv[0]} was NOT run: npm is not installed")
        sys.exit(0)
    if not is_new_enough():
        packages = (f"node@{NODE}", *packages)
    home = target_folder() / "npm" / folder
    home.mkdir(parents=True, exist_ok=True)
    wanted = home / "installed.txt"
    if not wanted.exists() or wanted.read_text() != "\n".join(packages):
        done = subprocess.run(
            ["npm", "install", "--prefix", home, "--no-audit", "--no-fund", "--loglevel=error", *packages],
            check=False, stdout=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            print(f"LEFT OUT: {sys.argv[0]} was NOT run: npm could not install {' '.join(packages)}")
            sys.exit(0)
        wanted.write_text("\n".join(packages))
    programs = [home / "node_modules/node/bin", home / "node_modules/.bin"]
    path = os.pathsep.join([*map(str, programs), os.environ["PATH"]])
    return home, {**os.environ, "PATH": path, "NO_COLOR": "1"}


def is_new_enough():
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)", done.stdout)
    return version is not None and int(version[1]) >= NODE
