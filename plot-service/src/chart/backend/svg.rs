//! The SVG back end of plotters: shapes as shapes, text as text.
//!
//! The picture is self-contained: no script, no style sheet, nothing to load. Where Inter is not installed, the
//! reader's sans-serif replaces it, and `textLength` makes each line as wide as it was planned.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use crate::chart::backend::canvas::{self, UNITS};
use crate::chart::text::typeface::{self, tracking};

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

/// Draws into the text of an SVG document.
pub(crate) struct Svg<'a> {
    svg: &'a mut String,
    css_size: (u32, u32),
}

impl<'a> Svg<'a> {
    /// Opens the document; [`Svg::close`] ends it.
    pub(crate) fn new(
        svg: &'a mut String,
        css_size: (u32, u32),
        scale: f64,
        title: &str,
        desc: &str,
    ) -> Self {
        let (width, height) = css_size;
        let shown = (Number(f64::from(width) * scale), Number(f64::from(height) * scale));
        put(
            svg,
            format_args!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
                 viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title desc\" \
                 font-family=\"Inter,system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif\" \
                 font-variant-numeric=\"tabular-nums\" stroke-linejoin=\"round\" stroke-linecap=\"round\">\n\
                 <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n",
                shown.0,
                shown.1,
                Escaped(title),
                Escaped(desc),
            ),
        );
        Self { svg, css_size }
    }

    /// Ends a document.
    pub(crate) fn close(svg: &mut String) {
        svg.push_str("</svg>\n");
    }

    fn points(&mut self, points: impl IntoIterator<Item = BackendCoord>) {
        self.svg.push_str(" points=\"");
        for (i, at) in points.into_iter().enumerate() {
            let gap = if i == 0 { "" } else { " " };
            put(self.svg, format_args!("{gap}{},{}", Number::of(at.0), Number::of(at.1)));
        }
        self.svg.push('"');
    }

    fn fill_or_stroke(&mut self, fill: bool, color: BackendColor, stroke_width: u32) {
        if fill {
            put(self.svg, format_args!(" fill=\"{}\"", Rgb(color)));
        } else {
            let width = Number(f64::from(stroke_width) / UNITS);
            put(self.svg, format_args!(" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"", Rgb(color)));
        }
        if color.alpha < 1.0 {
            put(self.svg, format_args!(" opacity=\"{}\"", Number(color.alpha)));
        }
        self.svg.push_str("/>\n");
    }
}

impl DrawingBackend for Svg<'_> {
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
        let (x, y) = (from.0.min(to.0), from.1.min(to.1));
        let (width, height) = ((to.0 - from.0).abs(), (to.1 - from.1).abs());
        let [x, y, width, height] = [x, y, width, height].map(Number::of);
        put(self.svg, format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""));
        self.fill_or_stroke(fill, style.color(), style.stroke_width());
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.svg.push_str("<polyline");
        self.points(path);
        self.fill_or_stroke(false, style.color(), style.stroke_width());
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Outcome {
        let [x, y] = [center.0, center.1].map(Number::of);
        let radius = Number(f64::from(radius) / UNITS);
        put(self.svg, format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\""));
        self.fill_or_stroke(fill, style.color(), style.stroke_width());
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Outcome {
        self.svg.push_str("<polygon");
        self.points(corners);
        self.fill_or_stroke(true, style.color(), 0);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Outcome {
        let placed = canvas::place(text, style, at);
        let size = placed.size;
        put(
            self.svg,
            format_args!(
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"",
                Number(placed.x),
                Number(placed.y),
                Number(size),
                Rgb(style.color()),
            ),
        );
        let weight = placed.face.weight.number();
        if weight != 400 {
            put(self.svg, format_args!(" font-weight=\"{weight}\""));
        }
        if !placed.face.tabular {
            self.svg.push_str(" font-variant-numeric=\"normal\"");
        }
        put(self.svg, format_args!(" letter-spacing=\"{}\"", Number(tracking(size) * size)));
        // The width is that of the transliterated line, which differs from the original written here.
        if text.chars().all(typeface::has_glyph) {
            let width = Number(placed.line.width * size);
            put(self.svg, format_args!(" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\""));
        }
        put(self.svg, format_args!(">{}</text>\n", Escaped(text)));
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

fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    svg.write_fmt(text).expect("writing to a string succeeds");
}

/// A length with at most two decimals and no trailing zero.
struct Number(f64);

impl Number {
    fn of(units: i32) -> Self {
        Self(f64::from(units) / UNITS)
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Adding zero turns -0 into 0.
        write!(f, "{}", (self.0 * 100.0).round() / 100.0 + 0.0)
    }
}

struct Rgb(BackendColor);

impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (r, g, b) = self.0.rgb;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

/// Text with XML's reserved characters written as entities. Control characters are gone (`text::clean::one_line`).
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_negative_zero() {
        for (number, written) in [(1.0, "1"), (0.126, "0.13"), (-0.001, "0"), (12.5, "12.5")] {
            assert_eq!(Number(number).to_string(), written);
        }
    }

    #[test]
    fn markup_in_text_stays_text() {
        assert_eq!(Escaped("<script>\"&\"").to_string(), "&lt;script&gt;&quot;&amp;&quot;");
    }
}
