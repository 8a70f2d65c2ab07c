use forecast_types::{ChartRequest, Forecast, Interval, Theme, format};

/// The chart of a forecast, as the page draws it.
pub(super) fn chart(forecast: &Forecast) -> ChartRequest {
    let pooled = forecast.pooled.iter().flat_map(|pooled| &pooled.coverage);
    ChartRequest {
        title: format!("{} · {}", forecast.stock.symbol, forecast.stock.name),
        subtitle: format!(
            "Closes through {}, then the next {} trading days",
            format::full_day(forecast.as_of),
            forecast.forecast.len()
        ),
        show_title: true,
        currency: forecast.stock.currency.clone(),
        history: forecast.history.clone(),
        forecast: forecast.forecast.clone(),
        width: None,
        height: None,
        scale: None,
        theme: Theme::Light,
        market: Some(forecast.market),
        symbol: Some(forecast.stock.symbol.to_string()),
        as_of: Some(forecast.as_of),
        model: Some(format!("{} {}", forecast.model.name, forecast.model.version)),
        coverage: pooled.copied().find(|coverage| Interval::P80.is_measured_by(coverage)),
        moving: forecast.moving,
        events: forecast.events.clone(),
        reports: forecast.report.into_iter().collect(),
        outcome: Vec::new(),
    }
}
