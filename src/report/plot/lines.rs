//! Line plots: means with intervals over a numeric variable, a line for each choice.

use plotters::style::Color;

use super::axis::{AxisRange, Extent, Padding};
use super::canvas::{Canvas, DrawResult, PX, Rect, Style, shorten};
use super::frame::{Axes, Frame, LABEL_ABOVE, LABEL_BELOW};
use super::legend::{SeriesStyle, cross};
use super::{Estimate, Lines, Plot, Series, value};

const HEIGHT: i32 = 300 * PX;
/// Series with more points have a band instead of error bars, which would overlap.
const MAX_BARS: usize = 24;
const CAP: i32 = 3 * PX;

/// The points of a series whose x can be drawn, sorted by x.
type Points = Vec<(f64, Option<Estimate>)>;

fn points(series: &Series) -> Points {
    let point =
        |(x, y): &(f64, Option<Estimate>)| Some((value(*x)?, y.and_then(Estimate::checked)));
    let mut points: Points = series.points.iter().filter_map(point).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

impl Plot for Lines {
    fn names(&self) -> Vec<String> {
        self.series.iter().map(|series| series.label.clone()).collect()
    }

    fn width(&self) -> i32 {
        0
    }

    fn height(&self) -> i32 {
        LABEL_ABOVE + HEIGHT + LABEL_BELOW
    }

    fn draw(&self, canvas: &Canvas, rect: Rect) -> DrawResult {
        let series: Vec<Points> = self.series.iter().map(points).collect();
        let estimates = series.iter().flatten().filter_map(|(_, y)| y.as_ref());
        let y = AxisRange::over_estimates(estimates, self.y.scale, Extent::Vertical(HEIGHT));
        let left = y.label_width() + 12 * PX;
        let width = rect.width - left - 10 * PX;
        let xs = series.iter().flatten().map(|(x, _)| *x);
        let x = AxisRange::over(xs, self.x.scale, Padding::Both, Extent::Horizontal(width));
        let inside =
            Rect { left: rect.left + left, top: rect.top + LABEL_ABOVE, width, height: HEIGHT };
        let name = shorten(&y.text(&self.y), &Style::TEXT, rect.width);
        canvas.text(&name, &Style::TEXT, (rect.left, rect.top))?;
        let has_gaps = series.iter().flatten().any(|(_, y)| y.is_none());
        let cross = if has_gaps { "; × no value" } else { "" };
        let name = shorten(&format!("{}{cross}", x.text(&self.x)), &Style::TEXT, width);
        let frame = Frame::draw(canvas, inside, (x, y), Axes::Both)?;
        frame.label_below(canvas, &[name])?;
        if series.iter().all(Vec::is_empty) {
            return frame.placeholder(canvas, "no point to show");
        }
        let bars = series.iter().all(|points| points.len() <= MAX_BARS);
        let step = if bars { shift_step(&frame, &series) } else { 0 };
        for (number, points) in series.iter().enumerate() {
            let shift = (2 * number as i32 + 1 - series.len() as i32) * step / 2;
            let line = Line { frame: &frame, style: SeriesStyle(number), shift, bars };
            line.draw(canvas, points)?;
        }
        Ok(())
    }
}

/// The horizontal shift between neighbouring series, so that bars at the same x do not overlap. All
/// shifts together take at most half of the distance between two x.
fn shift_step(frame: &Frame, series: &[Points]) -> i32 {
    let mut xs: Vec<i32> = series.iter().flatten().map(|(x, _)| frame.at(*x, 0.0).0).collect();
    xs.sort_unstable();
    xs.dedup();
    let gap = xs.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(28 * PX);
    ((gap / 2).min(14 * PX) / series.len().max(1) as i32).min(4 * PX)
}

/// Splits a series at its gaps.
fn segments(points: &Points) -> Vec<Vec<(f64, Estimate)>> {
    let segments = points.split(|(_, y)| y.is_none());
    let segment = |points: &[(f64, Option<Estimate>)]| -> Vec<_> {
        points.iter().filter_map(|(x, y)| Some((*x, (*y)?))).collect()
    };
    segments.map(segment).filter(|segment| !segment.is_empty()).collect()
}

struct Line<'a, 'b> {
    frame: &'a Frame<'b>,
    style: SeriesStyle,
    shift: i32,
    /// Error bars at the points instead of a band.
    bars: bool,
}

impl Line<'_, '_> {
    fn at(&self, x: f64, y: f64) -> (i32, i32) {
        let (x, y) = self.frame.at(x, y);
        (x + self.shift, y)
    }

    fn draw(&self, canvas: &Canvas, points: &Points) -> DrawResult {
        for segment in segments(points) {
            let means: Vec<_> = segment.iter().map(|(x, y)| self.at(*x, y.mean)).collect();
            if self.bars {
                self.bars(canvas, &segment)?;
            } else {
                self.band(canvas, &segment)?;
            }
            self.style.line(canvas, &means)?;
            let stride = if self.bars { 1 } else { means.len().div_ceil(MAX_BARS / 2) };
            for mean in means.into_iter().step_by(stride) {
                self.style.mark(canvas, mean)?;
            }
        }
        for (x, _) in points.iter().filter(|(_, y)| y.is_none()) {
            let at = (self.at(*x, 0.0).0, self.frame.inside.bottom());
            cross(canvas, at, self.style.colour().to_rgba())?;
        }
        Ok(())
    }

    fn bars(&self, canvas: &Canvas, segment: &[(f64, Estimate)]) -> DrawResult {
        let colour = self.style.colour().to_rgba();
        for (x, y) in segment {
            let (low, high) = (self.at(*x, y.low), self.at(*x, y.high));
            if low.1 == high.1 {
                continue;
            }
            canvas.path(vec![low, high], colour, 12)?;
            for (x, y) in [low, high] {
                canvas.path(vec![(x - CAP, y), (x + CAP, y)], colour, 12)?;
            }
        }
        Ok(())
    }

    fn band(&self, canvas: &Canvas, segment: &[(f64, Estimate)]) -> DrawResult {
        let low = segment.iter().map(|(x, y)| self.at(*x, y.low));
        let high = segment.iter().rev().map(|(x, y)| self.at(*x, y.high));
        canvas.polygon(low.chain(high).collect(), self.style.faint())
    }
}
