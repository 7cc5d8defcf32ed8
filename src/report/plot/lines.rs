//! Means over a number, with their intervals: a line for each choice.

use plotters::style::Color;

use super::axis::{Room, Run, Span};
use super::canvas::{Canvas, Drawn, PX, Rect, Style, shorten};
use super::frame::{Axes, FOOT, Frame, HEAD};
use super::legend::{Look, cross};
use super::{Estimate, Lines, Plot, Series, value};

const HIGH: i32 = 300 * PX;
/// With more points than this bars would stand too close: a band is drawn instead.
const MAX_BARS: usize = 24;
const CAP: i32 = 3 * PX;

/// The points of a series that have a place, by x.
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
        HEAD + HIGH + FOOT
    }

    fn draw(&self, canvas: &Canvas, place: Rect) -> Drawn {
        let series: Vec<Points> = self.series.iter().map(points).collect();
        let estimates = series.iter().flatten().filter_map(|(_, y)| y.as_ref());
        let y = Span::over_estimates(estimates, self.y.scale, Run::Up(HIGH));
        let left = y.label_width() + 12 * PX;
        let width = place.width - left - 10 * PX;
        let xs = series.iter().flatten().map(|(x, _)| *x);
        let x = Span::over(xs, self.x.scale, Room::Around, Run::Across(width));
        let inside = Rect { left: place.left + left, top: place.top + HEAD, width, height: HIGH };
        let name = shorten(&y.text(&self.y), &Style::TEXT, place.width);
        canvas.text(&name, &Style::TEXT, (place.left, place.top))?;
        let gaps = series.iter().flatten().any(|(_, y)| y.is_none());
        let cross = if gaps { "; × no value" } else { "" };
        let name = shorten(&format!("{}{cross}", x.text(&self.x)), &Style::TEXT, width);
        let frame = Frame::draw(canvas, inside, (x, y), Axes::Both)?;
        frame.name_across(canvas, &[name])?;
        if series.iter().all(Vec::is_empty) {
            return frame.say_empty(canvas, "no point to show");
        }
        let bars = series.iter().all(|points| points.len() <= MAX_BARS);
        let step = if bars { step_aside(&frame, &series) } else { 0 };
        for (number, points) in series.iter().enumerate() {
            let aside = (2 * number as i32 + 1 - series.len() as i32) * step / 2;
            let line = Line { frame: &frame, look: Look(number), aside, bars };
            line.draw(canvas, points)?;
        }
        Ok(())
    }
}

/// How far series are set aside from each other, so that the bars of several at the same x are seen: all
/// of them together by no more than half of the way to the next x.
fn step_aside(frame: &Frame, series: &[Points]) -> i32 {
    let mut places: Vec<i32> = series.iter().flatten().map(|(x, _)| frame.at(*x, 0.0).0).collect();
    places.sort_unstable();
    places.dedup();
    let gap = places.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(28 * PX);
    ((gap / 2).min(14 * PX) / series.len().max(1) as i32).min(4 * PX)
}

/// Stretches without a gap.
fn stretches(points: &Points) -> Vec<Vec<(f64, Estimate)>> {
    let parts = points.split(|(_, y)| y.is_none());
    let whole = |part: &[(f64, Option<Estimate>)]| -> Vec<_> {
        part.iter().filter_map(|(x, y)| Some((*x, (*y)?))).collect()
    };
    parts.map(whole).filter(|part| !part.is_empty()).collect()
}

/// How the line of a series is drawn.
struct Line<'a, 'b> {
    frame: &'a Frame<'b>,
    look: Look,
    aside: i32,
    /// Bars at the points, not a band along them.
    bars: bool,
}

impl Line<'_, '_> {
    fn at(&self, x: f64, y: f64) -> (i32, i32) {
        let (x, y) = self.frame.at(x, y);
        (x + self.aside, y)
    }

    fn draw(&self, canvas: &Canvas, points: &Points) -> Drawn {
        for part in stretches(points) {
            let means: Vec<_> = part.iter().map(|(x, y)| self.at(*x, y.mean)).collect();
            if self.bars {
                self.bars(canvas, &part)?;
            } else {
                self.band(canvas, &part)?;
            }
            self.look.line(canvas, &means)?;
            let marked = if self.bars { 1 } else { means.len().div_ceil(MAX_BARS / 2) };
            for mean in means.into_iter().step_by(marked) {
                self.look.mark(canvas, mean)?;
            }
        }
        for (x, _) in points.iter().filter(|(_, y)| y.is_none()) {
            let foot = (self.at(*x, 0.0).0, self.frame.inside.bottom());
            cross(canvas, foot, self.look.colour().to_rgba())?;
        }
        Ok(())
    }

    fn bars(&self, canvas: &Canvas, part: &[(f64, Estimate)]) -> Drawn {
        let colour = self.look.colour().to_rgba();
        for (x, y) in part {
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

    fn band(&self, canvas: &Canvas, part: &[(f64, Estimate)]) -> Drawn {
        let low = part.iter().map(|(x, y)| self.at(*x, y.low));
        let high = part.iter().rev().map(|(x, y)| self.at(*x, y.high));
        canvas.polygon(low.chain(high).collect(), self.look.faint())
    }
}
