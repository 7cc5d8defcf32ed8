//! Empirical distribution functions, a step curve for each choice.

use super::axis::{AxisRange, Extent, Padding};
use super::canvas::{Canvas, DrawResult, PX, Rect, Style, shorten};
use super::frame::{Axes, Frame, LABEL_ABOVE, LABEL_BELOW};
use super::legend::SeriesStyle;
use super::{Distributions, Plot, Sample, value};

const HEIGHT: i32 = 300 * PX;
/// Number of distinct positions on the axis; steps at the same position are drawn as one.
const POSITIONS: f64 = 1200.0;

/// A sorted sample with the number of runs, including those without a value.
struct Sorted {
    values: Vec<f64>,
    runs: usize,
}

impl Sorted {
    fn new(sample: &Sample) -> Self {
        let mut values: Vec<f64> = sample.values.iter().filter_map(|x| value(*x)).collect();
        values.sort_by(f64::total_cmp);
        Self { values, runs: sample.values.len() + sample.missing }
    }

    /// The steps of the curve: a value and the share of runs at or below it.
    fn steps(&self, range: &AxisRange) -> Vec<(f64, f64)> {
        let bucket = |x: f64| (range.position(x) * POSITIONS).floor();
        let mut steps = Vec::new();
        for (number, x) in self.values.iter().enumerate() {
            let next = self.values.get(number + 1);
            if next.is_none_or(|next| bucket(*next) > bucket(*x)) {
                steps.push((*x, (number + 1) as f64 / self.runs as f64));
            }
        }
        steps
    }
}

impl Plot for Distributions {
    fn names(&self) -> Vec<String> {
        let name = |sample: &Sample| {
            let sorted = Sorted::new(sample);
            let (with_value, runs) = (sorted.values.len(), sorted.runs);
            if with_value == runs {
                sample.label.clone()
            } else {
                format!("{} ({} of {runs} runs without a value)", sample.label, runs - with_value)
            }
        };
        self.choices.iter().map(name).collect()
    }

    fn width(&self) -> i32 {
        0
    }

    fn height(&self) -> i32 {
        LABEL_ABOVE + HEIGHT + LABEL_BELOW
    }

    fn draw(&self, canvas: &Canvas, rect: Rect) -> DrawResult {
        let samples: Vec<Sorted> = self.choices.iter().map(Sorted::new).collect();
        let y = AxisRange::shares(Extent::Vertical(HEIGHT));
        let left = y.label_width() + 12 * PX;
        let width = rect.width - left - 10 * PX;
        let values = samples.iter().flat_map(|sample| sample.values.iter().copied());
        let x =
            AxisRange::over(values, self.axis.scale, Padding::FromZero, Extent::Horizontal(width));
        let inside =
            Rect { left: rect.left + left, top: rect.top + LABEL_ABOVE, width, height: HEIGHT };
        canvas.text("share of runs at or below", &Style::TEXT, (rect.left, rect.top))?;
        let frame = Frame::draw(canvas, inside, (x.clone(), y), Axes::Both)?;
        frame.label_below(canvas, &[shorten(&x.text(&self.axis), &Style::TEXT, width)])?;
        if samples.iter().all(|sample| sample.values.is_empty()) {
            return frame.placeholder(canvas, "no run had a value");
        }
        for (number, sample) in samples.iter().enumerate() {
            curve(canvas, &frame, &sample.steps(&x), SeriesStyle(number))?;
        }
        Ok(())
    }
}

/// Draws a step curve with markers at the quartiles. A curve that ends below 1 continues to the edge.
fn curve(canvas: &Canvas, frame: &Frame, steps: &[(f64, f64)], style: SeriesStyle) -> DrawResult {
    let Some((_, end)) = steps.last() else { return Ok(()) };
    let mut points = Vec::new();
    let mut share = 0.0;
    for (x, next) in steps {
        points.push(frame.at(*x, share));
        points.push(frame.at(*x, *next));
        share = *next;
    }
    if *end < 1.0 {
        points.push(frame.at(f64::INFINITY, *end));
    }
    style.line(canvas, &points)?;
    for quartile in [0.25, 0.5, 0.75] {
        if let Some((x, _)) = steps.iter().find(|(_, share)| *share >= quartile) {
            style.mark(canvas, frame.at(*x, quartile))?;
        }
    }
    Ok(())
}
