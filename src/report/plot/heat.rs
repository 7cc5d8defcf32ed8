//! Heat maps: coloured cells, with numbers if they fit, and a colour scale.

use plotters::style::colors::colormaps::{ColorMap, ViridisRGB};
use plotters::style::{BLACK, Color, RGBColor, WHITE};

use super::axis::{AxisRange, Extent, Padding, TICK};
use super::canvas::{Align, Canvas, DrawResult, PX, Rect, Style, shorten};
use super::number::Notation;
use super::{HeatMap, Plot, value};

const MAX_NAME_WIDTH: i32 = 200 * PX;
const BAR_WIDTH: i32 = 16 * PX;
const MISSING: RGBColor = RGBColor(235, 235, 235);
const HATCH: RGBColor = RGBColor(150, 150, 150);
const NAME: Style = Style { centred: true, ..TICK };

/// Sizes of the parts of a heat map.
struct Layout {
    /// Width and height of a cell.
    cell: (i32, i32),
    /// Width to the left of the cells.
    left: i32,
    /// Column names run upwards.
    has_vertical_names: bool,
    /// Height below the cells.
    below: i32,
    width: i32,
    height: i32,
}

const HEAD: i32 = 22 * PX;

impl HeatMap {
    fn values(&self) -> Vec<Option<f64>> {
        let count = self.x.names.len() * self.y.names.len();
        (0..count).map(|cell| self.cells.get(cell).copied().flatten().and_then(value)).collect()
    }

    fn numbers(&self) -> Vec<String> {
        let values = self.values();
        let sizes = || values.iter().flatten().map(|value| value.abs());
        let max = sizes().fold(0.0, f64::max);
        let is_narrow = sizes().all(|size| size == 0.0 || size >= max / 1e3);
        let write = |value: f64| {
            let notation = Notation::digits(if is_narrow { max } else { value }, 3);
            notation.write(value)
        };
        values.iter().map(|cell| cell.map_or(String::new(), write)).collect()
    }

    fn layout(&self) -> Layout {
        let (columns, rows) = (self.x.names.len() as i32, self.y.names.len() as i32);
        let widest =
            |names: &[String]| names.iter().map(|name| TICK.width(name)).max().unwrap_or(0);
        let number = widest(&self.numbers()) + 10 * PX;
        let width = (620 * PX / columns.max(1)).clamp(14 * PX, number.clamp(56 * PX, 76 * PX));
        let height = (460 * PX / rows.max(1)).clamp(14 * PX, 30 * PX).max(60 * PX / rows.max(1));
        let name = widest(&self.x.names).min(MAX_NAME_WIDTH);
        let has_vertical_names = name + 8 * PX > width;
        let left = widest(&self.y.names).min(MAX_NAME_WIDTH) + 10 * PX;
        let below = if has_vertical_names { name } else { TICK.line() } + 30 * PX;
        let name = Style::TEXT.width(&self.value.longest_text());
        let bar = 24 * PX + name.max(BAR_WIDTH + 90 * PX);
        Layout {
            cell: (width, height),
            left,
            has_vertical_names,
            below,
            width: left + width * columns + bar,
            height: HEAD + height * rows + below,
        }
    }
}

impl Plot for HeatMap {
    fn width(&self) -> i32 {
        self.layout().width
    }

    fn height(&self) -> i32 {
        self.layout().height
    }

    fn draw(&self, canvas: &Canvas, rect: Rect) -> DrawResult {
        let layout = self.layout();
        let (columns, rows) = (self.x.names.len() as i32, self.y.names.len() as i32);
        if columns == 0 || rows == 0 {
            return canvas.text("no cell to show", &Style::FAINT, (rect.left, rect.top));
        }
        let inside = Rect {
            left: rect.left + layout.left,
            top: rect.top + HEAD,
            width: layout.cell.0 * columns,
            height: layout.cell.1 * rows,
        };
        let values = self.values();
        let range = AxisRange::over(
            values.iter().flatten().copied(),
            self.value.scale,
            Padding::None,
            Extent::Vertical(inside.height),
        );
        self.cells(canvas, inside, &layout, &range)?;
        self.names(canvas, inside, &layout)?;
        let name = shorten(&self.y.label, &Style::TEXT, layout.left + inside.width);
        canvas.text(&name, &Style::TEXT, (rect.left, rect.top))?;
        let bar = Rect { left: inside.right() + 24 * PX, width: BAR_WIDTH, ..inside };
        let room = rect.right() - bar.left;
        let name = shorten(&range.text(&self.value), &Style::TEXT, room);
        canvas.text(&name, &Style::TEXT, (bar.left, rect.top))?;
        scale(canvas, bar, &range)?;
        if values.iter().all(Option::is_some) {
            return Ok(());
        }
        let key = Rect { top: bar.bottom() + 12 * PX, height: BAR_WIDTH, ..bar };
        hatched(canvas, key)?;
        canvas.text("no value", &NAME, (key.right() + 8 * PX, key.top + BAR_WIDTH / 2))
    }
}

