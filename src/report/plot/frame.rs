//! A frame with its axes: grid, ticks and labels by the library; and where a value is in it.

use plotters::chart::ChartBuilder;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::DrawingArea;
use plotters::style::{Color, RGBColor, ShapeStyle, WHITE};

use super::axis::{Span, TICK};
use super::canvas::{Canvas, Drawn, PX, Rect, Side, Style};

/// Below an axis across: its tick labels, then its name.
pub(super) const FOOT: i32 = 42 * PX;
/// Above an axis up: its name.
pub(super) const HEAD: i32 = 24 * PX;
const MARK: i32 = 4 * PX;
const GRID: RGBColor = RGBColor(222, 222, 222);
const FINE: RGBColor = RGBColor(240, 240, 240);
const EDGE: RGBColor = RGBColor(85, 85, 85);

/// What of a frame is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Axes {
    /// Both axes, labelled.
    Both,
    /// The one across; rows have lines only.
    Rows,
}

/// A frame that is drawn.
pub(super) struct Frame<'a> {
    area: DrawingArea<plotters::backend::SVGBackend<'a>, Cartesian2d<Span, Span>>,
    pub inside: Rect,
}

fn stroke(colour: RGBColor, width: i32) -> ShapeStyle {
    ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: width as u32 }
}

/// Two strokes across an axis: what stands before them is not to scale.
fn break_axis(canvas: &Canvas, (x, y): (i32, i32)) -> Drawn {
    let (lean, rise, gap) = (2 * PX, 5 * PX, 2 * PX);
    let stroke = |x: i32| vec![(x - lean, y + rise), (x + lean, y - rise)];
    let mut between = stroke(x - gap);
    between.extend(stroke(x + gap).into_iter().rev());
    canvas.polygon(between, WHITE.to_rgba())?;
    canvas.path(stroke(x - gap), EDGE.to_rgba(), PX)?;
    canvas.path(stroke(x + gap), EDGE.to_rgba(), PX)
}

impl<'a> Frame<'a> {
    /// Draws the axes about `inside`; the labels stand outside, to the left and below.
    pub fn draw(
        canvas: &Canvas<'a>,
        inside: Rect,
        (x, y): (Span, Span),
        axes: Axes,
    ) -> Drawn<Self> {
        let (left, below) = (y.label_width() + 3 * MARK, 2 * MARK + TICK.line());
        let (wide, high) = ((left + inside.width) as u32, (inside.height + below) as u32);
        let area = canvas.area.clone().shrink((inside.left - left, inside.top), (wide, high));
        let broken = x.broken();
        let mut chart = ChartBuilder::on(&area)
            .y_label_area_size(left)
            .x_label_area_size(below)
            .build_cartesian_2d(x, y)?;
        let mut mesh = chart.configure_mesh();
        mesh.bold_line_style(stroke(GRID, PX))
            .light_line_style(stroke(FINE, PX))
            .axis_style(stroke(EDGE, PX))
            .label_style(TICK.font())
            .set_all_tick_mark_size(MARK);
        if axes == Axes::Rows {
            mesh.set_tick_mark_size(plotters::chart::LabelAreaPosition::Left, 0);
        }
        mesh.draw()?;
        if let Some(place) = broken {
            let along = (f64::from(inside.width) * place).round() as i32;
            break_axis(canvas, (inside.left + along, inside.bottom()))?;
        }
        Ok(Self { area: chart.plotting_area().clone(), inside })
    }

    /// Where a point is on the sheet.
    pub fn at(&self, x: f64, y: f64) -> (i32, i32) {
        self.area.map_coordinate(&(x, y))
    }

    /// Names the axis across, below its ticks.
    pub fn name_across(&self, canvas: &Canvas, lines: &[String]) -> Drawn {
        let style = Style { side: Side::Middle, ..Style::TEXT };
        let middle = self.inside.left + self.inside.width / 2;
        canvas.lines(lines, &style, (middle, self.inside.bottom() + FOOT - style.line()))
    }

    /// Says in the middle that there is nothing.
    pub fn say_empty(&self, canvas: &Canvas, text: &str) -> Drawn {
        let style = Style { side: Side::Middle, level: true, ..Style::FAINT };
        let middle = self.inside.left + self.inside.width / 2;
        canvas.text(text, &style, (middle, self.inside.top + self.inside.height / 2))
    }
}
