//! Draws every named case: the snapshots that the tests compare with, and a contact sheet of all of them. Pictures
//! named on the command line stand first on the sheet, for comparison.
//!
//! `cargo run --release -p plot-service --example contact_sheet`; then look at `docs/chart-contact-sheet.png`.

#[path = "../samples/mod.rs"]
mod samples;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use plot_service::chart::{Chart, Picture, paint, png};

const COLUMNS: usize = 3;
const TILE_WIDTH: u32 = 600;
const GAP: u32 = 16;
const GRAY: u32 = 0x00c4_c9d1;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the crate has no parent folder")?;
    let snapshots = root.join("plot-service/tests/snapshots");
    let docs = root.join("docs");
    std::fs::create_dir_all(&snapshots)?;
    std::fs::create_dir_all(&docs)?;

    let mut tiles = Vec::new();
    for other in std::env::args().skip(1) {
        tiles.push(read_png(Path::new(&other))?);
    }
    for (name, request) in samples::all() {
        let chart = Chart::new(request)?;
        let bytes = png(&chart);
        println!("{name}: {} bytes", bytes.len());
        std::fs::write(snapshots.join(format!("{name}.png")), &bytes)?;
        tiles.push(paint(&chart));
    }
    let sheet = sheet(&tiles);
    let path = docs.join("chart-contact-sheet.png");
    write_png(&path, &sheet)?;
    println!("contact sheet: {}", path.display());
    Ok(())
}

fn sheet(tiles: &[Picture]) -> Picture {
    // Whole factors only: a box of pixels becomes one, and nothing is blurred. Phone pictures stay as they are.
    let small: Vec<Picture> =
        tiles.iter().map(|picture| shrink(picture, picture.width.div_ceil(TILE_WIDTH))).collect();
    let rows: Vec<&[Picture]> = small.chunks(COLUMNS).collect();
    let height_of = |row: &[Picture]| row.iter().map(|picture| picture.height).max().unwrap_or(0);
    let height: u32 = rows.iter().map(|row| height_of(row) + GAP).sum();
    let mut sheet = Picture::new(COLUMNS as u32 * (TILE_WIDTH + GAP) + GAP, height + GAP);
    sheet.pixels.fill(GRAY);
    let mut y = GAP;
    for row in rows {
        for (x, picture) in (GAP..).step_by((TILE_WIDTH + GAP) as usize).zip(row) {
            paste(&mut sheet, picture, (x, y));
        }
        y += height_of(row) + GAP;
    }
    sheet
}

fn write_png(path: &Path, picture: &Picture) -> Result<(), Box<dyn std::error::Error>> {
    let mut encoder = png::Encoder::new(File::create(path)?, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let rgb: Vec<u8> =
        picture.pixels.iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)).collect();
    Ok(encoder.write_header()?.write_image_data(&rgb)?)
}

fn paste(sheet: &mut Picture, picture: &Picture, at: (u32, u32)) {
    for y in 0..picture.height {
        let from = (y * picture.width) as usize;
        let to = ((at.1 + y) * sheet.width + at.0) as usize;
        let row = &picture.pixels[from..from + picture.width as usize];
        sheet.pixels[to..to + row.len()].copy_from_slice(row);
    }
}

fn shrink(picture: &Picture, factor: u32) -> Picture {
    let mut small = Picture::new(picture.width / factor, picture.height / factor);
    for y in 0..small.height {
        for x in 0..small.width {
            let mut sums = [0u32; 3];
            for (dx, dy) in (0..factor).flat_map(|dy| (0..factor).map(move |dx| (dx, dy))) {
                let pixel = picture.pixels[((y * factor + dy) * picture.width + x * factor + dx) as usize];
                let [_, channels @ ..] = pixel.to_be_bytes();
                sums.iter_mut().zip(channels).for_each(|(sum, channel)| *sum += u32::from(channel));
            }
            let mean = sums.map(|sum| sum / (factor * factor));
            small.pixels[(y * small.width + x) as usize] = mean[0] << 16 | mean[1] << 8 | mean[2];
        }
    }
    small
}

fn read_png(path: &Path) -> Result<Picture, Box<dyn std::error::Error>> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("the picture is too large")?];
    let frame = reader.next_frame(&mut bytes)?;
    let samples = frame.color_type.samples();
    let word = |pixel: &[u8]| match *pixel {
        [r, g, b, ..] => u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b),
        [gray, ..] => u32::from(gray) * 0x01_0101,
        [] => 0,
    };
    let pixels = bytes[..frame.buffer_size()].chunks_exact(samples).map(word).collect();
    Ok(Picture { width: frame.width, height: frame.height, pixels })
}
