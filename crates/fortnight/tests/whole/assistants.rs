//! `fortnight mcp`, as assistants use it: over standard input and output, and over streamable HTTP.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::{Value, json};
use tokio::process::Child;

use crate::helpers::FRIDAY_NIGHT;

type Assistant = RunningService<RoleClient, ()>;

fn program(arguments: &[&str]) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_fortnight"));
    command
        .env_clear()
        .current_dir(std::env::temp_dir())
        .args(["mcp", "--now", FRIDAY_NIGHT])
        .args(arguments);
    command
}

/// An assistant, and the program it has started.
async fn assistant() -> (Assistant, Child) {
    let mut command = program(&[]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("the program starts");
    let streams = child.stdout.take().zip(child.stdin.take()).expect("both are piped");
    (().serve(streams).await.expect("it speaks the protocol"), child)
}

/// The program ends by itself when its assistant leaves.
async fn leave(assistant: Assistant, mut child: Child) {
    assistant.cancel().await.expect("the assistant leaves");
    assert!(child.wait().await.expect("the program ends").success());
}

async fn call(assistant: &Assistant, tool: &'static str, arguments: Value) -> CallToolResult {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let request = CallToolRequestParams::new(tool).with_arguments(arguments);
    assistant.call_tool(request).await.expect("an answer")
}

async fn answer(assistant: &Assistant, tool: &'static str, arguments: Value) -> Value {
    let result = call(assistant, tool, arguments).await;
    assert_ne!(result.is_error, Some(true), "{tool}: {result:?}");
    result.structured_content.expect("structured content")
}

async fn refusal(assistant: &Assistant, tool: &'static str, arguments: Value) -> String {
    let result = call(assistant, tool, arguments).await;
    assert_eq!(result.is_error, Some(true), "{tool}: {result:?}");
    result.content[0].as_text().expect("text").text.clone()
}

/// What every answer about a stock must carry.
fn assert_has_its_basis(basis: &Value) {
    assert_eq!(basis["market"], "simulated: these prices are made up");
    let measured = basis["measured"].as_array().expect("coverage");
    let meant: Vec<f64> = measured.iter().filter_map(|held| held["meant"].as_f64()).collect();
    assert_eq!(meant, [0.5, 0.8, 0.9]);
    assert!(measured.iter().all(|held| held["closes"].as_u64() > Some(1_000)), "{measured:?}");
    let sources = basis["sources"].as_array().expect("sources");
    assert!(sources.len() >= 4 && sources[0]["source"] == "prices" && sources[0]["status"] == "ok");
    assert!(basis["notice"].as_str().expect("a notice").starts_with("Not investment advice."));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_answers_with_ranges_and_what_stands_behind_them() {
    let (assistant, child) = assistant().await;

    let forecast = answer(&assistant, "forecast", json!({"stock": "nvda"})).await;
    assert_has_its_basis(&forecast["basis"]);
    let days = forecast["days"].as_array().expect("days");
    assert_eq!((days.len(), forecast["basis"]["as_of"].as_str()), (14, Some("2026-11-20")));
    for day in days {
        let fields: Vec<&String> = day.as_object().expect("a day").keys().collect();
        assert_eq!(fields, ["date", "range_50", "range_80", "range_90"], "no single price");
    }

    let chance = answer(&assistant, "chance", json!({"stock": "KO", "above": 1})).await;
    assert_has_its_basis(&chance["basis"]);
    assert_eq!(chance["on_day"], "over 95%");

    let record = answer(&assistant, "track_record", json!({"stock": "KO"})).await;
    assert_has_its_basis(&record["basis"]);
    assert_eq!(record["held"].as_array().map(Vec::len), Some(3));

    let compared = answer(&assistant, "compare", json!({"stocks": ["TSLA", "KO"]})).await;
    for stock in compared["stocks"].as_array().expect("stocks") {
        assert_has_its_basis(&stock["basis"]);
        assert!(stock["range_80"]["low"].as_f64() < stock["range_80"]["high"].as_f64());
    }

    let found = answer(&assistant, "search", json!({"query": "coca cola"})).await;
    assert!(
        found["stocks"].as_array().expect("stocks").iter().any(|stock| stock["symbol"] == "KO"),
        "{found}"
    );

    leave(assistant, child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_without_an_answer_are_explained() {
    let (assistant, child) = assistant().await;

    let unknown = refusal(&assistant, "forecast", json!({"stock": "NOPE"})).await;
    assert!(unknown.starts_with("no listed stock is called \"NOPE\""), "{unknown}");
    let early = refusal(&assistant, "forecast", json!({"stock": "KO", "as_of": "1901-01-02"})).await;
    assert!(early.starts_with("KO: "), "{early}");
    let one = refusal(&assistant, "compare", json!({"stocks": ["KO"]})).await;
    assert_eq!(one, "1 stocks cannot be compared; expected 2 to 8");
    let unreadable = refusal(&assistant, "forecast", json!({})).await;
    assert!(unreadable.contains("missing field `stock`"), "{unreadable}");

    leave(assistant, child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_tools_answer_over_http_on_this_machine_only() {
    let mut child = program(&["--http", "127.0.0.1:0"]).stderr(Stdio::piped()).kill_on_drop(true).spawn();
    let child = child.as_mut().expect("the program starts");
    let stderr = child.stderr.take().expect("it is piped").into_owned_fd().expect("a pipe");
    let address = tokio::task::spawn_blocking(move || {
        let lines = BufReader::new(std::fs::File::from(stderr)).lines();
        lines
            .map(|line| line.expect("text"))
            .find_map(|line| Some(line.split_once("tools are at ")?.1.to_owned()))
    });
    let address = address.await.expect("a thread").expect("it prints its address");

    let ask = async |headers: &[(&str, &str)], method: &str, params: Value| {
        let mut request = reqwest::Client::new()
            .post(&address)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-11-25")
            .json(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    };

    let question = json!({"name": "forecast", "arguments": {"stock": "KO"}});
    let answer: Value = ask(&[], "tools/call", question.clone()).await.json().await.expect("JSON");
    assert_has_its_basis(&answer["result"]["structuredContent"]["basis"]);
    for header in [("origin", "http://example.com"), ("host", "example.com")] {
        let refused = ask(&[header], "tools/call", question.clone()).await;
        assert_eq!(refused.status(), 403, "{header:?}");
    }
}
