//! A value for each pair: cells coloured, with their numbers where there is room, and the scale beside.

use plotters::style::colors::colormaps::{ColorMap, ViridisRGB};
use plotters::style::{BLACK, Color, RGBColor, WHITE};

use super::axis::{Room, Run, Span, TICK};
use super::canvas::{Canvas, Drawn, PX, Rect, Side, Style, shorten};
use super::number::Notation;
use super::{HeatMap, Plot, value};

const LONGEST_NAME: i32 = 200 * PX;
const BAR: i32 = 16 * PX;
const MISSING: RGBColor = RGBColor(235, 235, 235);
const HATCH: RGBColor = RGBColor(150, 150, 150);
const NAME: Style = Style { level: true, ..TICK };

/// Where everything stands, from the left and top of the panel.
struct Layout {
    cell: (i32, i32),
    /// Left of the cells.
    left: i32,
    /// Names of columns run upwards.
    upright: bool,
    /// Below the cells.
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
        let most = sizes().fold(0.0, f64::max);
        let alike = sizes().all(|size| size == 0.0 || size >= most / 1e3);
        let write = |value: f64| {
            let notation = Notation::digits(if alike { most } else { value }, 3);
            notation.write(value)
        };
        values.iter().map(|cell| cell.map_or(String::new(), write)).collect()
    }

    fn layout(&self) -> Layout {
        let (columns, rows) = (self.x.names.len() as i32, self.y.names.len() as i32);
        let widest =
            |names: &[String]| names.iter().map(|name| TICK.width(name)).max().unwrap_or(0);
        let number = widest(&self.numbers()) + 10 * PX;
        let wide = (620 * PX / columns.max(1)).clamp(14 * PX, number.clamp(56 * PX, 76 * PX));
        let high = (460 * PX / rows.max(1)).clamp(14 * PX, 30 * PX).max(60 * PX / rows.max(1));
        let name = widest(&self.x.names).min(LONGEST_NAME);
        let upright = name + 8 * PX > wide;
        let left = widest(&self.y.names).min(LONGEST_NAME) + 10 * PX;
        let below = if upright { name } else { TICK.line() } + 30 * PX;
        let name = Style::TEXT.width(&self.value.longest_text());
        let bar = 24 * PX + name.max(BAR + 90 * PX);
        Layout {
            cell: (wide, high),
            left,
            upright,
            below,
            width: left + wide * columns + bar,
            height: HEAD + high * rows + below,
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

    fn draw(&self, canvas: &Canvas, place: Rect) -> Drawn {
        let layout = self.layout();
        let (columns, rows) = (self.x.names.len() as i32, self.y.names.len() as i32);
        if columns == 0 || rows == 0 {
            return canvas.text("no cell to show", &Style::FAINT, (place.left, place.top));
        }
        let inside = Rect {
            left: place.left + layout.left,
            top: place.top + HEAD,
            width: layout.cell.0 * columns,
            height: layout.cell.1 * rows,
        };
        let values = self.values();
        let span = Span::over(
            values.iter().flatten().copied(),
            self.value.scale,
            Room::None,
            Run::Up(inside.height),
        );
        self.cells(canvas, inside, &layout, &span)?;
        self.names(canvas, inside, &layout)?;
        let name = shorten(&self.y.label, &Style::TEXT, layout.left + inside.width);
        canvas.text(&name, &Style::TEXT, (place.left, place.top))?;
        let bar = Rect { left: inside.right() + 24 * PX, width: BAR, ..inside };
        let room = place.right() - bar.left;
        let name = shorten(&span.text(&self.value), &Style::TEXT, room);
        canvas.text(&name, &Style::TEXT, (bar.left, place.top))?;
        scale(canvas, bar, &span)?;
        if values.iter().all(Option::is_some) {
            return Ok(());
        }
        let key = Rect { top: bar.bottom() + 12 * PX, height: BAR, ..bar };
        hatched(canvas, key)?;
        canvas.text("no value", &NAME, (key.right() + 8 * PX, key.top + BAR / 2))
    }
}

/// The colour of a value.
fn colour(span: &Span, value: f64) -> RGBColor {
    ViridisRGB.get_color(span.place(value))
}

/// Black or white, whichever is read better on a colour.
const fn ink(RGBColor(red, green, blue): RGBColor) -> RGBColor {
    let light = 299 * red as i32 + 587 * green as i32 + 114 * blue as i32;
    if light > 103_000 { BLACK } else { WHITE }
}

impl HeatMap {
    fn cells(&self, canvas: &Canvas, inside: Rect, layout: &Layout, span: &Span) -> Drawn {
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
            let colour = colour(span, *value);
            // A little over its neighbours, so that no seam is seen.
            let right = (rect.right() + 3).min(inside.right());
            let bottom = (rect.bottom() + 3).min(inside.bottom());
            let seamless = Rect { width: right - left, height: bottom - top, ..rect };
            canvas.rect(seamless, colour.to_rgba())?;
            if fits {
                let style = Style { side: Side::Middle, level: true, colour: ink(colour), ..TICK };
                canvas.text(&numbers[cell], &style, (left + width / 2, top + height / 2))?;
            }
        }
        Ok(())
    }

    fn names(&self, canvas: &Canvas, inside: Rect, layout: &Layout) -> Drawn {
        let (width, height) = layout.cell;
        for (row, name) in self.y.names.iter().rev().enumerate() {
            let style = Style { side: Side::End, ..NAME };
            let middle = inside.top + height * row as i32 + height / 2;
            let name = shorten(name, &style, LONGEST_NAME);
            canvas.text(&name, &style, (inside.left - 6 * PX, middle))?;
        }
        for (column, name) in self.x.names.iter().enumerate() {
            let middle = inside.left + width * column as i32 + width / 2;
            let name = shorten(name, &NAME, LONGEST_NAME);
            if layout.upright {
                let style = Style { side: Side::End, upright: true, ..NAME };
                canvas.text(&name, &style, (middle, inside.bottom() + 6 * PX))?;
            } else {
                let style = Style { side: Side::Middle, ..TICK };
                canvas.text(&name, &style, (middle, inside.bottom() + 6 * PX))?;
            }
        }
        // In the middle below, but not beyond the left edge.
        let style = Style::TEXT;
        let edge = inside.left - layout.left;
        let name = shorten(&self.x.label, &style, layout.width);
        let left = inside.left + (inside.width - style.width(&name)) / 2;
        canvas.text(&name, &style, (left.max(edge), inside.bottom() + layout.below - style.line()))
    }
}

