//! A back end that draws nothing and counts what it is told to draw.

use std::convert::Infallible;

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use crate::chart::canvas::{self, UNITS};

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

/// Counts shapes and texts.
pub(crate) struct Counter<'a> {
    count: &'a mut usize,
    css_size: (u32, u32),
}

impl<'a> Counter<'a> {
    pub(crate) fn new(count: &'a mut usize, css_size: (u32, u32)) -> Self {
        Self { count, css_size }
    }

    /// Counts one; points are taken as a back end that draws would, for making them is part of the composing.
    fn one(&mut self, points: impl IntoIterator<Item = BackendCoord>) -> Outcome {
        *self.count += usize::from(points.into_iter().count() > 0);
        Ok(())
    }
}

impl DrawingBackend for Counter<'_> {
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

    fn draw_pixel(&mut self, at: BackendCoord, _: BackendColor) -> Outcome {
        self.one([at])
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, _: &S) -> Outcome {
        self.one([from, to])
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        _: &S,
        _: bool,
    ) -> Outcome {
        self.one([from, to])
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        _: &S,
    ) -> Outcome {
        self.one(path)
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, _: u32, _: &S, _: bool) -> Outcome {
        self.one([center])
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        _: &S,
    ) -> Outcome {
        self.one(corners)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Outcome {
        let standing = canvas::stand(text, style, at);
        *self.count += usize::from(!standing.line.glyphs.is_empty());
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
