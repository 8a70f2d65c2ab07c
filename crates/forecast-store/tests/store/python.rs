//! Python packages that the tests drive, installed once under the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns a Python with these packages (`name==version`), or says loudly that there is none.
pub(crate) fn python_with(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let python = folder.join("bin/python");
    let runs = |command: &mut Command| command.status().is_ok_and(|status| status.success());
    if !python.exists() && !runs(Command::new("python3").args(["-m", "venv"]).arg(&folder)) {
        println!("LEFT OUT: {name} was NOT run: python3 with venv is not installed");
        return None;
    }
    let wanted: Vec<String> = packages.iter().map(|package| package.replace(['[', ']', ','], " ")).collect();
    let list = "import importlib.metadata as m, sys; [sys.exit(1) for p in sys.argv[1:] \
                if m.version(p.split('==')[0].split()[0]) != p.split('==')[1].strip()]";
    let has_all = Command::new(&python)
        .args(["-c", list])
        .args(&wanted)
        .output()
        .is_ok_and(|output| output.status.success());
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    if !has_all && !runs(Command::new(&python).args(install).args(packages)) {
        println!("LEFT OUT: {name} was NOT run: pip could not install {}", packages.join(" "));
        return None;
    }
    Some(python)
}
