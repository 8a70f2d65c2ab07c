//! The typeface Inter, embedded in the binary, and how a line of text is shaped in it.
//!
//! The variable font gives every weight; shaping (by `harfrust`) gives kerning and tabular figures.

use std::sync::LazyLock;

use harfrust::font::glyph::outline::{DrawMemory, DrawOptions, PathSink};
use harfrust::{Buffer, Direction, Feature, Font, GlyphId, Script, ShapeOptions, ShapePlan, ShaperFont, Tag};
use zeno::{Command, PathBuilder as _};

/// Height of a capital or figure over the size of the type. Source: Inter's `OS/2.sCapHeight`.
pub(crate) const CAP_HEIGHT: f64 = 0.727;

/// Stroke weight, by the names of CSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Weight {
    Regular,
    Medium,
    SemiBold,
    Bold,
}

impl Weight {
    const ALL: [Self; 4] = [Self::Regular, Self::Medium, Self::SemiBold, Self::Bold];

    /// Returns the weight as CSS and the `wght` axis count it.
    pub(crate) fn number(self) -> u16 {
        match self {
            Self::Regular => 400,
            Self::Medium => 500,
            Self::SemiBold => 600,
            Self::Bold => 700,
        }
    }
}

/// One style of the typeface: a weight, and figures of equal or of proportional width.
///
/// plotters names fonts by family, so a face passes through it as [`Face::family`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Face {
    pub(crate) weight: Weight,
    pub(crate) tabular: bool,
}

impl Face {
    /// Prices in a column.
    pub(crate) const REGULAR: Self = Self { weight: Weight::Regular, tabular: true };
    pub(crate) const MEDIUM: Self = Self { weight: Weight::Medium, tabular: false };
    pub(crate) const SEMI_BOLD: Self = Self { weight: Weight::SemiBold, tabular: false };
    /// A single large price, which needs not line up with figures below it.
    pub(crate) const FIGURE: Self = Self { weight: Weight::Bold, tabular: false };
    pub(crate) const HEADLINE: Self = Self { weight: Weight::Bold, tabular: false };
    pub(crate) const PROSE: Self = Self { weight: Weight::Regular, tabular: false };

    const ALL: [Self; 5] = [Self::REGULAR, Self::MEDIUM, Self::SEMI_BOLD, Self::HEADLINE, Self::PROSE];

    /// Returns the name under which plotters passes this face to a back end.
    pub(crate) fn family(self) -> &'static str {
        match (self.weight, self.tabular) {
            (Weight::Regular, true) => "Inter 400 tabular",
            (Weight::Regular, false) => "Inter 400",
            (Weight::Medium, true) => "Inter 500 tabular",
            (Weight::Medium, false) => "Inter 500",
            (Weight::SemiBold, true) => "Inter 600 tabular",
            (Weight::SemiBold, false) => "Inter 600",
            (Weight::Bold, true) => "Inter 700 tabular",
            (Weight::Bold, false) => "Inter 700",
        }
    }

    /// Finds the face of a family name; text of an unknown family is set as prose.
    pub(crate) fn of_family(family: &str) -> Self {
        Self::ALL.into_iter().find(|face| face.family() == family).unwrap_or(Self::PROSE)
    }
}

/// A shaped line of text: its glyphs and their places, in units of the type size.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line {
    pub(crate) glyphs: Vec<PlacedGlyph>,
    /// Advance of the whole line.
    pub(crate) width: f64,
}

/// A glyph and its offset from the start of the line and the baseline, y upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlacedGlyph {
    pub(crate) id: u16,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// Shapes one line of characters that the typeface has; `size` in CSS pixels decides the tracking.
pub(crate) fn set_line(text: &str, face: Face, size: f64) -> Line {
    let cut = TYPEFACE.cut(face.weight);
    let mut buffer = Buffer::new();
    buffer.push_str(text);
    // Every script in the typeface runs from left to right.
    buffer.set_direction(Direction::LeftToRight);
    buffer.set_script(Some(Script::LATIN));
    let plan = if face.tabular { &cut.tabular } else { &cut.proportional };
    let features: &[Feature] = if face.tabular { &TABULAR } else { &[] };
    let font = ShaperFont::new(&cut.font);
    let options = ShapeOptions::new().plan(Some(plan)).features(features);
    harfrust::shape(&font, &mut buffer, options).expect("the plan was made for this script and direction");

    let em = f64::from(TYPEFACE.units_per_em);
    let tracking = tracking(size);
    let mut line = Line::default();
    for (info, place) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
        line.glyphs.push(PlacedGlyph {
            id: info.glyph_id as u16,
            x: line.width + f64::from(place.x_offset) / em,
            y: f64::from(place.y_offset) / em,
        });
        line.width += f64::from(place.x_advance) / em + tracking;
    }
    line.width = (line.width - tracking).max(0.0);
    line
}

