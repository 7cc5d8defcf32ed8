//! A row for each choice, a dot and whiskers for each metric: Cleveland's dot plot (1984).

use plotters::style::{Color, RGBColor, WHITE};

use super::axis::{Run, Span};
use super::canvas::{Canvas, Drawn, GREY, PX, Rect, Side, Style, wrap};
use super::frame::{Axes, FOOT, Frame};
use super::{Estimate, Intervals, Metric, Plot};

const MAX_COLUMNS: usize = 3;
/// Wider names of choices take several lines.
const WIDEST_NAME: i32 = 480 * PX;
const COLUMN: i32 = 230 * PX;
const ALONE: i32 = 340 * PX;
const GAP: i32 = 26 * PX;
const NAME: Style = Style { side: Side::End, level: true, ..Style::TEXT };
const PLAIN: RGBColor = RGBColor(0, 114, 178);
const CAP: i32 = 4 * PX;

fn axis_name(text: &str) -> Vec<String> {
    wrap(text, &Style::TEXT, COLUMN)
}

/// Where the rows of a panel stand.
struct Rows {
    names: Vec<Vec<String>>,
    name_width: i32,
    row: i32,
}

impl Rows {
    fn new(choices: &[String]) -> Self {
        let names: Vec<_> = choices.iter().map(|name| wrap(name, &NAME, WIDEST_NAME)).collect();
        let widths = names.iter().flatten().map(|line| NAME.width(line));
        let name_width = widths.max().unwrap_or(0);
        let lines = names.iter().map(Vec::len).max().unwrap_or(1).max(1) as i32;
        Self { names, name_width, row: 8 * PX + lines * NAME.line() }
    }

    fn height(&self) -> i32 {
        (self.row * self.names.len() as i32).max(40 * PX)
    }
}

impl Intervals {
    /// How much is below the rows: names of axes take as many lines as they need.
    fn foot(&self) -> i32 {
        let names = self.metrics.iter().map(|metric| axis_name(&metric.axis.longest_text()));
        let lines = names.map(|lines| lines.len());
        FOOT + (lines.max().unwrap_or(1).max(1) as i32 - 1) * Style::TEXT.line()
    }

    /// How many metrics stand side by side.
    fn columns(&self) -> usize {
        self.metrics.len().clamp(1, MAX_COLUMNS)
    }
}

impl Plot for Intervals {
    fn width(&self) -> i32 {
        let columns = self.columns() as i32;
        let column = if columns == 1 { ALONE } else { COLUMN };
        Rows::new(&self.choices).name_width + columns * (column + GAP)
    }

    fn height(&self) -> i32 {
        let bands = self.metrics.len().div_ceil(MAX_COLUMNS).max(1) as i32;
        bands * (Rows::new(&self.choices).height() + self.foot() + 10 * PX) - 10 * PX
    }

    fn draw(&self, canvas: &Canvas, place: Rect) -> Drawn {
        let rows = Rows::new(&self.choices);
        if self.metrics.is_empty() {
            return canvas.text("no metric to show", &Style::FAINT, (place.left, place.top));
        }
        let columns = self.columns() as i32;
        let width = (place.width - rows.name_width) / columns - GAP;
        let mut top = place.top;
        for band in self.metrics.chunks(MAX_COLUMNS) {
            rows.name(canvas, place.left + rows.name_width, top)?;
            let mut left = place.left + rows.name_width + 10 * PX;
            for metric in band {
                let inside = Rect { left, top, width, height: rows.height() };
                self.column(canvas, inside, metric)?;
                left += width + GAP;
            }
            top += rows.height() + self.foot() + 10 * PX;
        }
        Ok(())
    }
}

impl Rows {
    /// Writes the names, each level with its row.
    fn name(&self, canvas: &Canvas, right: i32, top: i32) -> Drawn {
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
    fn column(&self, canvas: &Canvas, inside: Rect, metric: &Metric) -> Drawn {
        let count = self.choices.len();
        let checked =
            |row: usize| metric.values.get(row).copied().flatten().and_then(Estimate::checked);
        let values: Vec<_> = (0..count).map(checked).collect();
        let estimates = values.iter().flatten();
        let span = Span::over_estimates(estimates, metric.axis.scale, Run::Across(inside.width));
        let text = span.text(&metric.axis);
        let frame = Frame::draw(canvas, inside, (span, Span::rows(count)), Axes::Rows)?;
        frame.name_across(canvas, &axis_name(&text))?;
        if count == 0 {
            return frame.say_empty(canvas, "no choice to show");
        }
        for (row, value) in values.iter().enumerate() {
            let level = (count - 1 - row) as f64;
            let Some(value) = value else {
                let style = Style { level: true, ..Style::FAINT };
                let (left, middle) = (inside.left + 2 * PX, frame.at(0.0, level).1);
                let (width, height) = (style.width("no value") + 8 * PX, style.line());
                let behind = Rect { left, top: middle - height / 2, width, height };
                canvas.rect(behind, WHITE.to_rgba())?;
                canvas.text("no value", &style, (left + 4 * PX, middle))?;
                continue;
            };
            whiskers(canvas, &frame, value, level)?;
        }
        Ok(())
    }
}

fn whiskers(canvas: &Canvas, frame: &Frame, value: &Estimate, level: f64) -> Drawn {
    let [low, mean, high] = [value.low, value.mean, value.high].map(|x| frame.at(x, level));
    let ink = GREY.to_rgba();
    if low.0 < high.0 {
        canvas.path(vec![low, high], ink, 15)?;
        for (x, y) in [low, high] {
            canvas.path(vec![(x, y - CAP), (x, y + CAP)], ink, 15)?;
        }
    }
    canvas.circle(mean, 36, PLAIN.to_rgba())
}
