//! Draws many charts and prints the memory in use, which must not grow with their number.
//!
//! `cargo run --release -p plot-service --example endurance -- 100000 480 300`

#[path = "../samples/mod.rs"]
mod samples;

use plot_service::chart::{Chart, png};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u32| arguments.next().map_or(Ok(default), |text| text.parse());
    let (renders, width, height) = (number(100_000)?, number(1_200)?, number(750)?);
    let cases = samples::all();
    let begun = std::time::Instant::now();
    for n in 0..=renders {
        let (_, mut request) = cases[n as usize % cases.len()].clone();
        // Every chart has its own title and type sizes, so that the caches fill up.
        request.title = format!("{} no. {n}", request.title);
        request.width = Some(width + n % 7);
        request.height = Some(height);
        let bytes = png(&Chart::new(request)?);
        if n % (renders / 10).max(1) == 0 {
            let seconds = begun.elapsed().as_secs_f64();
            println!(
                "{n:>7} charts: {:>6} kB resident, {} bytes last, {seconds:.1} s",
                resident_kb()?,
                bytes.len()
            );
        }
    }
    Ok(())
}

/// Returns the resident memory of this process on Linux.
fn resident_kb() -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS line")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
