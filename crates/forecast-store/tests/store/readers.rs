use std::path::Path;
use std::process::Command;

use forecast_store::{ForecastRow, OutcomeRow, Store, StoreUrl};
use jiff::civil::date;

use crate::python::python_with;
use crate::rows;

#[tokio::test]
async fn duckdb_pandas_and_polars_read_a_store() {
    let Some(python) = python_with("duckdb, pandas, polars, pyarrow", "readers of the store were") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreUrl::Folder(folder.path().to_owned())).unwrap();
    let mut entries = String::new();
    for session in [date(2024, 2, 20), date(2024, 2, 21)] {
        let (forecasts, outcomes) = (rows::forecasts(session, 200), rows::outcomes(session, 200));
        store.seal_forecasts(session, &forecasts).await.unwrap();
        store.seal_outcomes(session, &outcomes).await.unwrap();
        let lines =
            forecasts.iter().map(ForecastRow::log_entry).chain(outcomes.iter().map(OutcomeRow::log_entry));
        lines.for_each(|line| entries += &format!("{line}\n"));
    }
    std::fs::write(folder.path().join("entries.txt"), entries).unwrap();

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/readers.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "duckdb pandas polars\n");
}
