//! The program as people start it: from any folder and in any environment.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fortnight"));
    command.env_clear().current_dir(folder).args(["--port-base", "0"]);
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the program ends")
}

/// Ends the program even if the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_starts_from_an_empty_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let started = command(folder.path()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut running = Running(started);
    let stdout = BufReader::new(running.0.stdout.take().expect("it is piped"));
    let address = stdout
        .lines()
        .map(|line| line.expect("text"))
        .find_map(|line| line.split_once("Open  http://").map(|(_, address)| address.to_owned()))
        .expect("it prints its address");

    let mut page = String::new();
    let mut client = TcpStream::connect(&address).expect("it listens");
    write!(client, "GET /model HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").expect("a request");
    client.read_to_string(&mut page).expect("a page");

    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("/model/coverage.svg"), "the model card is there: {page}");
}

#[test]
fn a_broken_env_file_ends_the_start_with_its_line() {
    let utf16: Vec<u8> = "\u{feff}SEED=1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (content, message) in [
        (
            &b"SITE_NAME=My Stocks\nEODHD_API_TOKEN=abc123\n"[..],
            ".env, line 1: \"My Stocks\" contains a space; put it in quotes",
        ),
        (&b"my settings\n"[..], ".env, line 1: expected NAME=value, or # before a comment"),
        (
            &b"# Schl\xFCssel\nEODHD_API_TOKEN=abc123\n"[..],
            ".env, line 1: the byte 0xFC is not UTF-8; save the file as UTF-8",
        ),
        (&utf16, ".env, line 1: the file is UTF-16; save it as UTF-8"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(".env"), content).expect("a file");

        let ended = output(&mut command(folder.path()));

        assert_eq!(ended.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&ended.stderr), format!("fortnight: {message}\n"));
    }
}

#[test]
fn a_variable_that_cannot_be_used_ends_the_start_with_an_example() {
    let folder = tempfile::tempdir().expect("a folder");
    for level in ["warning", "verbose", "info;x"] {
        let ended = output(command(folder.path()).env("LOG_LEVEL", level));

        assert_eq!(ended.status.code(), Some(2));
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        let expected =
            format!("fortnight: LOG_LEVEL is \"{level}\"; expected off, error, warn, info, debug or trace");
        assert!(said.starts_with(&expected) && said.contains("example: LOG_LEVEL="), "{said}");
    }
}

#[test]
fn a_failure_to_start_is_one_plain_line() {
    let folder = tempfile::tempdir().expect("a folder");

    let ended = output(command(folder.path()).env("STOCKS_CSV", "missing.csv").env("RUST_BACKTRACE", "1"));

    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.starts_with("fortnight: ") && said.contains("missing.csv"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}