/// A cell without a value.
fn hatched(canvas: &Canvas, rect: Rect) -> Drawn {
    canvas.rect(rect, MISSING.to_rgba())?;
    let side = rect.width.min(rect.height);
    let from = (rect.left + (rect.width - side) / 2, rect.top + (rect.height + side) / 2);
    canvas.path(vec![from, (from.0 + side, from.1 - side)], HATCH.to_rgba(), PX)
}

/// The scale of colours with its ticks.
fn scale(canvas: &Canvas, bar: Rect, span: &Span) -> Drawn {
    const STEPS: i32 = 64;
    // Each over the end of the one before, so that no seam is seen.
    for step in (0..STEPS).rev() {
        let height = bar.height * (step + 1) / STEPS;
        let rect = Rect { top: bar.bottom() - height, height, ..bar };
        let colour = ViridisRGB.get_color((f64::from(step) + 0.5) / f64::from(STEPS));
        canvas.rect(rect, colour.to_rgba())?;
    }
    for (value, label) in span.ticks() {
        let y = bar.bottom() - (span.place(*value) * f64::from(bar.height)).round() as i32;
        canvas.path(vec![(bar.right(), y), (bar.right() + 4 * PX, y)], BLACK.to_rgba(), PX)?;
        canvas.text(label, &NAME, (bar.right() + 8 * PX, y))?;
    }
    Ok(())
}
