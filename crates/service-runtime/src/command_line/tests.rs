use std::net::TcpListener;

use config_values::HttpUrl;

use super::*;
use crate::serve::ServeConfig;
use crate::telemetry::TelemetryConfig;

/// A service like ours.
#[derive(Debug, Parser)]
#[command(name = "sample-service", version = "1.2.3")]
struct Config {
    /// Sessions drawn
    #[arg(long, default_value_t = 30)]
    history: u8,
    /// Where quotes come from, such as `https://quotes.example`
    #[arg(long, env = "QUOTES_URL")]
    quotes: Option<HttpUrl>,
    /// Unlocks the quotes
    #[arg(long, env = "SAMPLE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    server: ServeConfig,
    #[command(flatten)]
    telemetry: TelemetryConfig,
}

/// Cargo sets this variable for every test, so it stands for one that an operator sets.
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

fn ask<C: Parser>(arguments: &[&str]) -> Result<Request<C>, Rejection> {
    let arguments = std::iter::once("sample-service").chain(arguments.iter().copied());
    interpret(8765, arguments.map(OsString::from))
}

fn rejection<C: Parser + std::fmt::Debug>(arguments: &[&str]) -> String {
    match ask::<C>(arguments) {
        Err(Rejection::Value(text)) => text,
        other => panic!("expected a rejected value, got {other:?}"),
    }
}

fn printed(arguments: &[&str]) -> String {
    match ask::<Config>(arguments) {
        Ok(Request::Print(text)) => text,
        other => panic!("expected text, got {other:?}"),
    }
}

#[test]
fn a_service_without_a_configured_port_uses_its_default() {
    let Ok(Request::Run(config)) = ask::<Config>(&[]) else { panic!("expected a configuration") };
    assert_eq!(config.server.port, Some(8765));
    let Ok(Request::Run(config)) = ask::<Config>(&["--port", "0"]) else {
        panic!("expected a configuration")
    };
    assert_eq!(config.server.port, Some(0));
}

#[test]
fn the_effective_configuration_is_an_environment_file_without_secrets() {
    let text = printed(&[
        "--check-config",
        "--token=abc123",
        "--quotes=https://quotes.example/v1",
        "--log-format=json",
    ]);

    for line in [
        "# sample-service 1.2.3: the configuration in effect",
        "--history=30  # default",
        "QUOTES_URL=https://quotes.example/v1  # command line",
        "SAMPLE_TOKEN=******** (6 characters)  # command line",
        "HOST=0.0.0.0  # default",
        "PORT=8765  # default",
        "LOG_FORMAT=json  # command line",
        "# METRICS_PORT is not set",
    ] {
        assert!(text.lines().any(|got| got == line), "{line:?} is not a line of\n{text}");
    }
    assert!(!text.contains("abc123"), "{text}");
    assert!(!text.contains("check-config"), "{text}");
}

#[test]
fn a_bad_value_is_reported_with_its_variable_meaning_and_an_example() {
    let text = rejection::<Config>(&["--port", "eighty"]);
    assert_eq!(
        text,
        "sample-service: PORT is \"eighty\"; expected a whole number from 0 to 65535\n\
         \x20 meaning: Port to listen on; 0 picks a free one\n\
         \x20 example: PORT=8765\n\
         \x20 --help lists all variables\n"
    );
    for (argument, expected) in [
        ("--log-format=xml", "LOG_FORMAT is \"xml\"; expected text or json\n"),
        (
            "--log-level=warning",
            "LOG_LEVEL is \"warning\"; expected off, error, warn, info, debug or trace, or per-module settings such \
             as info,predict_service=debug\n",
        ),
        (
            "--quotes=localhost:8000",
            "QUOTES_URL is \"localhost:8000\"; expected an address with http:// or https://, such as \
             http://localhost:8000\n",
        ),
        (
            "--quotes=https://me:hunter2@quotes.example",
            "QUOTES_URL is \"https://********@quotes.example\"; expected an address without user name and password",
        ),
        ("--max-connections=0", "MAX_CONNECTIONS is \"0\"; expected a whole number from 1 to 1073741824\n"),
        ("--host=localhost", "HOST is \"localhost\"; expected an IP address\n"),
    ] {
        let text = rejection::<Config>(&[argument]);
        assert!(text.starts_with(&format!("sample-service: {expected}")), "{argument}: {text}");
    }
}

#[test]
fn a_bad_environment_variable_is_reported_too() {
    let text = rejection::<FromEnvironment>(&[]);
    assert!(text.contains("CARGO_PKG_NAME is \"service-runtime\"; expected a whole number"), "{text}");
    assert!(text.contains("example: CARGO_PKG_NAME=1000"), "{text}");
}

#[test]
fn a_missing_variable_is_reported_with_the_example_from_its_help() {
    let text = rejection::<Needy>(&[]);
    assert!(text.contains("SAMPLE_MODEL_PATH is not set, but sample-service needs it"), "{text}");
    assert!(text.contains("SAMPLE_MODEL_PATH=models/lstm.onnx"), "{text}");
}

#[test]
fn a_misspelled_option_is_explained_by_clap() {
    assert!(matches!(ask::<Config>(&["--prot", "80"]), Err(Rejection::Clap(_))));
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
fn the_health_check_succeeds_only_if_the_instance_is_ready() {
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
        assert!(probe::ask_ready(address).is_err(), "nothing listens any more");
    }
}
