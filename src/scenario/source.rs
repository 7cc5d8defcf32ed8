//! The text of a scenario: the file and the overrides.
//!
//! Each override is a line of TOML, appended to the file in one virtual text, so that the span of a
//! value determines whether it is from the file or from an override.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::deserializer::Reading;
use super::humanize::{self, UnknownWord, Vocabulary};
use super::key_path::ORIGIN;
use super::misfit::{Misfit, Reason};
use super::overrides::{self, Override, Value};
use super::{Diagnostic, scan, syntax};

/// A text and the positions of its values.
#[derive(Clone, Debug)]
pub struct Source {
    segments: Vec<Segment>,
    places: BTreeMap<String, Place>,
}

/// The file, or an override.
#[derive(Clone, Debug)]
struct Segment {
    origin: String,
    /// Its range in the virtual text.
    range: Range<usize>,
    /// The text as written. It differs from the parsed one only if a value was quoted.
    text: Arc<str>,
    /// The default help of errors in it.
    help: Option<&'static str>,
}

/// The spans of a key and its value, and the kind of the value.
#[derive(Clone, Debug)]
struct Place {
    key: Range<usize>,
    value: Range<usize>,
    kind: &'static str,
    /// The path as written, and the length of the path of the enclosing table.
    shown: String,
    within: usize,
}

/// A parsed file, to be read with any overrides.
#[derive(Clone, Debug)]
pub struct ParsedFile<'t> {
    name: String,
    text: Arc<str>,
    table: Spanned<DeTable<'t>>,
}

/// An override and its table.
pub type ParsedOverride<'o> = (&'o Override, Result<DeTable<'o>, toml::de::Error>);

impl<'t> ParsedFile<'t> {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// The text is no TOML, or longer than [`MAX_TOML`].
    pub fn parse(name: &str, text: &'t str) -> Result<Self, Diagnostic> {
        if text.len() > MAX_TOML {
            return Err(too_long(name, text));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let shared: Arc<str> = text.into();
        let no_toml = |(words, span)| Source::of_file(name, &shared).say(words, span);
        scan::scan(text).map_err(|refused| no_toml(syntax::explain(&refused, text)))?;
        let table =
            DeTable::parse(text).map_err(|error| no_toml(syntax::repeated(&error, text)))?;
        Ok(Self { name: name.into(), text: shared, table })
    }

    /// The keys of the top level.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.table.get_ref().keys().map(|key| &**key.get_ref())
    }

