//! Means over a number, with their intervals: a line for each choice.

use plotters::style::Color;

use super::axis::{Run, Span};
use super::canvas::{Canvas, Drawn, PX, Rect, Style};
use super::frame::{FOOT, Frame, HEAD, Look as Labels};
use super::legend::{Legend, Look, cross};
use super::{Estimate, Lines, Plot, Scale, Series, value};

const HIGH: i32 = 300 * PX;
/// With more series than this, bands would cover each other: only bars are drawn.
const MOST_BANDS: usize = 4;
/// With more points than this bars would stand too close: only bands are drawn.
const MOST_BARS: usize = 24;
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

impl Lines {
    fn legend(&self, width: i32) -> Legend {
        Legend::new(self.series.iter().map(|series| series.label.clone()).collect(), width)
    }

    fn spans(&self, series: &[Points], width: i32) -> (Span, Span) {
        let estimates = || series.iter().flatten().filter_map(|(_, y)| *y);
        let log = self.y.scale == Scale::Log && estimates().all(|y| y.mean > 0.0);
        let ends = estimates().flat_map(|y| [y.low, y.mean, y.high]);
        let y = Span::over(ends.filter(|y| !log || *y > 0.0), self.y.scale, Run::Up(HIGH));
        let width = width - y.label_width() - 22 * PX;
        let xs = series.iter().flatten().map(|(x, _)| *x);
        (Span::over(xs, self.x.scale, Run::Across(width)), y)
    }
}

impl Plot for Lines {
    fn width(&self) -> i32 {
        0
    }

    fn height(&self, width: i32) -> i32 {
        self.legend(width).height() + 8 * PX + HEAD + HIGH + FOOT
    }

    fn draw(&self, canvas: &Canvas, place: Rect) -> Drawn {
        let legend = self.legend(place.width);
        legend.draw(canvas, place)?;
        let top = place.top + legend.height() + 8 * PX;
        let series: Vec<Points> = self.series.iter().map(points).collect();
        let (x, y) = self.spans(&series, place.width);
        let left = y.label_width() + 12 * PX;
        let inside = Rect {
            left: place.left + left,
            top: top + HEAD,
            width: place.width - left - 10 * PX,
            height: HIGH,
        };
        canvas.text(&y.text(&self.y), &Style::TEXT, (place.left, top))?;
        let name = x.text(&self.x);
        let frame = Frame::draw(canvas, inside, (x, y), Labels::Both)?;
        let gaps = series.iter().flatten().any(|(_, y)| y.is_none());
        frame.name_across(canvas, &if gaps { format!("{name}; × no value") } else { name })?;
        if series.iter().flatten().next().is_none() {
            return frame.say_empty(canvas, "no point to show");
        }
        let longest = series.iter().map(Vec::len).max().unwrap_or(0);
        let bands = series.len() <= MOST_BANDS || longest > MOST_BARS;
        if bands {
            for (number, points) in series.iter().enumerate() {
                band(canvas, &frame, points, Look(number))?;
            }
        }
        for (number, points) in series.iter().enumerate() {
            line(canvas, &frame, points, Look(number), longest <= MOST_BARS)?;
        }
        Ok(())
    }
}

/// Stretches without a gap.
fn stretches(points: &Points) -> Vec<Vec<(f64, Estimate)>> {
    let parts = points.split(|(_, y)| y.is_none());
    let whole = |part: &[(f64, Option<Estimate>)]| -> Vec<_> {
        part.iter().filter_map(|(x, y)| Some((*x, (*y)?))).collect()
    };
    parts.map(whole).filter(|part| !part.is_empty()).collect()
}

fn band(canvas: &Canvas, frame: &Frame, points: &Points, look: Look) -> Drawn {
    for part in stretches(points) {
        let low = part.iter().map(|(x, y)| frame.at(*x, y.low));
        let high = part.iter().rev().map(|(x, y)| frame.at(*x, y.high));
        if part.len() > 1 {
            canvas.polygon(low.chain(high).collect(), look.faint())?;
        }
    }
    Ok(())
}

fn line(canvas: &Canvas, frame: &Frame, points: &Points, look: Look, bars: bool) -> Drawn {
    let colour = look.colour().to_rgba();
    for part in stretches(points) {
        let means: Vec<_> = part.iter().map(|(x, y)| frame.at(*x, y.mean)).collect();
        if means.len() > 1 {
            look.line(canvas, &means)?;
        }
        for ((x, y), mean) in part.iter().zip(means) {
            let (low, high) = (frame.at(*x, y.low), frame.at(*x, y.high));
            if bars && low.1 > high.1 {
                canvas.path(vec![low, high], colour, 12)?;
                for (x, y) in [low, high] {
                    canvas.path(vec![(x - CAP, y), (x + CAP, y)], colour, 12)?;
                }
            }
            look.mark(canvas, mean)?;
        }
    }
    for (x, _) in points.iter().filter(|(_, y)| y.is_none()) {
        let (x, _) = frame.at(*x, 0.0);
        cross(canvas, (x, frame.inside.bottom()), colour)?;
    }
    Ok(())
}
