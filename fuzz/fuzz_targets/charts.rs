//! Any body a client could post to be drawn: what is accepted must be drawn, and the picture be whole.
#![no_main]

use forecast_types::ChartRequest;
use libfuzzer_sys::fuzz_target;
use plot_service::chart::{Chart, png, svg};

/// Larger pictures are drawn as SVG only, so that the time goes into requests rather than pixels.
const SMALL: u32 = 480;

fuzz_target!(|body: &[u8]| {
    let Ok(request) = serde_json::from_slice::<ChartRequest>(body) else { return };
    let is_small = request.width.is_some_and(|width| width <= SMALL)
        && request.height.is_some_and(|height| height <= SMALL)
        && request.scale.is_none();
    let Ok(chart) = Chart::new(request) else { return };

    let drawn = svg(&chart);
    assert!(drawn.starts_with("<svg") && drawn.trim_end().ends_with("</svg>"));
    // Quotes within a text are escaped, so these can only be attributes.
    assert!(!drawn.contains("=\"NaN") && !drawn.contains("=\"inf"), "every coordinate is a number");
    if is_small {
        let drawn = png(&chart);
        assert!(drawn.starts_with(b"\x89PNG\r\n\x1a\n") && drawn[drawn.len() - 8..].starts_with(b"IEND"));
    }
});
