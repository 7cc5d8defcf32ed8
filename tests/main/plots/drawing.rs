//! A picture read back from its text.

use std::collections::BTreeMap;

/// A text of a picture. All lengths are tenths of a pixel.
#[derive(Debug)]
pub struct Text {
    pub words: String,
    pub x: f64,
    pub y: f64,
    pub size: f64,
    pub left: f64,
    pub right: f64,
    pub upright: bool,
}

/// What a picture consists of.
#[derive(Debug, Default)]
pub struct Drawing {
    pub width: f64,
    pub height: f64,
    pub texts: Vec<Text>,
    /// Centres of circles by colour.
    pub circles: Vec<(String, f64, f64)>,
    /// Paths and areas by colour.
    pub paths: Vec<(String, Vec<(f64, f64)>)>,
    pub rects: Vec<(String, [f64; 4])>,
}

impl Drawing {
    /// Panics if the text is no well-formed XML, or has an element or a number that is unknown.
    pub fn read(svg: &str) -> Self {
        let document = roxmltree::Document::parse(svg).unwrap();
        let root = document.root_element();
        let number = |node: roxmltree::Node, name: &str| -> f64 {
            let text = node.attribute(name).unwrap_or_else(|| panic!("{name} of {node:?}"));
            let number: f64 = text.parse().unwrap_or_else(|_| panic!("{name}={text:?}"));
            assert!(number.is_finite(), "{name}={text:?}");
            number
        };
        let mut drawing = Self {
            width: number(root, "width") * 10.0,
            height: number(root, "height") * 10.0,
            ..Self::default()
        };
        let seen = format!("0 0 {} {}", drawing.width, drawing.height);
        assert_eq!(root.attribute("viewBox"), Some(seen.as_str()));
        for node in root.children().filter(roxmltree::Node::is_element) {
            let name = node.tag_name().name();
            let colour = |name: &str| node.attribute(name).unwrap().to_owned();
            match name {
                "title" => {}
                "text" => drawing.texts.push(text(node, &number)),
                "circle" => {
                    let (x, y) = (number(node, "cx"), number(node, "cy"));
                    drawing.circles.push((colour("fill"), x, y));
                }
                "line" => {
                    let [a, b, c, d] = ["x1", "y1", "x2", "y2"].map(|name| number(node, name));
                    drawing.paths.push((colour("stroke"), vec![(a, b), (c, d)]));
                }
                "polyline" | "polygon" => {
                    let paint = if name == "polygon" { "fill" } else { "stroke" };
                    let points = node.attribute("points").unwrap().split_whitespace();
                    let point = |pair: &str| {
                        let (x, y) = pair.split_once(',').unwrap();
                        (x.parse().unwrap(), y.parse().unwrap())
                    };
                    drawing.paths.push((colour(paint), points.map(point).collect()));
                }
                "rect" => {
                    let sides = ["x", "y", "width", "height"].map(|name| number(node, name));
                    drawing.rects.push((colour("fill"), sides));
                }
                other => panic!("<{other}>"),
            }
        }
        drawing
    }

    /// How often a text stands in the picture.
    pub fn count(&self, words: &str) -> usize {
        self.texts.iter().filter(|text| text.words == words).count()
    }

    pub fn says(&self, part: &str) -> bool {
        self.texts.iter().any(|text| text.words.contains(part))
    }

    /// All that is outside the sheet.
    pub fn outside(&self) -> Vec<String> {
        let out = |x: f64, y: f64| x < 0.0 || y < 0.0 || x > self.width || y > self.height;
        let mut outside = Vec::new();
        for text in &self.texts {
            let across = !text.upright && (text.left < 0.0 || text.right > self.width);
            if across || out(text.x, text.y) {
                outside.push(format!("{text:?}"));
            }
        }
        let points = self.paths.iter().flat_map(|(_, points)| points.iter().copied());
        let centres = self.circles.iter().map(|(_, x, y)| (*x, *y));
        let corners = self.rects.iter().flat_map(|(_, [x, y, w, h])| [(*x, *y), (x + w, y + h)]);
        for (x, y) in points.chain(centres).chain(corners) {
            if out(x, y) {
                outside.push(format!("{x},{y} of {},{}", self.width, self.height));
            }
        }
        outside
    }

    /// Pairs of texts of which one stands on the other.
    pub fn overlaps(&self) -> Vec<(&str, &str)> {
        let mut pairs = Vec::new();
        for (number, a) in self.texts.iter().enumerate() {
            for b in &self.texts[number + 1..] {
                let level = !a.upright && !b.upright;
                let apart = (a.y - b.y).abs() >= a.size.min(b.size);
                if level && !apart && a.left < b.right && b.left < a.right {
                    pairs.push((a.words.as_str(), b.words.as_str()));
                }
            }
        }
        pairs
    }

    /// What numbers stand along the bottom, and where: each line of ticks by its height.
    pub fn ticks_across(&self) -> BTreeMap<i64, Vec<(f64, f64)>> {
        let mut lines: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
        for text in &self.texts {
            if let Ok(value) = text.words.replace(',', "").parse::<f64>() {
                lines.entry(text.y as i64).or_default().push((text.x, value));
            }
        }
        lines.retain(|_, ticks| ticks.len() > 1);
        lines
    }
}

fn text(node: roxmltree::Node, number: &impl Fn(roxmltree::Node, &str) -> f64) -> Text {
    let words = node.text().unwrap_or_default().trim().to_owned();
    let (x, y, size) = (number(node, "x"), number(node, "y"), number(node, "font-size"));
    // About what DejaVu Sans has, which is wide.
    let narrow = |c: char| " iljtfr.,:;'|()-".contains(c);
    let width = words.chars().map(|c| if narrow(c) { 0.35 } else { 0.62 }).sum::<f64>() * size;
    let left = match node.attribute("text-anchor").unwrap() {
        "start" => x,
        "middle" => x - width / 2.0,
        "end" => x - width,
        other => panic!("text-anchor={other}"),
    };
    let upright = node.attribute("transform").is_some();
    Text { words, x, y, size, left, right: left + width, upright }
}
