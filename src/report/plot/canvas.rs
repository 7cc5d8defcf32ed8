//! A white sheet, text that is measured, and the simplest shapes, in tenths of a pixel.

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

/// A pixel: the library draws on whole numbers, so they are tenths of one.
pub(super) const PX: i32 = 10;

pub(super) const GREY: RGBColor = RGBColor(85, 85, 85);

/// The result of drawing; into a text nothing can fail.
pub(super) type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<io::Error>>;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A place on the sheet.
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

/// Where a text stands to its point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Side {
    /// Begins there.
    Start,
    /// Has its middle there.
    Middle,
    /// Ends there.
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub size: i32,
    pub bold: bool,
    pub colour: RGBColor,
    pub side: Side,
    /// The point is its middle from top to bottom, not its top.
    pub level: bool,
    /// Runs upwards.
    pub upright: bool,
}

impl Style {
    pub const TEXT: Self = Self {
        size: 12 * PX,
        bold: false,
        colour: BLACK,
        side: Side::Start,
        level: false,
        upright: false,
    };
    pub const FAINT: Self = Self { size: 11 * PX, colour: GREY, ..Self::TEXT };

    /// From one line to the next.
    pub const fn line(&self) -> i32 {
        self.size * 4 / 3
    }

    /// How wide a text is, in DejaVu Sans, which is wider than most that a viewer may take.
    pub fn width(&self, text: &str) -> i32 {
        let hundredths: i64 = text.chars().map(hundredths).sum();
        let bold = if self.bold { 115 } else { 100 };
        let width = hundredths * i64::from(self.size) * bold / 10_000;
        width.min(i64::from(i32::MAX / 4)) as i32
    }

    pub fn font(&self) -> TextStyle<'static> {
        // The backend divides by 1.24, the leading that it supposes.
        let size = f64::from(self.size) * 1.24;
        let weight = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        let mut font =
            FontDesc::new(FontFamily::Name("Helvetica, Arial, sans-serif"), size, weight);
        if self.upright {
            font = font.transform(FontTransform::Rotate270);
        }
        let across = match self.side {
            Side::Start => HPos::Left,
            Side::Middle => HPos::Center,
            Side::End => HPos::Right,
        };
        let down = if self.level { VPos::Center } else { VPos::Top };
        let color = self.colour.to_backend_color();
        TextStyle { font, color, pos: Pos::new(across, down) }
    }
}

/// The advances of the characters from the space to the tilde in DejaVu Sans, in hundredths of its size.
#[rustfmt::skip]
const ADVANCES: [u8; 95] = [
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79,
    61, 79, 70, 64, 62, 74, 69, 99, 69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64,
    64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
];

fn hundredths(c: char) -> i64 {
    let ascii = (c as usize).checked_sub(' ' as usize).and_then(|place| ADVANCES.get(place));
    ascii.map_or(110, |advance| i64::from(*advance))
}

/// A text without what XML or a line cannot hold.
pub(super) fn clean(text: &str) -> String {
    let word = |c: char| match c {
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_control() => ' ',
        c => c,
    };
    text.chars().map(word).collect()
}

/// A text in lines no wider than `width`, broken at spaces, or anywhere if a word is too long.
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

/// A text in one line no wider than `width`: what is too much is taken out of its middle.
pub(super) fn shorten(text: &str, style: &Style, width: i32) -> String {
    let text = clean(text);
    if style.width(&text) <= width {
        return text;
    }
    let chars: Vec<char> = text.chars().collect();
    let cut = |kept: usize| -> String {
        let head = kept.div_ceil(2);
        chars[..head].iter().chain(&['…']).chain(&chars[chars.len() - (kept - head)..]).collect()
    };
    // No character is narrower than a quarter of its size.
    let most = (4 * width.max(0) / style.size) as usize;
    let kept = (0..chars.len().min(most)).rev().find(|kept| style.width(&cut(*kept)) <= width);
    cut(kept.unwrap_or(0))
}

/// The sheet.
pub(super) struct Canvas<'a> {
    pub area: Area<'a>,
}

/// Draws a document of a size; its title is for those who do not see it.
pub(super) fn document(
    (width, height): (i32, i32),
    title: &str,
    draw: impl FnOnce(&Canvas) -> Drawn,
) -> String {
    let mut body = String::new();
    let backend = SVGBackend::with_string(&mut body, (width as u32, height as u32));
    let canvas = Canvas { area: backend.into_drawing_area() };
    let whole = canvas.area.fill(&WHITE).and_then(|()| draw(&canvas));
    whole.and_then(|()| canvas.area.present()).expect("a text takes all that is drawn");
    drop(canvas);
    // The library's first line gives the sheet as many pixels as it has tenths.
    let inner = body.split_once('\n').map_or("", |(_, rest)| rest);
    let (wide, high) = (f64::from(width) / f64::from(PX), f64::from(height) / f64::from(PX));
    let title = clean(title).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n{DRAWING}\n<title>{title}</title>\n{inner}"
    )
}

impl Canvas<'_> {
    pub fn text(&self, text: &str, style: &Style, at: (i32, i32)) -> Drawn {
        if text.is_empty() {
            return Ok(());
        }
        self.area.draw_text(&clean(text), &style.font(), at)
    }

    pub fn lines(&self, lines: &[String], style: &Style, (x, mut y): (i32, i32)) -> Drawn {
        for line in lines {
            self.text(line, style, (x, y))?;
            y += style.line();
        }
        Ok(())
    }

    pub fn path(&self, points: Vec<(i32, i32)>, colour: RGBAColor, width: i32) -> Drawn {
        let style = ShapeStyle { color: colour, filled: false, stroke_width: width as u32 };
        self.area.draw(&PathElement::new(points, style))
    }

    pub fn polygon(&self, points: Vec<(i32, i32)>, colour: RGBAColor) -> Drawn {
        let style = ShapeStyle { color: colour, filled: true, stroke_width: 0 };
        self.area.draw(&Polygon::new(points, style))
    }

    pub fn circle(&self, at: (i32, i32), radius: i32, colour: RGBAColor) -> Drawn {
        let style = ShapeStyle { color: colour, filled: true, stroke_width: 0 };
        self.area.draw(&Circle::new(at, radius, style))
    }

    pub fn rect(&self, rect: Rect, colour: RGBAColor) -> Drawn {
        let style = ShapeStyle { color: colour, filled: true, stroke_width: 0 };
        let corners = [(rect.left, rect.top), (rect.right(), rect.bottom())];
        self.area.draw(&Rectangle::new(corners, style))
    }
}
