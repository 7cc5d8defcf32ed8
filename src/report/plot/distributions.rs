//! Empirical distribution functions, a staircase for each choice.

use super::axis::{Room, Run, Span};
use super::canvas::{Canvas, Drawn, PX, Rect, Style, shorten};
use super::frame::{Axes, FOOT, Frame, HEAD};
use super::legend::Look;
use super::{Distributions, Plot, Sample, value};

const HIGH: i32 = 300 * PX;
/// Steps nearer than this share of the axis are drawn as one.
const FINEST: f64 = 1200.0;

/// A sample in order, and how many runs it is of.
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

    /// The value and the share of runs at or below it, where the curve rises.
    fn steps(&self, span: &Span) -> Vec<(f64, f64)> {
        let bucket = |x: f64| (span.place(x) * FINEST).floor();
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
            let (had, runs) = (sorted.values.len(), sorted.runs);
            if had == runs {
                sample.label.clone()
            } else {
                format!("{} ({} of {runs} runs without a value)", sample.label, runs - had)
            }
        };
        self.choices.iter().map(name).collect()
    }

    fn width(&self) -> i32 {
        0
    }

    fn height(&self) -> i32 {
        HEAD + HIGH + FOOT
    }

    fn draw(&self, canvas: &Canvas, place: Rect) -> Drawn {
        let samples: Vec<Sorted> = self.choices.iter().map(Sorted::new).collect();
        let y = Span::shares(Run::Up(HIGH));
        let left = y.label_width() + 12 * PX;
        let width = place.width - left - 10 * PX;
        let all = samples.iter().flat_map(|sample| sample.values.iter().copied());
        let x = Span::over(all, self.axis.scale, Room::Zero, Run::Across(width));
        let inside = Rect { left: place.left + left, top: place.top + HEAD, width, height: HIGH };
        canvas.text("share of runs at or below", &Style::TEXT, (place.left, place.top))?;
        let frame = Frame::draw(canvas, inside, (x.clone(), y), Axes::Both)?;
        frame.name_across(canvas, &[shorten(&x.text(&self.axis), &Style::TEXT, width)])?;
        if samples.iter().all(|sample| sample.values.is_empty()) {
            return frame.say_empty(canvas, "no run had a value");
        }
        for (number, sample) in samples.iter().enumerate() {
            curve(canvas, &frame, &sample.steps(&x), Look(number))?;
        }
        Ok(())
    }
}

/// A staircase; where it ends below 1 it goes on to the edge. Markers stand at its quartiles.
fn curve(canvas: &Canvas, frame: &Frame, steps: &[(f64, f64)], look: Look) -> Drawn {
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
    look.line(canvas, &points)?;
    for quartile in [0.25, 0.5, 0.75] {
        if let Some((x, _)) = steps.iter().find(|(_, share)| *share >= quartile) {
            look.mark(canvas, frame.at(*x, quartile))?;
        }
    }
    Ok(())
}