fn colour(range: &AxisRange, value: f64) -> RGBColor {
    ViridisRGB.get_color(range.position(value))
}

/// Black or white, whichever has more contrast with a colour.
const fn text_colour(RGBColor(red, green, blue): RGBColor) -> RGBColor {
    let light = 299 * red as i32 + 587 * green as i32 + 114 * blue as i32;
    if light > 103_000 { BLACK } else { WHITE }
}

impl HeatMap {
    fn cells(
        &self,
        canvas: &Canvas,
        inside: Rect,
        layout: &Layout,
        range: &AxisRange,
    ) -> DrawResult {
        let columns = self.x.names.len();
        let rows = self.y.names.len();
        let (width, height) = layout.cell;
        let numbers = self.numbers();
        let fits = height >= TICK.line()
            && numbers.iter().all(|number| TICK.width(number) + 4 * PX <= width);
        for (cell, value) in self.values().iter().enumerate() {
            let (column, row) = ((cell % columns) as i32, (cell / columns) as i32);
            let left = inside.left + column * width;
            let top = inside.top + (rows as i32 - 1 - row) * height;
            let rect = Rect { left, top, width, height };
            let Some(value) = value else {
                hatched(canvas, rect)?;
                continue;
            };
            let colour = colour(range, *value);
            // Overlaps its neighbours slightly, so that no seam is visible.
            let right = (rect.right() + 3).min(inside.right());
            let bottom = (rect.bottom() + 3).min(inside.bottom());
            let seamless = Rect { width: right - left, height: bottom - top, ..rect };
            canvas.rect(seamless, colour.to_rgba())?;
            if fits {
                let style = Style {
                    align: Align::Middle,
                    centred: true,
                    colour: text_colour(colour),
                    ..TICK
                };
                canvas.text(&numbers[cell], &style, (left + width / 2, top + height / 2))?;
            }
        }
        Ok(())
    }

    fn names(&self, canvas: &Canvas, inside: Rect, layout: &Layout) -> DrawResult {
        let (width, height) = layout.cell;
        for (row, name) in self.y.names.iter().rev().enumerate() {
            let style = Style { align: Align::End, ..NAME };
            let middle = inside.top + height * row as i32 + height / 2;
            let name = shorten(name, &style, MAX_NAME_WIDTH);
            canvas.text(&name, &style, (inside.left - 6 * PX, middle))?;
        }
        for (column, name) in self.x.names.iter().enumerate() {
            let middle = inside.left + width * column as i32 + width / 2;
            let name = shorten(name, &NAME, MAX_NAME_WIDTH);
            if layout.has_vertical_names {
                let style = Style { align: Align::End, vertical: true, ..NAME };
                canvas.text(&name, &style, (middle, inside.bottom() + 6 * PX))?;
            } else {
                let style = Style { align: Align::Middle, ..TICK };
                canvas.text(&name, &style, (middle, inside.bottom() + 6 * PX))?;
            }
        }
        // Centred below the cells, but not beyond the left edge.
        let style = Style::TEXT;
        let edge = inside.left - layout.left;
        let name = shorten(&self.x.label, &style, layout.width);
        let left = inside.left + (inside.width - style.width(&name)) / 2;
        canvas.text(&name, &style, (left.max(edge), inside.bottom() + layout.below - style.line()))
    }
}

/// Draws a cell without a value.
fn hatched(canvas: &Canvas, rect: Rect) -> DrawResult {
    canvas.rect(rect, MISSING.to_rgba())?;
    let side = rect.width.min(rect.height);
    let from = (rect.left + (rect.width - side) / 2, rect.top + (rect.height + side) / 2);
    canvas.path(vec![from, (from.0 + side, from.1 - side)], HATCH.to_rgba(), PX)
}

/// Draws the colour scale with its ticks.
fn scale(canvas: &Canvas, bar: Rect, range: &AxisRange) -> DrawResult {
    const STEPS: i32 = 64;
    // Each step overlaps the next, so that no seam is visible.
    for step in (0..STEPS).rev() {
        let height = bar.height * (step + 1) / STEPS;
        let rect = Rect { top: bar.bottom() - height, height, ..bar };
        let colour = ViridisRGB.get_color((f64::from(step) + 0.5) / f64::from(STEPS));
        canvas.rect(rect, colour.to_rgba())?;
    }
    for (value, label) in range.ticks() {
        let y = bar.bottom() - (range.position(*value) * f64::from(bar.height)).round() as i32;
        canvas.path(vec![(bar.right(), y), (bar.right() + 4 * PX, y)], BLACK.to_rgba(), PX)?;
        canvas.text(label, &NAME, (bar.right() + 8 * PX, y))?;
    }
    Ok(())
}
