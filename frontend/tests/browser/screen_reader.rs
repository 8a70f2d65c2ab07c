//! What a screen reader says: twelve questions, answered from the accessibility tree of the forecast page alone.

use std::collections::HashMap;

use forecast_types::{Report, ReportBasis, ReportTime, Source, SourceStatus};
use serde_json::{Value, json};

use crate::driver::{Browser, browse};
use crate::site::Site;

/// The page as it is read out, from top to bottom.
struct Reading {
    nodes: Vec<Value>,
    places: HashMap<String, usize>,
}

impl Reading {
    async fn of(browser: &Browser) -> Self {
        browser.devtools("Accessibility.enable", json!({})).await;
        let tree = browser.devtools("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().unwrap().clone();
        let places =
            nodes.iter().enumerate().map(|(at, node)| (node["nodeId"].as_str().unwrap().to_owned(), at));
        Self { places: places.collect(), nodes }
    }

    /// The nodes of a part of the tree, in the order in which they are read.
    fn below(&self, at: usize) -> Vec<usize> {
        let mut nodes = vec![at];
        for child in self.nodes[at]["childIds"].as_array().into_iter().flatten() {
            if let Some(&child) = self.places.get(child.as_str().unwrap()) {
                nodes.extend(self.below(child));
            }
        }
        nodes
    }

    fn role(&self, at: usize) -> &str {
        if self.nodes[at]["ignored"] == true {
            ""
        } else {
            self.nodes[at]["role"]["value"].as_str().unwrap_or_default()
        }
    }

    fn name(&self, at: usize) -> &str {
        self.nodes[at]["name"]["value"].as_str().unwrap_or_default()
    }

    fn with_role(&self, within: usize, role: &str) -> Vec<usize> {
        self.below(within).into_iter().filter(|&at| self.role(at) == role).collect()
    }

    /// The words of a part, as one line.
    fn words(&self, at: usize) -> String {
        let texts: Vec<&str> =
            self.with_role(at, "StaticText").into_iter().map(|at| self.name(at).trim()).collect();
        texts.join(" ").replace(" .", ".").replace(" )", ")").replace("( ", "(")
    }

    /// The words of the region with a name.
    fn region(&self, name: &str) -> String {
        let regions = self.with_role(0, "region");
        let at = regions.into_iter().find(|&at| self.name(at).starts_with(name));
        self.words(at.unwrap_or_else(|| panic!("no region {name}: {}", self.words(0))))
    }

    /// The rows of the table with these column headers, each cell with its words.
    fn table(&self, header: &str) -> Vec<Vec<String>> {
        let tables = self.with_role(0, "table");
        let has_header = |&at: &usize| {
            self.with_role(at, "columnheader").into_iter().any(|column| self.name(column) == header)
        };
        let table = tables.into_iter().find(has_header).unwrap_or_else(|| panic!("no table with {header}"));
        let cells = |row: usize| {
            let cells = self.below(row).into_iter();
            let cells = cells
                .filter(|&at| ["columnheader", "rowheader", "cell", "gridcell"].contains(&self.role(at)));
            cells.map(|cell| self.words(cell)).collect()
        };
        self.with_role(table, "row").into_iter().map(cells).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_questions_are_answered_from_what_is_read_out() {
    let site = Site::start().await;
    *site.predict.edit.lock().unwrap() = |forecast| {
        forecast.report = Some(Report {
            date: forecast.forecast[2].date,
            when: ReportTime::AfterClose,
            basis: ReportBasis::Announced,
            spread_sessions: None,
            session: Some(4),
        });
        let tweets = forecast.sources.iter_mut().find(|report| report.source == Source::Tweets).unwrap();
        tweets.status = SourceStatus::Missing;
        tweets.detail = Some("no subscription for tweets".to_owned());
    };
    browse(1280, 900, async |browser| {
        browser.open(&site.at("/forecast/AAPL?wait=1")).await;
        browser.text(".headline").await;
        let page = Reading::of(browser).await;
        let all = page.words(0);
        let asked = |question: &str, words: &str, answer: &str| {
            assert!(words.contains(answer), "{question} expected “{answer}” in: {words}");
        };

        asked("What was the last close?", &all, "Last close $187.20");
        let table = page.table("80% range");
        let column = |name: &str| table[0].iter().position(|header| header == name).unwrap();
        let days = &table[1..];
        assert_eq!(days.len(), 14, "{table:?}");
        asked("What is the 80% range on the last day?", &days[13][column("80% range")], "$171");
        let spread = |row: &Vec<String>| -> f64 {
            row[column("80% ±")].trim_start_matches('±').trim_end_matches('%').parse().unwrap()
        };
        let widest = days.iter().max_by(|a, b| spread(a).total_cmp(&spread(b))).unwrap();
        let narrowest = days.iter().min_by(|a, b| spread(a).total_cmp(&spread(b))).unwrap();
        asked("Which day has the widest range?", &widest[0], "Dec 11");
        asked("Which day has the narrowest range?", &narrowest[0], "Nov 23");
        asked(
            "How likely is a close below the last one?",
            &all,
            "The chance of a close below the last close is 5",
        );
        asked("When does the company report?", &all, "Reports Wed, Nov 25, after close");
        let trust = page.region("Can I trust these ranges?");
        asked("Did the ranges hold for this stock?", &trust, "held as promised");
        asked("How many forecasts were checked?", &trust, "From 210 past forecasts");
        let sources = page.region("Sources");
        asked("Which source is missing, and why?", &sources, "Tweets missing");
        asked("Which source is missing, and why?", &sources.to_lowercase(), "no subscription for tweets");
        asked("Which model made it?", &sources, "by fortnight");
        asked("Are these real prices?", &all, "Simulated market");
        asked("Is this advice?", &all, "Not investment advice.");
    })
    .await;
}
