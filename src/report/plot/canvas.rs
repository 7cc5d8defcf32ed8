//! A white drawing area with text and basic shapes, in tenths of a pixel.

use std::io;

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    BLACK, Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, RGBColor, ShapeStyle,
    TextStyle, WHITE,
};

use crate::experiment::results::DRAWING;

/// One pixel. The plotting library has integer coordinates, so the unit is a tenth of a pixel.
pub(super) const PX: i32 = 10;

pub(super) const GREY: RGBColor = RGBColor(85, 85, 85);

/// The result of drawing; drawing to a string never fails.
pub(super) type DrawResult<T = ()> = Result<T, DrawingAreaErrorKind<io::Error>>;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub left: i32,
    pub top: i32,
    pub width: i32,
    pub height: i32,
}

impl Rect {
    pub const fn right(&self) -> i32 {
        self.left + self.width
    }

    pub const fn bottom(&self) -> i32 {
        self.top + self.height
    }
}

/// Horizontal alignment of a text at its point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Align {
    Start,
    Middle,
    End,
}

/// The style of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub size: i32,
    pub bold: bool,
    pub colour: RGBColor,
    pub align: Align,
    /// The point is at the vertical middle of the text, not at its top.
    pub centred: bool,
    /// The text runs upwards.
    pub vertical: bool,
}

impl Style {
    pub const TEXT: Self = Self {
        size: 12 * PX,
        bold: false,
        colour: BLACK,
        align: Align::Start,
        centred: false,
        vertical: false,
    };
    pub const FAINT: Self = Self { size: 11 * PX, colour: GREY, ..Self::TEXT };

    /// Distance between lines.
    pub const fn line(&self) -> i32 {
        self.size * 4 / 3
    }

    /// Width of a text in DejaVu Sans, which is wider than most fonts that a viewer may use.
    pub fn width(&self, text: &str) -> i32 {
        let hundredths: i64 = text.chars().map(hundredths).sum();
        let bold = if self.bold { 115 } else { 100 };
        let width = hundredths * i64::from(self.size) * bold / 10_000;
        width.min(i64::from(i32::MAX / 4)) as i32
    }

    pub fn font(&self) -> TextStyle<'static> {
        // The backend divides the size by 1.24, the leading that it assumes.
        let size = f64::from(self.size) * 1.24;
        let weight = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        let mut font =
            FontDesc::new(FontFamily::Name("Helvetica, Arial, sans-serif"), size, weight);
        if self.vertical {
            font = font.transform(FontTransform::Rotate270);
        }
        let horizontal = match self.align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        let vertical = if self.centred { VPos::Center } else { VPos::Top };
        let color = self.colour.to_backend_color();
        TextStyle { font, color, pos: Pos::new(horizontal, vertical) }
    }
}

/// Advance widths of the characters from space to tilde in DejaVu Sans, in hundredths of the size.
#[rustfmt::skip]
const ADVANCES: [u8; 95] = [
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79,
    61, 79, 70, 64, 62, 74, 69, 99, 69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64,
    64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
];

fn hundredths(c: char) -> i64 {
    let ascii = (c as usize).checked_sub(' ' as usize).and_then(|index| ADVANCES.get(index));
    ascii.map_or(110, |advance| i64::from(*advance))
}

/// Replaces the characters that XML or a line of text cannot contain.
pub(super) fn clean(text: &str) -> String {
    let replacement = |c: char| match c {
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_control() => ' ',
        c => c,
    };
    text.chars().map(replacement).collect()
}

/// Breaks a text into lines no wider than `width`, at spaces, or within words that are too long.
pub(super) fn wrap(text: &str, style: &Style, width: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace().map(clean) {
        let joined = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
        if style.width(&joined) <= width {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            line.push(c);
            if style.width(&line) > width && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, c.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Shortens a text to one line no wider than `width`, by an ellipsis in the middle.
pub(super) fn shorten(text: &str, style: &Style, width: i32) -> String {
    let text = clean(text);
    if style.width(&text) <= width {
        return text;
    }
    let chars: Vec<char> = text.chars().collect();
    let elided = |kept: usize| -> String {
        let head = kept.div_ceil(2);
        chars[..head].iter().chain(&['…']).chain(&chars[chars.len() - (kept - head)..]).collect()
    };
    // No character is narrower than a quarter of the size.
    let max = (4 * width.max(0) / style.size) as usize;
    let kept = (0..chars.len().min(max)).rev().find(|kept| style.width(&elided(*kept)) <= width);
    elided(kept.unwrap_or(0))
}

pub(super) struct Canvas<'a> {
    pub area: Area<'a>,
}

/// Draws an SVG document of a size, with an accessible title.
pub(super) fn document(
    (width, height): (i32, i32),
    title: &str,
    draw: impl FnOnce(&Canvas) -> DrawResult,
) -> String {
    let mut body = String::new();
    let backend = SVGBackend::with_string(&mut body, (width as u32, height as u32));
    let canvas = Canvas { area: backend.into_drawing_area() };
    let drawn = canvas.area.fill(&WHITE).and_then(|()| draw(&canvas));
    drawn.and_then(|()| canvas.area.present()).expect("a text takes all that is drawn");
    drop(canvas);
    // The first line of the library states the size in pixels, but it is in tenths of a pixel.
    let inner = body.split_once('\n').map_or("", |(_, rest)| rest);
    let [width_px, height_px] = [width, height].map(|length| f64::from(length) / f64::from(PX));
    let title = clean(title).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width_px}\" height=\"{height_px}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n{DRAWING}\n<title>{title}</title>\n{inner}"
    )
}

impl Canvas<'_> {
    pub fn text(&self, text: &str, style: &Style, at: (i32, i32)) -> DrawResult {
        if text.is_empty() {
            return Ok(());
        }
        self.area.draw_text(&clean(text), &style.font(), at)
    }

    pub fn lines(&self, lines: &[String], style: &Style, (x, mut y): (i32, i32)) -> DrawResult {
        for line in lines {
            self.text(line, style, (x, y))?;
            y += style.line();
        }
        Ok(())
    }

    pub fn path(&self, points: Vec<(i32, i32)>, colour: RGBAColor, width: i32) -> DrawResult {
        let style = ShapeStyle { color: colour, filled: false, stroke_width: width as u32 };
        self.area.draw(&PathElement::new(points, style))
    }

    pub fn polygon(&self, points: Vec<(i32, i32)>, colour: RGBAColor) -> DrawResult {
        let style = ShapeStyle { color: colour, filled: true, stroke_width: 0 };
        self.area.draw(&Polygon::new(points, style))
    }

    pub fn circle(&self, at: (i32, i32), radius: i32, colour: RGBAColor) -> DrawResult {
        let style = ShapeStyle { color: colour, filled: true, stroke_width: 0 };
        self.area.draw(&Circle::new(at, radius, style))
    }

    pub fn rect(&self, rect: Rect, colour: RGBAColor) -> DrawResult {
        let style = ShapeStyle { color: colour, filled: true, stroke_width: 0 };
        let corners = [(rect.left, rect.top), (rect.right(), rect.bottom())];
        self.area.draw(&Rectangle::new(corners, style))
    }
}
