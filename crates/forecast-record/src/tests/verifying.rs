use super::operator::{KEY, Objects, Session, dates, wait, write};
use super::tampering::BASE;
use crate::{Address, Evidence, LogName, RecordError, SigningKey, Verdict, verify_from};

fn verify(objects: &Objects, evidence: &Evidence) -> Verdict {
    wait(verify_from(objects, evidence)).unwrap()
}

fn findings(objects: &Objects, evidence: &Evidence) -> Vec<String> {
    verify(objects, evidence).findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_valid_record_is_summarized() {
    let verdict = verify(&BASE.objects, &Evidence::default());
    assert_eq!(verdict.findings, []);
    let [forecasts, outcomes] = &verdict.verified[..] else { panic!("{verdict:?}") };
    assert_eq!((forecasts.log, outcomes.log), (LogName::Forecasts, LogName::Outcomes));
    assert_eq!((forecasts.newest.size, forecasts.sessions, forecasts.sealed_late), (350, 5, 0));
    assert_eq!(forecasts.newest.session, dates()[4]);
    assert_eq!(forecasts.note.as_bytes(), BASE.objects.0["log/forecasts/checkpoint"]);
}

#[test]
fn a_missing_record_has_no_findings() {
    assert_eq!(verify(&Objects::default(), &Evidence::default()), Verdict::default());
}

#[test]
fn findings_name_the_object_and_the_problem() {
    let kept = |file: &str| {
        let mut evidence = Evidence::default();
        evidence.add_checkpoints(file);
        evidence
    };
    let older = kept(&BASE.older);
    let mut objects = BASE.objects.clone();
    objects.0.remove("forecasts/session=2024-02-14/forecasts.parquet");
    assert_eq!(findings(&objects, &older), ["forecasts/session=2024-02-14/forecasts.parquet: it is missing"]);

    let mut objects = BASE.objects.clone();
    let rows = objects.0["outcomes/session=2024-02-14/outcomes.parquet"].clone();
    objects.0.insert("outcomes/session=2024-02-15/outcomes.parquet".to_owned(), rows);
    assert_eq!(
        findings(&objects, &older),
        ["outcomes/session=2024-02-15/outcomes.parquet: its digest does not match the checkpoint"]
    );

    let other: Vec<Session> =
        dates().into_iter().map(|date| Session::new(LogName::Outcomes, date, 7, |_, _| {})).collect();
    assert_eq!(
        findings(&write(&KEY, &other), &Evidence::default()),
        ["log/forecasts/checkpoint: it is missing"]
    );
    assert_eq!(
        findings(&write(&KEY, &other), &older),
        [
            "log/forecasts/checkpoint: it is missing",
            "log/outcomes/checkpoint: the leaves up to 2024-02-15 do not match the older checkpoint"
        ]
    );
}

#[test]
fn keys_and_checkpoints_of_other_records_are_refused() {
    let mut evidence = Evidence::default();
    evidence
        .add_keys(&SigningKey::generate("example.org").unwrap().verifier(LogName::Forecasts).to_string())
        .unwrap();
    let found = findings(&BASE.objects, &evidence);
    assert_eq!(found[0], "log/forecasts/key: it is not one of the given keys");
    assert!(evidence.add_keys("example.org+00000000+AAAA").is_err());

    let mut evidence = Evidence::default();
    evidence.add_checkpoints(&BASE.older.replace("example.org/forecasts", "example.org/news"));
    let error = wait(verify_from(&BASE.objects, &evidence)).unwrap_err();
    assert!(matches!(error, RecordError::Checkpoint(_)), "{error}");
}

#[test]
fn addresses_are_those_of_stores_and_websites() {
    for address in ["store", "/srv/store", "gs://bucket/a", "s3://bucket", "https://example.org/record"] {
        assert_eq!(address.parse::<Address>().unwrap().to_string(), address);
    }
    assert_eq!(
        "ftp://example.org".parse::<Address>().unwrap_err().to_string(),
        "expected a folder, gs://bucket/folder, s3://bucket/folder or the address of a website"
    );
}
