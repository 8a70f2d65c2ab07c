use std::ffi::OsString;
use std::process::Command;

/// Returns an interpreter that has these modules, `PYTHON` or `python3`, or prints what was not tested if there is none.
pub(crate) fn python_with(modules: &str, what: &str) -> Option<OsString> {
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let found = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    println!(
        "LEFT OUT: {what} NOT tested: {} lacks some of {modules}; PYTHON names another interpreter",
        python.display()
    );
    None
}
