//! NVIDIA's report of February 2024 on real prices, where the market files are beside the checkout.

use std::path::{Path, PathBuf};

use forecast_evaluation::reports::read_reports;
use forecast_model::{FeatureWindow, Model, RawSeries, Reports, ReturnQuantiles};
use forecast_types::{Interval, ReportDate, ReportTime};
use jiff::civil::date;

fn market_files() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/market");
    folder.join("prices_2010_2024.parquet").exists().then_some(folder)
}

#[test]
fn nvidias_report_of_february_2024_is_a_step_that_the_price_stayed_within() {
    let Some(folder) = market_files() else {
        println!("skipped: the market files are not there");
        return;
    };
    let prices = price_history::read(&folder.join("prices_2010_2024.parquet")).unwrap();
    let bars = prices.bars("NVDA").unwrap();
    let as_of = date(2024, 2, 20);
    let origin = bars.iter().position(|bar| bar.date == as_of).unwrap();
    let reports = read_reports(&folder.join("report_dates.csv.gz")).unwrap();
    let past = reports.stock("NVDA").and_then(|stock| stock.known_on(as_of)).unwrap().past;
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/fortnight.onnx");
    let model = Model::load(&models).unwrap();
    let forecast = |reports| -> ReturnQuantiles {
        let series = RawSeries { reports, ..RawSeries::of_bars(bars) };
        model.forecast(&[FeatureWindow::build(&series, origin).unwrap()]).unwrap().remove(0)
    };

    let announced = Some(ReportDate { date: date(2024, 2, 21), when: ReportTime::AfterClose });
    let known = forecast(Some(Reports { past, announced }));
    let unknown = forecast(None);

    // It reported after the close of the 21st; on the 22nd, the second session, the price was 16% higher.
    let outcome = bars[origin + 2].adjusted_close / bars[origin].adjusted_close - 1.0;
    assert!((0.10..0.20).contains(&outcome), "{outcome}");
    let (low, high) = Interval::P90.positions();
    let width = |returns: &ReturnQuantiles, ahead: usize| {
        returns.values()[ahead][high] - returns.values()[ahead][low]
    };
    assert!(width(&known, 1) > 1.5 * width(&known, 0), "the report is no step");
    assert!(width(&known, 1) > 1.3 * width(&unknown, 1), "the date makes no difference");
    assert!(known.values()[1][high] > outcome, "{outcome} lies above the range {:?}", known.values()[1]);
}
