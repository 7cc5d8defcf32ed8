//! A frame with axes, grid, ticks and labels, which maps values to coordinates.

use plotters::chart::ChartBuilder;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::DrawingArea;
use plotters::style::{Color, RGBColor, ShapeStyle, WHITE};

use super::axis::{AxisRange, TICK};
use super::canvas::{Align, Canvas, DrawResult, PX, Rect, Style};

/// Height below a frame for tick labels and the label of the horizontal axis.
pub(super) const LABEL_BELOW: i32 = 42 * PX;
/// Height above a frame for the label of the vertical axis.
pub(super) const LABEL_ABOVE: i32 = 24 * PX;
const TICK_LENGTH: i32 = 4 * PX;
const MAJOR_GRID: RGBColor = RGBColor(222, 222, 222);
const MINOR_GRID: RGBColor = RGBColor(240, 240, 240);
const EDGE: RGBColor = RGBColor(85, 85, 85);

/// The axes of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Axes {
    Both,
    /// The horizontal axis, with grid lines for rows.
    Rows,
}

/// A drawn frame.
pub(super) struct Frame<'a> {
    area: DrawingArea<plotters::backend::SVGBackend<'a>, Cartesian2d<AxisRange, AxisRange>>,
    pub inside: Rect,
}

fn stroke(colour: RGBColor, width: i32) -> ShapeStyle {
    ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: width as u32 }
}

/// Draws two strokes across an axis, which mark that the part before them is not to scale.
fn break_axis(canvas: &Canvas, (x, y): (i32, i32)) -> DrawResult {
    let (lean, rise, gap) = (2 * PX, 5 * PX, 2 * PX);
    let stroke = |x: i32| vec![(x - lean, y + rise), (x + lean, y - rise)];
    let mut outline = stroke(x - gap);
    outline.extend(stroke(x + gap).into_iter().rev());
    canvas.polygon(outline, WHITE.to_rgba())?;
    canvas.path(stroke(x - gap), EDGE.to_rgba(), PX)?;
    canvas.path(stroke(x + gap), EDGE.to_rgba(), PX)
}

impl<'a> Frame<'a> {
    /// Draws the axes around `inside`; the labels are outside, to the left and below.
    pub fn draw(
        canvas: &Canvas<'a>,
        inside: Rect,
        (x, y): (AxisRange, AxisRange),
        axes: Axes,
    ) -> DrawResult<Self> {
        let (left, below) = (y.label_width() + 3 * TICK_LENGTH, 2 * TICK_LENGTH + TICK.line());
        let size = ((left + inside.width) as u32, (inside.height + below) as u32);
        let area = canvas.area.clone().shrink((inside.left - left, inside.top), size);
        let axis_break = x.axis_break();
        let mut chart = ChartBuilder::on(&area)
            .y_label_area_size(left)
            .x_label_area_size(below)
            .build_cartesian_2d(x, y)?;
        let mut mesh = chart.configure_mesh();
        mesh.bold_line_style(stroke(MAJOR_GRID, PX))
            .light_line_style(stroke(MINOR_GRID, PX))
            .axis_style(stroke(EDGE, PX))
            .label_style(TICK.font())
            .set_all_tick_mark_size(TICK_LENGTH);
        if axes == Axes::Rows {
            mesh.set_tick_mark_size(plotters::chart::LabelAreaPosition::Left, 0);
        }
        mesh.draw()?;
        if let Some(position) = axis_break {
            let offset = (f64::from(inside.width) * position).round() as i32;
            break_axis(canvas, (inside.left + offset, inside.bottom()))?;
        }
        Ok(Self { area: chart.plotting_area().clone(), inside })
    }

    /// Returns the coordinates of a point on the canvas.
    pub fn at(&self, x: f64, y: f64) -> (i32, i32) {
        self.area.map_coordinate(&(x, y))
    }

    /// Writes the label of the horizontal axis below its ticks.
    pub fn label_below(&self, canvas: &Canvas, lines: &[String]) -> DrawResult {
        let style = Style { align: Align::Middle, ..Style::TEXT };
        let middle = self.inside.left + self.inside.width / 2;
        canvas.lines(lines, &style, (middle, self.inside.bottom() + LABEL_BELOW - style.line()))
    }

    /// Writes a text in the middle of an empty frame.
    pub fn placeholder(&self, canvas: &Canvas, text: &str) -> DrawResult {
        let style = Style { align: Align::Middle, centred: true, ..Style::FAINT };
        let middle = self.inside.left + self.inside.width / 2;
        canvas.text(text, &style, (middle, self.inside.top + self.inside.height / 2))
    }
}
