//! Error messages: what is wrong, the line, what was expected, and the nearest valid word.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::humanize::UnknownKey;
use super::key_path::{ORIGIN, keys};
use super::{printable, printable_lines};

/// An error in a file or a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    title: String,
    place: Option<Box<Place>>,
    label: String,
    help: Option<String>,
    unreadable: bool,
    unknown_key: Option<UnknownKey>,
}

/// A file, and a range of its text if known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    origin: String,
    mark: Option<Quote>,
}

/// A line of a text, possibly shortened.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Quote {
    text: String,
    /// The number of lines before it.
    before: usize,
    span: Range<usize>,
}

/// Maximum length of a quoted line from the error on, in bytes.
const MAX_QUOTED: usize = 4000;

impl Diagnostic {
    /// A message without a location.
    pub fn new(title: impl Into<String>) -> Self {
        let title = on_one_line(title);
        Self {
            title,
            place: None,
            label: String::new(),
            help: None,
            unreadable: false,
            unknown_key: None,
        }
    }

    /// A message about a file that cannot be read or written.
    pub fn unreadable(title: impl Into<String>) -> Self {
        Self { unreadable: true, ..Self::new(title) }
    }

    /// Marks the error as a file that cannot be read; the location stays.
    pub fn about_a_file(self) -> Self {
        Self { unreadable: true, ..self }
    }

    /// Whether a file could not be read or written. False if its content is wrong.
    pub fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    /// Sets the unknown key that the message is about.
    pub(super) fn about_key(self, unknown_key: Option<UnknownKey>) -> Self {
        Self { unknown_key, ..self }
    }

    /// The unknown key that the message is about, if it is about one.
    pub fn unknown_key(&self) -> Option<UnknownKey> {
        self.unknown_key
    }

    /// The first line of the message, without `error:`.
    pub fn what(&self) -> &str {
        &self.title
    }

    /// The title and the label in one line, without the location.
    pub fn in_short(&self) -> String {
        match &self.label[..] {
            "" => self.title.clone(),
            label => format!("{}; {label}", self.title),
        }
    }

    /// The override that caused the error, if any, and whether the error is in its path and not its
    /// value.
    pub fn blamed_override(&self) -> Option<(&str, bool)> {
        let place = self.place.as_deref().filter(|place| place.origin == ORIGIN)?;
        let Quote { text, span, .. } = place.mark.as_ref()?;
        let mut signs = text.match_indices('=').map(|(at, _)| at);
        let sign = signs.find(|&at| keys(text[..at].trim()).is_some());
        Some((text, sign.is_none_or(|sign| span.start < sign)))
    }

    /// Replaces the title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = on_one_line(title);
        self
    }

    /// Points at a range of a text, clamped to the text.
    pub fn at(mut self, origin: &str, text: &str, span: Range<usize>) -> Self {
        let floor = |mut index: usize| {
            index = index.min(text.len());
            while !text.is_char_boundary(index) {
                index -= 1;
            }
            index
        };
        let start = floor(span.start);
        // The range of a table is reduced to its header, that of a long value to its first line.
        let line = text[start..].find(['\n', '\r']).map_or(text.len(), |length| start + length);
        // Only the line is kept, and of a long line only the part near the error.
        let line = if origin == ORIGIN { line } else { line.min(floor(start + MAX_QUOTED)) };
        let end = floor(span.end).clamp(start, line);
        let from = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let before = text[..from].matches('\n').count();
        let mark =
            Some(Quote { text: text[from..line].into(), before, span: start - from..end - from });
        self.place = Some(Box::new(Place { origin: on_one_line(origin), mark }));
        self
    }

    /// Names the file if the error has no location in it, because something is missing.
    pub fn in_file(mut self, origin: &str) -> Self {
        self.place = Some(Box::new(Place { origin: on_one_line(origin), mark: None }));
        self
    }

    /// The location in words: a file and a line, or an override.
    pub fn position(&self) -> String {
        match self.place.as_deref() {
            Some(Place { origin, mark: Some(Quote { before, .. }) }) if origin != ORIGIN => {
                format!("{origin}:{}", before + 1)
            }
            Some(Place { mark: Some(Quote { text, .. }), .. }) => on_one_line(text.as_str()),
            Some(Place { origin, mark: None }) => origin.clone(),
            None => String::new(),
        }
    }

    /// Sets the text below the location: what was expected.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = on_one_line(label);
        self
    }

    /// Sets the help below the quoted line.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(printable_lines(&help.into()).into_owned());
        self
    }

    /// Sets the help unless there is one.
    pub(crate) fn or_help(mut self, help: impl Into<String>) -> Self {
        self.help.get_or_insert_with(|| help.into());
        self
    }

    /// Formats the message, with colours for a terminal if `colours` is set.
    pub fn render(&self, colours: bool) -> String {
        let mut group = Group::with_title(Level::ERROR.primary_title(&self.title));
        match self.place.as_deref() {
            Some(Place { origin, mark: Some(Quote { text, before, span }) }) => {
                let mut mark = AnnotationKind::Primary.span(span.clone());
                if !self.label.is_empty() {
                    mark = mark.label(&self.label);
                }
                group = group.element(
                    Snippet::source(text).line_start(before + 1).path(origin).annotation(mark),
                );
            }
            Some(Place { origin, mark: None }) => group = group.element(Origin::path(origin)),
            None => {}
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// A text quoted from a file may contain line breaks and control characters.
fn on_one_line(text: impl Into<String>) -> String {
    printable(&text.into().replace(['\n', '\r'], " ")).into_owned()
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_range_of_any_text_can_be_shown() {
        let text = "a = \"ü\"\n\n[x]\r\nb = '''\nlong\n'''";
        for start in 0..text.len() + 3 {
            for end in start..text.len() + 5 {
                let shown = Diagnostic::new("t").at("f", text, start..end).label("l").render(false);
                assert!(shown.contains("f:"), "{shown}");
            }
        }
        Diagnostic::new("t").at("f", "", 0..0).render(true);
    }
}
