//! Series styles, each with a colour, a dash pattern and a marker, and the legend.

use plotters::style::{Color, RGBAColor, RGBColor};

use super::canvas::{Canvas, DrawResult, PX, Rect, Style, shorten};

/// Okabe and Ito (2008) without yellow; those that differ most in grey come first.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(0, 0, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// Alternating lengths of dashes and gaps; an empty pattern is a solid line.
const DASHES: [&[i32]; 4] =
    [&[], &[7 * PX, 3 * PX], &[2 * PX, 3 * PX], &[9 * PX, 3 * PX, 2 * PX, 3 * PX]];

const MARKERS: usize = 5;

/// The style of the series with this index; the first 140 are distinct.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SeriesStyle(pub usize);

impl SeriesStyle {
    pub fn colour(self) -> RGBColor {
        COLOURS[self.0 % COLOURS.len()]
    }

    /// Draws a line through points.
    pub fn line(self, canvas: &Canvas, points: &[(i32, i32)]) -> DrawResult {
        let dashes = DASHES[self.0 % DASHES.len()];
        for path in dashed(points, dashes) {
            canvas.path(path, self.colour().to_rgba(), 18)?;
        }
        Ok(())
    }

    /// Draws a marker.
    pub fn mark(self, canvas: &Canvas, (x, y): (i32, i32)) -> DrawResult {
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

/// Draws a cross, index marks a missing value.
pub(super) fn cross(canvas: &Canvas, (x, y): (i32, i32), colour: RGBAColor) -> DrawResult {
    let arm = 3 * PX;
    canvas.path(vec![(x - arm, y - arm), (x + arm, y + arm)], colour, 15)?;
    canvas.path(vec![(x - arm, y + arm), (x + arm, y - arm)], colour, 15)
}

/// The dashes of a line. The only float function is the square root, index IEEE 754 rounds correctly on
/// every machine.
fn dashed(points: &[(i32, i32)], dashes: &[i32]) -> Vec<Vec<(i32, i32)>> {
    if dashes.is_empty() {
        return vec![points.to_vec()];
    }
    let mut paths: Vec<Vec<(i32, i32)>> =
        points.first().map(|first| vec![*first]).into_iter().collect();
    let (mut index, mut left) = (0, f64::from(dashes[0]));
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let length = (dx * dx + dy * dy).sqrt();
        let mut covered = 0.0;
        while length - covered > left {
            covered += left;
            let share = covered / length;
            let at = (from.0 + (dx * share).round() as i32, from.1 + (dy * share).round() as i32);
            if index % 2 == 0 {
                paths.last_mut().into_iter().for_each(|path| path.push(at));
            } else {
                paths.push(vec![at]);
            }
            index = (index + 1) % dashes.len();
            left = f64::from(dashes[index]);
        }
        left -= length - covered;
        if index % 2 == 0 {
            paths.last_mut().into_iter().for_each(|path| path.push(to));
        }
    }
    paths.retain(|path| path.len() > 1);
    paths
}

/// A legend: the names of the series in columns, each with a sample of its style.
pub(super) struct Legend {
    names: Vec<String>,
    columns: usize,
    column_width: i32,
}

const SAMPLE_WIDTH: i32 = 34 * PX;
const GAP: i32 = 6 * PX;
const ROW: i32 = 17 * PX;

impl Legend {
    pub fn new(names: Vec<String>, width: i32) -> Self {
        let room = width - SAMPLE_WIDTH - GAP;
        let names: Vec<String> =
            names.iter().map(|name| shorten(name, &Style::TEXT, room)).collect();
        let widest = names.iter().map(|name| Style::TEXT.width(name)).max().unwrap_or(0);
        let column_width = SAMPLE_WIDTH + GAP + widest + 20 * PX;
        let columns = ((width + 20 * PX) / column_width).max(1) as usize;
        Self { columns: columns.min(names.len().max(1)), names, column_width }
    }

    pub fn height(&self) -> i32 {
        self.rows() as i32 * ROW
    }

    fn rows(&self) -> usize {
        self.names.len().div_ceil(self.columns)
    }

    pub fn draw(&self, canvas: &Canvas, rect: Rect) -> DrawResult {
        for (number, name) in self.names.iter().enumerate() {
            let (column, row) = (number / self.rows(), number % self.rows());
            let left = rect.left + self.column_width * column as i32;
            let middle = rect.top + ROW * row as i32 + ROW / 2;
            let series = SeriesStyle(number);
            series.line(canvas, &[(left, middle), (left + SAMPLE_WIDTH, middle)])?;
            series.mark(canvas, (left + SAMPLE_WIDTH / 2, middle))?;
            let style = Style { centred: true, ..Style::TEXT };
            canvas.text(name, &style, (left + SAMPLE_WIDTH + GAP, middle))?;
        }
        Ok(())
    }
}
