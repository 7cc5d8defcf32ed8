//! Dot plots with whiskers, a row for each choice and a column for each metric (Cleveland 1984).

use plotters::style::{Color, RGBColor, WHITE};

use super::axis::{AxisRange, Extent};
use super::canvas::{Align, Canvas, DrawResult, GREY, PX, Rect, Style, wrap};
use super::frame::{Axes, Frame, LABEL_BELOW};
use super::{Estimate, Intervals, Metric, Plot};

const MAX_COLUMNS: usize = 3;
/// Wider names of choices are wrapped.
const MAX_NAME_WIDTH: i32 = 480 * PX;
const COLUMN_WIDTH: i32 = 230 * PX;
const SINGLE_COLUMN_WIDTH: i32 = 340 * PX;
const GAP: i32 = 26 * PX;
const NAME: Style = Style { align: Align::End, centred: true, ..Style::TEXT };
const DOT_COLOUR: RGBColor = RGBColor(0, 114, 178);
const CAP: i32 = 4 * PX;

fn axis_name(text: &str) -> Vec<String> {
    wrap(text, &Style::TEXT, COLUMN_WIDTH)
}

/// Layout of the rows of a panel.
struct Rows {
    names: Vec<Vec<String>>,
    name_width: i32,
    row_height: i32,
}

impl Rows {
    fn new(choices: &[String]) -> Self {
        let names: Vec<_> = choices.iter().map(|name| wrap(name, &NAME, MAX_NAME_WIDTH)).collect();
        let widths = names.iter().flatten().map(|line| NAME.width(line));
        let name_width = widths.max().unwrap_or(0);
        let lines = names.iter().map(Vec::len).max().unwrap_or(1).max(1) as i32;
        Self { names, name_width, row_height: 8 * PX + lines * NAME.line() }
    }

    fn height(&self) -> i32 {
        (self.row_height * self.names.len() as i32).max(40 * PX)
    }
}

impl Intervals {
    /// Height below the rows; axis labels are wrapped.
    fn label_height(&self) -> i32 {
        let names = self.metrics.iter().map(|metric| axis_name(&metric.axis.longest_text()));
        let lines = names.map(|lines| lines.len());
        LABEL_BELOW + (lines.max().unwrap_or(1).max(1) as i32 - 1) * Style::TEXT.line()
    }

    /// Number of metrics side by side.
    fn columns(&self) -> usize {
        self.metrics.len().clamp(1, MAX_COLUMNS)
    }
}

impl Plot for Intervals {
    fn width(&self) -> i32 {
        let columns = self.columns() as i32;
        let column = if columns == 1 { SINGLE_COLUMN_WIDTH } else { COLUMN_WIDTH };
        Rows::new(&self.choices).name_width + columns * (column + GAP)
    }

    fn height(&self) -> i32 {
        let bands = self.metrics.len().div_ceil(MAX_COLUMNS).max(1) as i32;
        bands * (Rows::new(&self.choices).height() + self.label_height() + 10 * PX) - 10 * PX
    }

    fn draw(&self, canvas: &Canvas, rect: Rect) -> DrawResult {
        let rows = Rows::new(&self.choices);
        if self.metrics.is_empty() {
            return canvas.text("no metric to show", &Style::FAINT, (rect.left, rect.top));
        }
        let columns = self.columns() as i32;
        let width = (rect.width - rows.name_width) / columns - GAP;
        let mut top = rect.top;
        for band in self.metrics.chunks(MAX_COLUMNS) {
            rows.draw_names(canvas, rect.left + rows.name_width, top)?;
            let mut left = rect.left + rows.name_width + 10 * PX;
            for metric in band {
                let inside = Rect { left, top, width, height: rows.height() };
                self.column(canvas, inside, metric)?;
                left += width + GAP;
            }
            top += rows.height() + self.label_height() + 10 * PX;
        }
        Ok(())
    }
}

impl Rows {
    /// Writes the names, each at the height of its row.
    fn draw_names(&self, canvas: &Canvas, right: i32, top: i32) -> DrawResult {
        let count = self.names.len().max(1) as i32;
        for (number, lines) in self.names.iter().enumerate() {
            let middle = top + self.height() * (2 * number as i32 + 1) / (2 * count);
            let first = middle - NAME.line() * (lines.len() as i32 - 1) / 2;
            canvas.lines(lines, &NAME, (right, first))?;
        }
        Ok(())
    }
}

impl Intervals {
    fn column(&self, canvas: &Canvas, inside: Rect, metric: &Metric) -> DrawResult {
        let count = self.choices.len();
        let checked =
            |row: usize| metric.values.get(row).copied().flatten().and_then(Estimate::checked);
        let values: Vec<_> = (0..count).map(checked).collect();
        let estimates = values.iter().flatten();
        let range = AxisRange::over_estimates(
            estimates,
            metric.axis.scale,
            Extent::Horizontal(inside.width),
        );
        let text = range.text(&metric.axis);
        let frame = Frame::draw(canvas, inside, (range, AxisRange::rows(count)), Axes::Rows)?;
        frame.label_below(canvas, &axis_name(&text))?;
        if count == 0 {
            return frame.placeholder(canvas, "no choice to show");
        }
        for (row, value) in values.iter().enumerate() {
            let y = (count - 1 - row) as f64;
            let Some(value) = value else {
                let style = Style { centred: true, ..Style::FAINT };
                let (left, middle) = (inside.left + 2 * PX, frame.at(0.0, y).1);
                let (width, height) = (style.width("no value") + 8 * PX, style.line());
                let background = Rect { left, top: middle - height / 2, width, height };
                canvas.rect(background, WHITE.to_rgba())?;
                canvas.text("no value", &style, (left + 4 * PX, middle))?;
                continue;
            };
            whiskers(canvas, &frame, value, y)?;
        }
        Ok(())
    }
}

fn whiskers(canvas: &Canvas, frame: &Frame, value: &Estimate, y: f64) -> DrawResult {
    let [low, mean, high] = [value.low, value.mean, value.high].map(|x| frame.at(x, y));
    let grey = GREY.to_rgba();
    if low.0 < high.0 {
        canvas.path(vec![low, high], grey, 15)?;
        for (x, y) in [low, high] {
            canvas.path(vec![(x, y - CAP), (x, y + CAP)], grey, 15)?;
        }
    }
    canvas.circle(mean, 36, DOT_COLOUR.to_rgba())
}
