use std::net::TcpListener;

use super::*;
use crate::serve::ServeConfig;
use crate::telemetry::TelemetryConfig;

/// A service as ours are. Cargo sets its two variables for every test, so they stand for what an operator sets.
#[derive(Debug, Parser)]
#[command(name = "sample-service", version = "1.2.3")]
struct Config {
    /// Sessions drawn
    #[arg(long, default_value_t = 30)]
    history: u8,
    /// Where quotes come from, such as `https://quotes.example`
    #[arg(long, env = "QUOTES_URL")]
    quotes: Option<String>,
    /// Opens the door
    #[arg(long, env = "SAMPLE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    server: ServeConfig,
    #[command(flatten)]
    telemetry: TelemetryConfig,
}

#[derive(Debug, Parser)]
#[command(name = "sample-service")]
struct FromEnvironment {
    /// Days kept
    #[arg(long, env = "CARGO_PKG_NAME")]
    days: Option<u64>,
}

#[derive(Debug, Parser)]
#[command(name = "sample-service")]
struct Needy {
    /// The model file, such as `models/lstm.onnx`
    #[arg(long, env = "SAMPLE_MODEL_PATH")]
    model: std::path::PathBuf,
}

fn ask<C: Parser>(arguments: &[&str]) -> Result<Request<C>, Refusal> {
    let arguments = std::iter::once("sample-service").chain(arguments.iter().copied());
    interpret(8765, arguments.map(OsString::from))
}

fn refusal<C: Parser + std::fmt::Debug>(arguments: &[&str]) -> String {
    match ask::<C>(arguments) {
        Err(Refusal::Value(text)) => text,
        other => panic!("expected a refused value, got {other:?}"),
    }
}

fn printed(arguments: &[&str]) -> String {
    match ask::<Config>(arguments) {
        Ok(Request::Print(text)) => text,
        other => panic!("expected text, got {other:?}"),
    }
}

#[test]
fn a_service_without_a_port_of_its_own_gets_the_default_one() {
    let Ok(Request::Run(config)) = ask::<Config>(&[]) else { panic!("nothing was wrong") };
    assert_eq!(config.server.port, Some(8765));
    let Ok(Request::Run(config)) = ask::<Config>(&["--port", "0"]) else { panic!("nothing was wrong") };
    assert_eq!(config.server.port, Some(0));
}

#[test]
fn the_effective_configuration_is_an_environment_file_without_secrets() {
    let text = printed(&[
        "--check-config",
        "--token=abc123",
        "--quotes=redis://me:hunter2@cache:6379/1",
        "--log-format=json",
    ]);

    for line in [
        "# sample-service 1.2.3: the configuration in effect",
        "--history=30  # default",
        "QUOTES_URL=redis://********@cache:6379/1  # command line",
        "SAMPLE_TOKEN=******** (6 characters)  # command line",
        "HOST=0.0.0.0  # default",
        "PORT=8765  # default",
        "LOG_FORMAT=json  # command line",
        "# METRICS_PORT is not set",
    ] {
        assert!(text.lines().any(|got| got == line), "{line:?} is not a line of\n{text}");
    }
    assert!(!text.contains("abc123") && !text.contains("hunter2"), "{text}");
    assert!(!text.contains("check-config"), "{text}");
}

#[test]
fn a_bad_value_is_named_explained_and_shown_done_right() {
    let text = refusal::<Config>(&["--port", "eighty"]);
    assert_eq!(
        text,
        "sample-service: PORT is `eighty`: invalid digit found in string\n\
         \x20 what it means: Port to listen on; 0 takes a free one\n\
         \x20 for example:   PORT=8765\n\
         \x20 --help lists every variable; --check-config prints what is in effect\n"
    );
    let text = refusal::<Config>(&["--log-format", "xml"]);
    assert!(text.contains("LOG_FORMAT is `xml`: expected one of text, json"), "{text}");
    let text = refusal::<Config>(&["--log-level", "a=b=c"]);
    assert!(
        text.contains("LOG_LEVEL") && text.contains("a=b=c") && text.contains("LOG_LEVEL=warn"),
        "{text}"
    );
}

#[test]
fn a_bad_variable_of_the_environment_is_named_too() {
    let text = refusal::<FromEnvironment>(&[]);
    assert!(text.contains("CARGO_PKG_NAME is `service-runtime`: invalid digit"), "{text}");
    assert!(text.contains("for example:   CARGO_PKG_NAME=1000"), "{text}");
}

#[test]
fn a_missing_variable_is_named_with_the_example_of_its_help() {
    let text = refusal::<Needy>(&[]);
    assert!(text.contains("SAMPLE_MODEL_PATH is not set, and sample-service needs it"), "{text}");
    assert!(text.contains("SAMPLE_MODEL_PATH=models/lstm.onnx"), "{text}");
}

#[test]
fn a_misspelt_option_is_left_to_clap() {
    assert!(matches!(ask::<Config>(&["--prot", "80"]), Err(Refusal::Clap(_))));
}

#[test]
fn the_health_check_asks_the_instance_on_its_own_loopback() {
    let Ok(Request::Probe(address)) = ask::<Config>(&["--health-check", "--port", "9"]) else {
        panic!("expected a probe")
    };
    assert_eq!(address.to_string(), "127.0.0.1:9");
    let Ok(Request::Probe(address)) = ask::<Config>(&["--health-check", "--host", "::"]) else {
        panic!("expected a probe")
    };
    assert_eq!(address.to_string(), "[::1]:8765");
}

#[test]
fn the_health_check_tells_ready_from_not_ready_and_from_nobody_there() {
    use std::io::{Read as _, Write as _};

    for (answer, ready) in [("200 OK", true), ("503 Service Unavailable", false)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let service = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).unwrap();
            let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..read]).into_owned()
        });

        assert_eq!(probe::ask_ready(address).is_ok(), ready, "{answer}");

        assert!(service.join().unwrap().starts_with("GET /ready HTTP/1.1\r\n"));
        assert!(probe::ask_ready(address).is_err(), "the listener is gone");
    }
}