    /// Reads the file with overrides. It can be read again with others.
    ///
    /// # Errors
    /// An invalid value, with its location in the file or an override.
    pub fn read<T: DeserializeOwned>(
        &self,
        overrides: &[&ParsedOverride<'_>],
    ) -> Result<(Source, T), Diagnostic> {
        self.clone().read_once(overrides)
    }

    /// Reads the file without a copy of its tables.
    fn read_once<T: DeserializeOwned>(
        self,
        overrides: &[&ParsedOverride<'_>],
    ) -> Result<(Source, T), Diagnostic> {
        let mut source = Source::of_file(&self.name, &self.text);
        let mut table = self.table;
        let starts: Vec<_> = overrides.iter().map(|(over, _)| source.add(over)).collect();
        for (&&(over, ref parsed), start) in overrides.iter().zip(starts) {
            let no_toml = |error| source.say(syntax::repeated(error, &over.toml).0, start..start);
            let parsed = parsed.as_ref().map_err(no_toml)?;
            let put = overrides::shifted(parsed, start);
            overrides::merge(table.get_mut(), put, over.keys.len(), &LISTS).map_err(|lost| {
                let Vocabulary { title, label, .. } = humanize::split(&lost.message);
                source.show(Diagnostic::new(title).label(label), lost.span)
            })?;
        }
        source.index(("", ""), table.get_ref());
        source.refuse_dates()?;
        let span = table.span();
        let table = Spanned::new(span, DeValue::Table(table.into_inner()));
        match T::deserialize(Reading(&table)) {
            Ok(read) => Ok((source, read)),
            Err(misfit) => Err(source.explain(&misfit)),
        }
    }
}

/// The lists of tables that an override may create.
const LISTS: [&str; 1] = ["fault"];

impl Source {
    fn of_file(name: &str, text: &Arc<str>) -> Self {
        let range = 0..text.len();
        let file = Segment { origin: name.into(), range, text: Arc::clone(text), help: None };
        Self { segments: vec![file], places: BTreeMap::new() }
    }

    /// Parses a file and overrides into a scenario or another type.
    ///
    /// # Errors
    /// An invalid value, with its location, or a text longer than [`MAX_TOML`].
    pub fn read<T: DeserializeOwned>(
        name: &str,
        text: &str,
        overrides: &[String],
    ) -> Result<(Self, T), Diagnostic> {
        let file = ParsedFile::parse(name, text)?;
        let overrides: Vec<_> =
            overrides.iter().map(|line| Override::read(line)).collect::<Result<_, _>>()?;
        let parsed: Vec<_> = overrides.iter().map(|over| (over, over.table())).collect();
        file.read_once(&parsed.iter().collect::<Vec<_>>())
    }

    /// Appends the text of an override; returns its start.
    fn add(&mut self, over: &Override) -> usize {
        let start = self.segments.last().map_or(0, |last| last.range.end + 1);
        let help = "the value is no TOML as it stands, so it was taken for text; \
                    quotes may be missing, or the shell took them";
        self.segments.push(Segment {
            origin: ORIGIN.into(),
            range: start..start + over.toml.len(),
            text: over.written.as_str().into(),
            help: over.is_odd_text.then_some(help),
        });
        start
    }

    /// An error at the value of a path, or at the key of the longest existing part of it.
    pub fn diagnostic(&self, path: &str, title: impl Into<String>) -> Diagnostic {
        match self.places.get(path) {
            Some(place) => self.show(Diagnostic::new(title), place.value.clone()),
            None => match self.find_in_list(path) {
                Some(span) => self.show(Diagnostic::new(title), span),
                None => self.key_diagnostic(path, title),
            },
        }
    }

    /// The span of a value of a long list of the file, whose positions are not kept: parses the file
    /// again.
    fn find_in_list(&self, path: &str) -> Option<Range<usize>> {
        let parents = std::iter::successors(Some(path), |path| Some(path.rsplit_once('.')?.0));
        let list = parents.skip(1).find_map(|path| Some((path, self.places.get(path)?)));
        let (list, place) = list.filter(|(_, place)| place.kind == LIST)?;
        let text = &self.segments[0].text;
        let file = DeTable::parse(text).ok().filter(|_| place.value.end <= text.len())?;
        let mut keys = list.split('.');
        let first = file.get_ref().get(keys.next()?)?;
        let below = keys.chain(path[list.len() + 1..].split('.'));
        let found = below.into_iter().try_fold(first, |value, key| match value.get_ref() {
            DeValue::Table(table) => table.get(key),
            DeValue::Array(list) => list.get(overrides::index(key)?),
            _ => None,
        });
        found.map(Spanned::span)
    }

    /// An error at the key of a path, or of the longest existing part of it.
    pub fn key_diagnostic(&self, path: &str, title: impl Into<String>) -> Diagnostic {
        let diagnostic = Diagnostic::new(title);
        let mut parents = std::iter::successors(Some(path), |path| Some(path.rsplit_once('.')?.0));
        match parents.find_map(|path| self.places.get(path)) {
            Some(place) => self.show(diagnostic, place.key.clone()),
            None => diagnostic.in_file(&self.segments[0].origin),
        }
    }

    /// An error at a path, from a message of the form "what is wrong; what was expected".
    pub fn refusal(&self, path: &str, message: &str) -> Diagnostic {
        let Vocabulary { title, label, .. } = humanize::split(message);
        self.diagnostic(path, title).label(label)
    }

    /// Moves an error to the value of a path.
    pub fn moved(&self, diagnostic: Diagnostic, path: &str) -> Diagnostic {
        match self.places.get(path) {
            Some(place) => self.show(diagnostic, place.value.clone()),
            None => diagnostic,
        }
    }

    /// Moves an error to a part of the text at a path. Of a text with escapes, to the whole.
    pub fn moved_within(
        &self,
        diagnostic: Diagnostic,
        path: &str,
        (text, part): (&str, Range<usize>),
    ) -> Diagnostic {
        let Some(place) = self.places.get(path) else { return diagnostic };
        let quoted = place.value.start + 1;
        let span =
            match self.text(&place.value) == Some(text) && place.value.len() == text.len() + 2 {
                true => quoted + part.start..quoted + part.end,
                false => place.value.clone(),
            };
        self.show(diagnostic, span)
    }

    /// Moves an error to the key of a path.
    pub fn moved_to_key(&self, diagnostic: Diagnostic, path: &str) -> Diagnostic {
        match self.places.get(path) {
            Some(place) => self.show(diagnostic, place.key.clone()),
            None => diagnostic,
        }
    }

    /// Where a path is set, in words: a file and a line, or an override.
    pub fn position(&self, path: &str) -> String {
        self.diagnostic(path, "").position()
    }

    /// The texts of the file and the overrides.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        self.segments.iter().map(|segment| segment.text.to_string())
    }

    /// The strings of the file and the overrides, with their paths.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = self.places.iter().filter(|(_, place)| place.kind == TEXT);
        texts.filter_map(|(path, place)| Some((path.as_str(), self.text(&place.value)?)))
    }

