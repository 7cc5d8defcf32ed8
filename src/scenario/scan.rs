//! Looks over a text before it is parsed: bounds what the parser makes of it, and finds the first error
//! of syntax with its parts as types. The parser of tables hands on no more than an English sentence.

use std::ops::Range;

use toml_parser::decoder::Encoding;
use toml_parser::lexer::Token;
use toml_parser::parser::{Event, EventKind, EventReceiver, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, ParseError, Raw, Source, Span};

/// Maximum number of words, signs, blanks and line ends of a text. The parser takes about 50 bytes for
/// each and 100 for each value. A guess: 30,000 faults, or 150,000 listed numbers.
pub const MAX_TOKENS: usize = 750_000;

/// Maximum number of tables and lists of a text, also of the tables that a dotted key implies. Each
/// takes up to 1 kB. A guess: 25,000 partitions.
pub const MAX_TABLES: usize = 100_000;

/// Maximum number of brackets within each other, and of keys in a path. A guess: twice what the deepest
/// scenario needs.
pub const MAX_DEPTH: usize = 16;

/// Maximum total length of the paths of all values of a text, in bytes: the positions of the values are
/// kept by path. A guess.
pub const MAX_PATHS: usize = 32 << 20;

/// What is wrong with a text before its tables are read.
#[derive(Debug)]
pub enum Refused {
    /// It has more of something than is read.
    TooMuch(Excess, Range<usize>),
    /// It is no TOML.
    Syntax(Construct, ParseError),
}

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    Tokens,
    Tables,
    Depth,
    Paths,
}

/// The part of a text that the parser was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Construct {
    /// Between keys and values.
    Grammar,
    /// In a key.
    Key(Option<Encoding>),
    /// In a string, a number or another single value.
    Scalar(Option<Encoding>),
}

/// Looks over a text.
pub fn scan(text: &str) -> Result<(), Refused> {
    let source = Source::new(text);
    let tokens: Vec<Token> = source.lex().take(MAX_TOKENS + 1).collect();
    if let Some(last) = tokens.get(MAX_TOKENS) {
        return Err(Refused::TooMuch(Excess::Tokens, range(last.span())));
    }
    let mut scan = Scan::new(source);
    let mut grammar = None::<ParseError>;
    parse_document(&tokens, &mut ValidateWhitespace::new(&mut scan, source), &mut grammar);
    let syntax = grammar.map(|error| (Construct::Grammar, error)).or(scan.syntax);
    let start = |error: &ParseError| error.unexpected().map_or(0, |span| span.start());
    match (scan.excess, syntax) {
        // What follows an error of syntax is counted as the parser guesses it.
        (Some((_, span)), Some((construct, error))) if start(&error) < span.start => {
            Err(Refused::Syntax(construct, error))
        }
        (Some((excess, span)), _) => Err(Refused::TooMuch(excess, span)),
        (None, Some((construct, error))) => Err(Refused::Syntax(construct, error)),
        (None, None) => Ok(()),
    }
}

/// Whether a text has a key at a range.
pub fn is_key(text: &str, span: &Range<usize>) -> bool {
    let source = Source::new(text);
    let mut found = false;
    let mut receiver = |event: Event| {
        found |= event.kind() == EventKind::SimpleKey && range(event.span()) == *span;
    };
    parse_document(&source.lex().into_vec(), &mut receiver, &mut ());
    found
}

pub fn range(span: Span) -> Range<usize> {
    span.start()..span.end()
}

/// Counts what the parser will build.
struct Scan<'t> {
    source: Source<'t>,
    tables: usize,
    paths: usize,
    /// The lengths of the keys of the table, and of those of the open brackets.
    header: usize,
    open: Vec<usize>,
    /// The number of the keys of the current path, and their length.
    keys: usize,
    key: usize,
    excess: Option<(Excess, Range<usize>)>,
    syntax: Option<(Construct, ParseError)>,
}

impl<'t> Scan<'t> {
    fn new(source: Source<'t>) -> Self {
        Self {
            source,
            tables: 0,
            paths: 0,
            header: 0,
            open: Vec::new(),
            keys: 0,
            key: 0,
            excess: None,
            syntax: None,
        }
    }

    fn bound(&mut self, excess: Excess, is_within: bool, span: Span) {
        if !is_within {
            self.excess.get_or_insert((excess, range(span)));
        }
    }

    fn begin_key(&mut self) {
        (self.keys, self.key) = (0, 0);
    }

    fn table(&mut self, span: Span) {
        self.tables += 1;
        self.bound(Excess::Tables, self.tables <= MAX_TABLES, span);
    }

    /// Counts the path of a value.
    fn value(&mut self, span: Span) {
        self.paths += self.header + self.open.iter().sum::<usize>() + self.key;
        self.bound(Excess::Paths, self.paths <= MAX_PATHS, span);
    }

    fn header(&mut self, span: Span) {
        self.header = 0;
        self.open.clear();
        self.begin_key();
        self.table(span);
    }

    fn close_header(&mut self, span: Span) {
        (self.header, self.key) = (self.key, 0);
        self.value(span);
    }

    /// Whether a bracket may be opened.
    fn enter(&mut self, span: Span) -> bool {
        self.value(span);
        self.open.push(self.key);
        self.begin_key();
        let is_within = self.open.len() <= MAX_DEPTH;
        self.bound(Excess::Depth, is_within, span);
        is_within
    }

    fn leave(&mut self) {
        self.key = self.open.pop().unwrap_or_default();
    }

    /// Keeps the first error in a key or a single value.
    fn decode(&mut self, span: Span, encoding: Option<Encoding>, construct: Construct) {
        let raw = self.source.get(span).filter(|_| self.syntax.is_none());
        let mut error = None::<ParseError>;
        if let Some(raw) = raw.map(|raw| Raw::new_unchecked(raw.as_str(), encoding, span)) {
            match construct {
                Construct::Key(_) => raw.decode_key(&mut (), &mut error),
                _ => drop(raw.decode_scalar(&mut (), &mut error)),
            }
        }
        self.syntax = self.syntax.take().or(error.map(|error| (construct, error)));
    }
}

impl EventReceiver for Scan<'_> {
    fn std_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.header(span);
    }

    fn std_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close_header(span);
    }

    fn array_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.header(span);
    }

    fn array_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close_header(span);
    }

    fn inline_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.table(span);
        self.enter(span)
    }

    fn inline_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.leave();
    }

    fn array_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.table(span);
        self.enter(span)
    }

    fn array_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.leave();
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        self.keys += 1;
        self.key += span.len() + 1;
        self.bound(Excess::Depth, self.keys <= MAX_DEPTH, span);
        self.decode(span, encoding, Construct::Key(encoding));
    }

    fn key_sep(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.table(span);
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        self.value(span);
        self.decode(span, encoding, Construct::Scalar(encoding));
    }

    fn newline(&mut self, _: Span, _: &mut dyn ErrorSink) {
        if self.open.is_empty() {
            self.begin_key();
        }
    }

    fn value_sep(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.begin_key();
    }
}
