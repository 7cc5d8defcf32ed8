//! What tells choices apart: a colour, a dash and a marker each; and the legend that names them.

use plotters::style::{Color, RGBAColor, RGBColor};

use super::canvas::{Canvas, Drawn, PX, Rect, Style, shorten};

/// Okabe and Ito (2008) without yellow, the most distinct in grey first.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(0, 0, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// Lengths drawn and left out, in turn; none is a whole line.
const DASHES: [&[i32]; 4] =
    [&[], &[7 * PX, 3 * PX], &[2 * PX, 3 * PX], &[9 * PX, 3 * PX, 2 * PX, 3 * PX]];

const MARKERS: usize = 5;

/// How the `n`th choice is drawn; no two of 140 are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look(pub usize);

impl Look {
    pub fn colour(self) -> RGBColor {
        COLOURS[self.0 % COLOURS.len()]
    }

    /// A line through points, dashed.
    pub fn line(self, canvas: &Canvas, points: &[(i32, i32)]) -> Drawn {
        let dashes = DASHES[self.0 % DASHES.len()];
        for path in dashed(points, dashes) {
            canvas.path(path, self.colour().to_rgba(), 18)?;
        }
        Ok(())
    }

    /// A marker at a point.
    pub fn mark(self, canvas: &Canvas, (x, y): (i32, i32)) -> Drawn {
        let colour = self.colour().to_rgba();
        let shape = |points: &[(i32, i32)]| -> Vec<(i32, i32)> {
            points.iter().map(|(dx, dy)| (x + dx, y + dy)).collect()
        };
        match self.0 % MARKERS {
            0 => canvas.circle((x, y), 36, colour),
            1 => canvas.polygon(shape(&[(-32, -32), (32, -32), (32, 32), (-32, 32)]), colour),
            2 => canvas.polygon(shape(&[(0, -44), (40, 30), (-40, 30)]), colour),
            3 => canvas.polygon(shape(&[(0, -46), (46, 0), (0, 46), (-46, 0)]), colour),
            _ => canvas.polygon(shape(&[(0, 44), (40, -30), (-40, -30)]), colour),
        }
    }

    pub fn faint(self) -> RGBAColor {
        self.colour().mix(0.15)
    }
}

/// A cross, where a value should be and is none.
pub(super) fn cross(canvas: &Canvas, (x, y): (i32, i32), colour: RGBAColor) -> Drawn {
    let arm = 3 * PX;
    canvas.path(vec![(x - arm, y - arm), (x + arm, y + arm)], colour, 15)?;
    canvas.path(vec![(x - arm, y + arm), (x + arm, y - arm)], colour, 15)
}

/// The drawn parts of a line. Roots are the only function, and exact on every machine.
fn dashed(points: &[(i32, i32)], dashes: &[i32]) -> Vec<Vec<(i32, i32)>> {
    if dashes.is_empty() {
        return vec![points.to_vec()];
    }
    let mut parts: Vec<Vec<(i32, i32)>> =
        points.first().map(|first| vec![*first]).into_iter().collect();
    let (mut which, mut left) = (0, f64::from(dashes[0]));
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let length = (dx * dx + dy * dy).sqrt();
        let mut gone = 0.0;
        while length - gone > left {
            gone += left;
            let part = gone / length;
            let at = (from.0 + (dx * part).round() as i32, from.1 + (dy * part).round() as i32);
            if which % 2 == 0 {
                parts.last_mut().into_iter().for_each(|path| path.push(at));
            } else {
                parts.push(vec![at]);
            }
            which = (which + 1) % dashes.len();
            left = f64::from(dashes[which]);
        }
        left -= length - gone;
        if which % 2 == 0 {
            parts.last_mut().into_iter().for_each(|path| path.push(to));
        }
    }
    parts.retain(|path| path.len() > 1);
    parts
}

/// The names of choices in columns, each beside a piece of its line.
pub(super) struct Legend {
    names: Vec<String>,
    columns: usize,
    column: i32,
}

const SAMPLE: i32 = 34 * PX;
const GAP: i32 = 6 * PX;
const ROW: i32 = 17 * PX;

impl Legend {
    pub fn new(names: Vec<String>, width: i32) -> Self {
        let room = width - SAMPLE - GAP;
        let names: Vec<String> =
            names.iter().map(|name| shorten(name, &Style::TEXT, room)).collect();
        let widest = names.iter().map(|name| Style::TEXT.width(name)).max().unwrap_or(0);
        let column = SAMPLE + GAP + widest + 20 * PX;
        let columns = ((width + 20 * PX) / column).max(1) as usize;
        Self { columns: columns.min(names.len().max(1)), names, column }
    }

    pub fn height(&self) -> i32 {
        self.rows() as i32 * ROW
    }

    fn rows(&self) -> usize {
        self.names.len().div_ceil(self.columns)
    }

    /// Column by column.
    pub fn draw(&self, canvas: &Canvas, place: Rect) -> Drawn {
        for (number, name) in self.names.iter().enumerate() {
            let (column, row) = (number / self.rows(), number % self.rows());
            let left = place.left + self.column * column as i32;
            let middle = place.top + ROW * row as i32 + ROW / 2;
            let look = Look(number);
            look.line(canvas, &[(left, middle), (left + SAMPLE, middle)])?;
            look.mark(canvas, (left + SAMPLE / 2, middle))?;
            let style = Style { level: true, ..Style::TEXT };
            canvas.text(name, &style, (left + SAMPLE + GAP, middle))?;
        }
        Ok(())
    }
}
