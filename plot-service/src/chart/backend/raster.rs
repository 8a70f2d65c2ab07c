//! The bitmap back end of plotters: smooth lines, filled bands, shaped text.
//!
//! `zeno` computes coverage to 1/256 of a pixel, where plotters' own bitmap back end and tiny-skia sample it. Vertical
//! and horizontal lines are aligned to whole pixels, so that the grid is crisp.

use std::convert::Infallible;

use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use zeno::{Cap, Command, Join, Mask, PathBuilder as _, Scratch, Stroke, Style};

use crate::chart::backend::canvas::{self, UNITS};
use crate::chart::backend::glyphs;

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

/// An opaque picture with one word per pixel: `0x00RRGGBB`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Row by row from the top left corner.
    pub pixels: Vec<u32>,
}

impl Picture {
    /// Makes a black picture.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, pixels: vec![0; width as usize * height as usize] }
    }
}

/// Draws into a [`Picture`].
pub(crate) struct Raster<'a> {
    picture: &'a mut Picture,
    css_size: (u32, u32),
    /// Image pixels per unit.
    scale: f32,
    scratch: Scratch,
    coverage: Vec<u8>,
    path: Vec<Command>,
}

impl<'a> Raster<'a> {
    /// Draws a chart of `css_size` at `scale` image pixels per CSS pixel.
    pub(crate) fn new(picture: &'a mut Picture, css_size: (u32, u32), scale: f64) -> Self {
        Self {
            picture,
            css_size,
            scale: (scale / UNITS) as f32,
            scratch: Scratch::new(),
            coverage: Vec::new(),
            path: Vec::new(),
        }
    }

    fn point(&self, (x, y): BackendCoord) -> [f32; 2] {
        [x as f32 * self.scale, y as f32 * self.scale]
    }

    /// Fills or strokes `self.path`.
    fn paint(&mut self, style: Style<'_>, color: BackendColor) {
        let mut coverage = std::mem::take(&mut self.coverage);
        let mut mask = Mask::with_scratch(self.path.as_slice(), &mut self.scratch);
        mask.style(style).inspect(|_, width, height| {
            coverage.clear();
            coverage.resize(width as usize * height as usize, 0);
        });
        if !coverage.is_empty() {
            let placed = mask.render_into(&mut coverage, None);
            let at = (placed.left, placed.top);
            blend(self.picture, at, placed.width, &coverage, color);
        }
        self.coverage = coverage;
    }

    fn stroke(&mut self, width: u32, color: BackendColor) {
        let width = width as f32 * self.scale;
        let mut stroke = Stroke::new(width);
        stroke.join(Join::Round).cap(Cap::Round);
        self.paint(Style::Stroke(stroke), color);
    }

    /// Fills a rectangle of image pixels after moving its edges to whole pixels, at least one apart.
    fn fill_crisp(&mut self, from: [f32; 2], to: [f32; 2], color: BackendColor) {
        let snapped = |a: f32, b: f32| {
            let (low, high) = (a.min(b), a.max(b));
            let size = (high - low).round().max(1.0);
            let start = (f32::midpoint(low, high) - size / 2.0).round();
            (start as i32, (start + size) as i32)
        };
        let ((left, right), (top, bottom)) = (snapped(from[0], to[0]), snapped(from[1], to[1]));
        let (width, height) = (self.picture.width as i32, self.picture.height as i32);
        let (left, right) = (left.clamp(0, width) as usize, right.clamp(0, width) as usize);
        let (ink, alpha) = (word(color), alpha(color));
        for y in top.clamp(0, height)..bottom.clamp(0, height) {
            let row = y as usize * width as usize;
            let pixels = &mut self.picture.pixels[row + left..row + right];
            if alpha == 255 {
                pixels.fill(ink);
            } else {
                pixels.iter_mut().for_each(|pixel| *pixel = mix(*pixel, ink, alpha));
            }
        }
    }
}

