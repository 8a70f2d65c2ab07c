//! Colors: grays for the past, blues for the forecast, amber for the warning tag, red for a range that did not hold.
//!
//! The bands differ in lightness within one hue, so they look distinct with every kind of color vision. Tests check
//! contrast against WCAG 2.2: 4.5 to 1 for text, 3 to 1 for lines that carry meaning.

use forecast_types::Theme;
use plotters::style::RGBColor;

/// Every color of one theme.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Colors {
    pub(crate) background: RGBColor,
    /// Title, prices, history.
    pub(crate) ink: RGBColor,
    /// Subtitle, axis labels, footer.
    pub(crate) muted: RGBColor,
    pub(crate) grid: RGBColor,
    /// The vertical line at the last close, and tick marks.
    pub(crate) rule: RGBColor,
    /// The main range's edges and label.
    pub(crate) accent: RGBColor,
    /// Fills from the widest band inwards; the last one repeats for more bands.
    pub(crate) bands: [RGBColor; 3],
    /// Rings around closes outside their range.
    pub(crate) miss: RGBColor,
    /// The tag of a market that is not live.
    pub(crate) tag_fill: RGBColor,
    pub(crate) tag_ink: RGBColor,
}

impl Colors {
    pub(crate) fn of(theme: Theme) -> Self {
        match theme {
            Theme::Light => LIGHT,
            Theme::Dark => DARK,
        }
    }
}

const LIGHT: Colors = Colors {
    background: RGBColor(0xff, 0xff, 0xff),
    ink: RGBColor(0x10, 0x18, 0x28),
    muted: RGBColor(0x5c, 0x66, 0x75),
    grid: RGBColor(0xe7, 0xe9, 0xed),
    rule: RGBColor(0x80, 0x89, 0x96),
    accent: RGBColor(0x1a, 0x4f, 0xd6),
    bands: [RGBColor(0xe6, 0xee, 0xfd), RGBColor(0xcb, 0xdc, 0xfb), RGBColor(0xa6, 0xc3, 0xf7)],
    miss: RGBColor(0xb4, 0x23, 0x18),
    tag_fill: RGBColor(0xff, 0xf1, 0xcc),
    tag_ink: RGBColor(0x7a, 0x4a, 0x00),
};

const DARK: Colors = Colors {
    background: RGBColor(0x0c, 0x12, 0x1e),
    ink: RGBColor(0xf3, 0xf5, 0xf8),
    muted: RGBColor(0x9a, 0xa5, 0xb5),
    grid: RGBColor(0x1f, 0x29, 0x38),
    rule: RGBColor(0x77, 0x82, 0x93),
    accent: RGBColor(0x74, 0xac, 0xff),
    bands: [RGBColor(0x14, 0x24, 0x41), RGBColor(0x18, 0x32, 0x62), RGBColor(0x1d, 0x46, 0x8c)],
    miss: RGBColor(0xff, 0x8f, 0x7a),
    tag_fill: RGBColor(0x3a, 0x2b, 0x08),
    tag_ink: RGBColor(0xff, 0xd0, 0x70),
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: WCAG 2.2, "relative luminance".
    fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_reaches_4_5_to_1_and_meaningful_lines_3_to_1() {
        for colors in [LIGHT, DARK] {
            let background = colors.background;
            let widest = colors.bands[0];
            for (name, ink, ground, least) in [
                ("title", colors.ink, background, 7.0),
                ("labels", colors.muted, background, 4.5),
                ("labels on the widest band", colors.muted, widest, 4.5),
                ("accent label", colors.accent, background, 4.5),
                ("tag", colors.tag_ink, colors.tag_fill, 4.5),
                ("edges of the main range", colors.accent, colors.bands[0], 3.0),
                ("last close and moving price on the inner band", colors.ink, colors.bands[2], 4.5),
                ("line at the last close", colors.rule, background, 3.0),
                ("a close outside", colors.miss, background, 4.5),
                ("a close outside, on the widest band", colors.miss, widest, 3.0),
            ] {
                let reached = contrast(ink, ground);
                assert!(reached >= least, "{name}: {reached:.2}, expected {least}");
            }
        }
    }

    #[test]
    fn each_band_is_a_clear_step_in_lightness() {
        for colors in [LIGHT, DARK] {
            let [outer, middle, inner] = colors.bands;
            for (a, b) in [(colors.background, outer), (outer, middle), (middle, inner)] {
                assert!(contrast(a, b) >= 1.1, "{a:?} {b:?}: {:.3}", contrast(a, b));
            }
        }
    }
}
