//! Draws the named cases into a folder, at full size.

#[path = "../samples/mod.rs"]
mod samples;

use plot_service::chart::{Chart, png, svg};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "charts".to_owned());
    std::fs::create_dir_all(&folder)?;
    for (name, request) in samples::all() {
        let chart = Chart::new(request)?;
        let begun = std::time::Instant::now();
        let bytes = png(&chart);
        println!("{name}: {} bytes in {:.1} ms", bytes.len(), begun.elapsed().as_secs_f64() * 1000.0);
        std::fs::write(format!("{folder}/{name}.png"), bytes)?;
        std::fs::write(format!("{folder}/{name}.svg"), svg(&chart))?;
    }
    Ok(())
}
