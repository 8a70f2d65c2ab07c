use forecast_store::{ForecastRow, ModelVersion, OutcomeRow};
use jiff::civil::date;

use crate::rows;

#[test]
fn a_row_is_its_canonical_json_and_reads_back() {
    let row = rows::forecasts(date(2024, 2, 20), 4).remove(3);
    let json = serde_json::to_string(&row).unwrap();
    assert!(
        json.starts_with(
            "{\"fast_sigma\":155100,\"inputs\":\"030405060708090a0b0c0d0e0f101112\",\"made_at\":1708470003,\
         \"market\":\"simulated\",\"model\":\"Fortnight-LSTM/2.0.0\",\"q05\":[-2217,"
        ),
        "{json}"
    );
    assert!(json.ends_with(
        "],\"report\":4,\"report_basis\":\"estimated\",\"report_when\":\"after_close\",\"session\":\"2024-02-20\",\
         \"sigma\":203000,\"sources\":\"ommpm\",\"symbol\":\"AAD\"}"
    ), "{json}");
    assert_eq!(serde_json::from_str::<ForecastRow>(&json).unwrap(), row);
    let none = serde_json::to_string(&rows::forecasts(date(2024, 2, 20), 2)[1]).unwrap();
    assert!(none.contains("\"report\":0,\"report_basis\":\"\",\"report_when\":\"\""), "{none}");
}

#[test]
fn an_outcome_is_its_canonical_json() {
    let row = rows::outcomes(date(2024, 2, 21), 10).remove(9);
    let json = "{\"log_return\":0,\"session\":\"2024-02-21\",\"state\":\"halted\",\"symbol\":\"AAJ\"}";
    assert_eq!(serde_json::to_string(&row).unwrap(), json);
    assert_eq!(serde_json::from_str::<OutcomeRow>(json).unwrap(), row);
    assert_eq!(row.log_entry(), "2024-02-21 AAJ 0d+VTpBv55kpjhkrp9Nz3i8TTEQdgkIKz9MKGWGL970");
}

#[test]
fn a_model_has_a_name_and_a_version() {
    assert_eq!(ModelVersion::new("Fortnight LSTM", "2.0.0").unwrap().as_str(), "Fortnight-LSTM/2.0.0");
    for (name, version) in [("", "1"), ("a", ""), ("a/b", "1"), ("a\"", "1"), ("é", "1")] {
        assert!(ModelVersion::new(name, version).is_err(), "{name} {version}");
    }
}