impl DrawingBackend for Raster<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.css_size.0 * UNITS as u32, self.css_size.1 * UNITS as u32)
    }

    fn ensure_prepared(&mut self) -> Outcome {
        Ok(())
    }

    fn present(&mut self) -> Outcome {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Outcome {
        self.draw_rect(at, (at.0 + 1, at.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Outcome {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Outcome {
        if fill {
            let (from, to) = (self.point(from), self.point(to));
            self.fill_crisp(from, to, style.color());
            return Ok(());
        }
        self.draw_path([from, (to.0, from.1), to, (from.0, to.1), from], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        if let [a, b] = points[..]
            && (a.0 == b.0 || a.1 == b.1)
        {
            let half = style.stroke_width() as f32 * self.scale / 2.0;
            let ([ax, ay], [bx, by]) = (self.point(a), self.point(b));
            let (dx, dy) = if a.0 == b.0 { (half, 0.0) } else { (0.0, half) };
            self.fill_crisp([ax - dx, ay - dy], [bx + dx, by + dy], style.color());
            return Ok(());
        }
        self.trace(points);
        self.stroke(style.stroke_width(), style.color());
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Outcome {
        let center = self.point(center);
        self.path.clear();
        self.path.add_circle(center, radius as f32 * self.scale);
        if fill {
            self.paint(Style::default(), style.color());
        } else {
            self.stroke(style.stroke_width(), style.color());
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Outcome {
        self.trace(corners);
        self.path.close();
        self.paint(Style::default(), style.color());
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Outcome {
        let placed_text = canvas::place(text, style, at);
        let scale = self.scale * UNITS as f32;
        let size = placed_text.size as f32 * scale;
        let (x, y) = (placed_text.x as f32 * scale, placed_text.y as f32 * scale);
        // Right-aligned text ends and left-aligned text starts on a whole pixel.
        let x = if matches!(style.anchor().h_pos, HPos::Center) { x } else { x.round() };
        let baseline = y.round();
        let color = style.color();
        glyphs::with_cache(|cache| {
            for glyph in &placed_text.line.glyphs {
                let pen = x + glyph.x as f32 * size;
                let rise = (glyph.y as f32 * size).round();
                let (image, left) =
                    cache.get(glyph.id, placed_text.face.weight, size, pen, &mut self.scratch);
                let at = (left + image.left, (baseline - rise) as i32 + image.top);
                blend(self.picture, at, image.width, &image.coverage, color);
            }
        });
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok(canvas::text_size(text, style))
    }
}

impl Raster<'_> {
    fn trace(&mut self, points: impl IntoIterator<Item = BackendCoord>) {
        self.path.clear();
        for (i, at) in points.into_iter().enumerate() {
            let at = self.point(at);
            if i == 0 {
                self.path.move_to(at);
            } else {
                self.path.line_to(at);
            }
        }
    }
}

/// Blends a color into the picture through a mask whose top left corner is at `at`.
fn blend(picture: &mut Picture, at: (i32, i32), mask_width: u32, coverage: &[u8], color: BackendColor) {
    if mask_width == 0 {
        return;
    }
    let (width, height) = (picture.width as i32, picture.height as i32);
    let (ink, alpha) = (word(color), alpha(color));
    let mask_width = mask_width as usize;
    let skip = usize::try_from(-at.0).unwrap_or(0).min(mask_width);
    let take = usize::try_from(width - at.0).unwrap_or(0).min(mask_width);
    if skip >= take {
        return;
    }
    for (row, mask) in (at.1..).zip(coverage.chunks_exact(mask_width)) {
        if !(0..height).contains(&row) {
            continue;
        }
        let start = row as usize * width as usize + (at.0 + skip as i32) as usize;
        let pixels = &mut picture.pixels[start..start + take - skip];
        // Most of a mask is empty or full: sixteen pixels at once.
        let (wide, last) = pixels.as_chunks_mut::<16>();
        let (wide_mask, last_mask) = mask[skip..take].as_chunks::<16>();
        for (pixels, mask) in wide.iter_mut().zip(wide_mask) {
            if alpha == 255 && mask == &[255; 16] {
                pixels.fill(ink);
            } else if mask != &[0; 16] {
                blend_each(pixels, mask, ink, alpha);
            }
        }
        blend_each(last, last_mask, ink, alpha);
    }
}

fn blend_each(pixels: &mut [u32], mask: &[u8], ink: u32, alpha: u32) {
    for (pixel, &covered) in pixels.iter_mut().zip(mask) {
        match covered {
            0 => {}
            255 if alpha == 255 => *pixel = ink,
            part => *pixel = mix(*pixel, ink, (u32::from(part) * alpha + 127) / 255),
        }
    }
}

fn word(color: BackendColor) -> u32 {
    let (r, g, b) = color.rgb;
    u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b)
}

fn alpha(color: BackendColor) -> u32 {
    (color.alpha * 255.0).round() as u32
}

/// Mixes two colors, `share` of 255 parts from `over`.
fn mix(under: u32, over: u32, share: u32) -> u32 {
    let channel = |shift: u32| {
        let (a, b) = ((under >> shift) & 0xff, (over >> shift) & 0xff);
        ((a * (255 - share) + b * share + 127) / 255) << shift
    };
    channel(16) | channel(8) | channel(0)
}