/// Checks whether the typeface has a glyph for a character.
pub(crate) fn has_glyph(character: char) -> bool {
    TYPEFACE
        .cut(Weight::Regular)
        .font
        .charmap()
        .map_unicode(character)
        .is_some_and(|id| id != GlyphId::NOTDEF)
}

/// Returns the letter spacing: large type needs its letters closer together. Source: Inter's dynamic metrics, v3. They
/// also space the smallest type wider, which would take more room on a chart than it is worth.
pub(crate) fn tracking(size: f64) -> f64 {
    (-0.0223 + 0.185 * (-0.1745 * size).exp()).min(0.0)
}

/// Returns a glyph's outline for one em of `size` pixels, y downwards.
pub(crate) fn outline(id: u16, weight: Weight, size: f32) -> Vec<Command> {
    let mut sink = Outline { commands: Vec::new(), scale: size / f32::from(TYPEFACE.units_per_em) };
    if let Some(glyph) = TYPEFACE.cut(weight).font.outline_glyphs().get(GlyphId::new(u32::from(id))) {
        // A glyph that cannot be drawn leaves a gap; the embedded font has no such glyph.
        let _ = glyph.draw(&DrawOptions::new(), DrawMemory::Scratch, &mut sink);
    }
    sink.commands
}

/// Reads the embedded typeface now, so that damage shows at the start and not in the first request.
pub(crate) fn load() {
    LazyLock::force(&TYPEFACE);
}

struct Typeface {
    cuts: [Cut; Weight::ALL.len()],
    units_per_em: u16,
}

struct Cut {
    weight: Weight,
    font: Font,
    tabular: ShapePlan,
    proportional: ShapePlan,
}

static TYPEFACE: LazyLock<Typeface> = LazyLock::new(|| {
    let font = Font::new(ttf_inter::REGULAR, 0).expect("the embedded typeface is a font");
    let cuts = Weight::ALL.map(|weight| {
        let font = font.instance_builder().variations([("wght", f32::from(weight.number()))]).build();
        let plan = |features: &[Feature]| {
            ShapePlan::new(&font, Direction::LeftToRight, Some(Script::LATIN), None, features)
        };
        Cut { weight, tabular: plan(&TABULAR), proportional: plan(&[]), font: font.clone() }
    });
    Typeface { cuts, units_per_em: font.units_per_em() }
});

const TABULAR: [Feature; 1] =
    [Feature { tag: Tag::new(b"tnum"), value: 1, start: Feature::GLOBAL_START, end: Feature::GLOBAL_END }];

impl Typeface {
    fn cut(&self, weight: Weight) -> &Cut {
        self.cuts.iter().find(|cut| cut.weight == weight).expect("there is a cut for every weight")
    }
}

struct Outline {
    commands: Vec<Command>,
    scale: f32,
}

impl Outline {
    fn point(&self, x: f32, y: f32) -> [f32; 2] {
        [x * self.scale, -y * self.scale]
    }
}

impl PathSink for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let to = self.point(x, y);
        self.commands.move_to(to);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.point(x, y);
        self.commands.line_to(to);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (control, to) = (self.point(cx, cy), self.point(x, y));
        self.commands.quad_to(control, to);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let (a, b, to) = (self.point(ax, ay), self.point(bx, by), self.point(x, y));
        self.commands.curve_to(a, b, to);
    }

    fn close(&mut self) {
        self.commands.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width(text: &str, face: Face, size: f64) -> f64 {
        set_line(text, face, size).width * size
    }

    #[test]
    fn a_family_name_leads_back_to_its_face() {
        for face in Face::ALL {
            assert_eq!(Face::of_family(face.family()), face);
        }
    }

    #[test]
    fn tabular_figures_are_all_of_one_width() {
        let widths: Vec<f64> = ('0'..='9').map(|c| width(&c.to_string(), Face::REGULAR, 14.0)).collect();
        assert!(widths.iter().all(|w| (w - widths[0]).abs() < 1e-9), "{widths:?}");
        assert!(width("1", Face::PROSE, 14.0) < width("0", Face::PROSE, 14.0), "prose has narrow ones");
    }

    #[test]
    fn pairs_are_kerned() {
        let alone = width("A", Face::HEADLINE, 28.0) + width("V", Face::HEADLINE, 28.0);
        assert!(width("AV", Face::HEADLINE, 28.0) < alone - 1.0);
    }

    #[test]
    fn a_heavier_weight_is_wider_and_has_an_outline_of_its_own() {
        assert!(width("Apple", Face::HEADLINE, 20.0) > width("Apple", Face::REGULAR, 20.0));
        let id = set_line("o", Face::HEADLINE, 20.0).glyphs[0].id;
        assert_ne!(outline(id, Weight::Bold, 20.0), outline(id, Weight::Regular, 20.0));
    }

    #[test]
    fn the_signs_a_chart_needs_are_in_the_typeface() {
        for sign in "$€£¥₹₩−–—…%·’“”  ".chars() {
            assert!(has_glyph(sign), "{sign:?}");
        }
        assert!(!has_glyph('漢'));
    }
}