    /// The text of a span, without quotes.
    fn text(&self, span: &Range<usize>) -> Option<&str> {
        let Segment { range, text, .. } = self.segment(span);
        let end = span.end.saturating_sub(range.start).min(text.len());
        Some(text.get(span.start - range.start..end)?.trim_matches(['"', '\'']))
    }

    /// The paths below a table with this number of keys, without repetition.
    pub fn paths_below(&self, table: &str) -> impl Iterator<Item = &str> {
        let begin = format!("{table}.");
        let from = self.places.range(begin.clone()..).map(|(path, _)| path.as_str());
        from.take_while(move |path| path.starts_with(&begin))
    }

    /// Whether the file or an override sets a path.
    pub fn says(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// The first of the paths that is set, or else the first path.
    pub fn first_said<'p>(&self, paths: &[&'p str]) -> &'p str {
        paths.iter().find(|path| self.says(path)).unwrap_or(&paths[0])
    }

    /// The file or override that contains a span.
    fn segment(&self, span: &Range<usize>) -> &Segment {
        let here = |segment: &&Segment| segment.range.start <= span.start;
        self.segments.iter().rev().find(here).unwrap_or(&self.segments[0])
    }

    fn show(&self, diagnostic: Diagnostic, span: Range<usize>) -> Diagnostic {
        let segment = self.segment(&span);
        let start = segment.range.start;
        let local = span.start - start..span.end.saturating_sub(start);
        let diagnostic = diagnostic.at(&segment.origin, &segment.text, local);
        match segment.help {
            Some(help) => diagnostic.or_help(help),
            None => diagnostic,
        }
    }

    /// The error for a value that does not fit.
    fn explain(&self, misfit: &Misfit) -> Diagnostic {
        let path = misfit.path();
        let mut parents =
            std::iter::successors(Some(&*path), |path| Some(path.rsplit_once('.')?.0));
        // The elements of a long list have no place of their own.
        let place = parents.find_map(|path| self.places.get(path));
        let spot = place.map_or_else(UnknownWord::default, |place| UnknownWord {
            path: &place.shown,
            within: &place.shown[..place.within],
            found: self.found(place),
            is_key: misfit.is_key,
        });
        let mut words = humanize::humanize(&misfit.reason, &spot);
        let span = misfit.span.clone().filter(|_| place.is_some()).unwrap_or(0..0);
        if let Reason::UnknownWord(unknown) = &*misfit.reason
            && path == "exchange.use"
            && self.is_hub(&span)
            && unknown.known.contains(&"hub")
        {
            let expected = std::mem::replace(&mut words.label, "did you mean `hub`?".into());
            words.help.get_or_insert(expected);
        }
        let is_override = span.start > self.segments[0].range.end;
        if is_override && misfit.is_key && matches!(*misfit.reason, Reason::Said(_)) {
            let help =
                format!("a value for `{}` itself replaces all that the file says", spot.within);
            words.help = Some(help);
        }
        self.say(words, span)
    }

    /// Whether a text is the display name of the hub.
    fn is_hub(&self, span: &Range<usize>) -> bool {
        let Some(name) = self.places.get("hub.name").filter(|place| place.kind == TEXT) else {
            return false;
        };
        let [text, name] = [span, &name.value].map(|span| self.text(span).map(str::to_lowercase));
        text.is_some() && text == name
    }

    fn say(&self, words: Vocabulary, span: Range<usize>) -> Diagnostic {
        let Vocabulary { title, label, help, unknown_key } = words;
        let diagnostic = Diagnostic::new(title).label(label).about_key(unknown_key);
        let diagnostic = if let Some(help) = help { diagnostic.help(help) } else { diagnostic };
        self.show(diagnostic, span)
    }

    /// The value at a position: a number as written, or the kind of a longer value.
    fn found(&self, place: &Place) -> &str {
        let Segment { range, text, .. } = self.segment(&place.value);
        let local = place.value.start - range.start..place.value.end.saturating_sub(range.start);
        match place.kind {
            SCALAR => text.get(local).unwrap_or(SCALAR),
            kind => kind,
        }
    }

    /// Records the positions of all values of a table; `around` is its path, plain and as written.
    fn index(&mut self, around: (&str, &str), table: &DeTable<'_>) {
        for (key, value) in table {
            self.index_value(around, key.get_ref(), key.span(), value);
        }
    }

    fn index_value(
        &mut self,
        (plain, shown): (&str, &str),
        name: &str,
        key: Range<usize>,
        value: &Value<'_>,
    ) {
        let within = shown.len();
        let dot = if plain.is_empty() { "" } else { "." };
        let plain = format!("{plain}{dot}{name}");
        let shown = format!("{shown}{dot}{}", overrides::key(name));
        match value.get_ref() {
            DeValue::Table(table) => self.index((&plain, &shown), table),
            DeValue::Array(list) => {
                let is_kept = |place: usize, value: &Value<'_>| {
                    place < MAX_INDEXED || matches!(value.get_ref(), DeValue::Table(_))
                };
                let kept = list.iter().enumerate().filter(|(place, value)| is_kept(*place, value));
                for (place, value) in kept {
                    let name = place.to_string();
                    self.index_value((&plain, &shown), &name, value.span(), value);
                }
            }
            _ => {}
        }
        let place = Place { key, value: value.span(), kind: kind(value), shown, within };
        self.places.insert(plain, place);
    }

    /// TOML has dates, which serde reports as tables; scenarios have none.
    fn refuse_dates(&self) -> Result<(), Diagnostic> {
        let Some(place) = self.places.values().find(|place| place.kind == DATE) else {
            return Ok(());
        };
        let title = "a date or an hour of the day";
        let label = "expected a time since the start of the run, such as \"6h\"";
        Err(self.show(Diagnostic::new(title).label(label), place.value.clone()))
    }
}

/// Maximum number of values of a list whose positions are kept, at about 200 bytes each; errors in
/// other values point at the list. A guess.
const MAX_INDEXED: usize = 1000;

/// Maximum length of a scenario or sweep file in bytes. A scan before the parser bounds what is in it.
/// A guess: 28,000 faults or more.
pub const MAX_TOML: usize = 2 << 20;

fn too_long(name: &str, text: &str) -> Diagnostic {
    let title = format!(
        "a file of {} bytes; expected at most {} MiB of TOML, which takes much memory to read",
        text.len(),
        MAX_TOML >> 20
    );
    Diagnostic::new(title).in_file(name).help(syntax::SHORTER)
}

const TEXT: &str = "text";
const DATE: &str = "a date";
const LIST: &str = "a list";
const SCALAR: &str = "a number";

fn kind(value: &Spanned<DeValue<'_>>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => TEXT,
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => SCALAR,
        DeValue::Datetime(_) => DATE,
        DeValue::Array(_) => LIST,
        DeValue::Table(_) => "a table",
    }
}
