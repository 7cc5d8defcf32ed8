//! Reads a goal by recursive descent.

use std::ops::Range;

use super::condition::{Condition, Relation};
use super::error::GoalError;
use super::lexer::{self, KEYWORDS, Token};
use super::value;
use crate::metrics::row::{METRICS, MetricId, Unit};
use crate::scenario::suggestion;
use crate::time::NanoDuration;

/// Parentheses and `not` within each other: more would be no condition that anybody reads.
const MAX_DEPTH: u32 = 64;

const COMPARISON: &str = "expected a comparison, such as `captured_share >= 0.9`";

/// Reads a goal from its first word to its last.
pub struct Parser<'a> {
    text: &'a str,
    /// The word that is read next, and its place.
    token: Token<'a>,
    range: Range<usize>,
    depth: u32,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str) -> Self {
        let (token, range) = lexer::next(text, 0);
        Self { text, token, range, depth: 0 }
    }

    /// Goes on to the next word. Returns the one before and its place.
    fn advance(&mut self) -> (Token<'a>, Range<usize>) {
        let (token, range) = lexer::next(self.text, self.range.end);
        let before = std::mem::replace(&mut self.token, token);
        (before, std::mem::replace(&mut self.range, range))
    }

    fn error(&self, title: impl Into<String>, label: impl Into<String>) -> GoalError {
        GoalError::new(self.range.clone(), title, label)
    }

    /// The next word as it is written.
    fn word(&self) -> &'a str {
        &self.text[self.range.clone()]
    }

    /// Reads conditions joined by `or`, each of which may be several joined by `and`.
    pub fn condition(&mut self) -> Result<Condition, GoalError> {
        let mut any = Vec::new();
        loop {
            let mut all = vec![self.negation()?];
            while self.token == Token::Word("and") {
                self.advance();
                all.push(self.negation()?);
            }
            any.push(joined(all, Condition::And));
            if self.token != Token::Word("or") {
                return Ok(joined(any, Condition::Or));
            }
            self.advance();
        }
    }

    fn negation(&mut self) -> Result<Condition, GoalError> {
        match self.token {
            Token::Word("not") => {
                self.enter()?;
                self.advance();
                let condition = self.negation()?;
                self.depth -= 1;
                Ok(Condition::Not(Box::new(condition)))
            }
            Token::Open => self.parenthesis(),
            _ => self.comparison(),
        }
    }

    fn enter(&mut self) -> Result<(), GoalError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let label = format!("expected at most {MAX_DEPTH} parentheses within each other");
            return Err(self.error("the goal is too deep", label));
        }
        Ok(())
    }

    fn parenthesis(&mut self) -> Result<Condition, GoalError> {
        self.enter()?;
        let (_, open) = self.advance();
        let condition = self.condition()?;
        match self.token {
            Token::Close => {}
            Token::Word("before") => {
                let title = "`before` within parentheses";
                return Err(
                    self.error(title, "expected it at the end: it applies to all of the goal")
                );
            }
            Token::End => return Err(GoalError::new(open, "`(` without `)`", "never closed")),
            _ => return Err(self.surplus("`and`, `or` or `)`")),
        }
        self.advance();
        self.depth -= 1;
        Ok(condition)
    }

    fn comparison(&mut self) -> Result<Condition, GoalError> {
        let Token::Word(name) = self.token else {
            let title = match self.token {
                Token::End if self.text.trim().is_empty() => "the goal is empty".into(),
                Token::End => "the goal ends too early".into(),
                _ => format!("`{}` is no metric", self.word()),
            };
            return Err(self.error(title, COMPARISON));
        };
        if KEYWORDS.contains(&name) {
            return Err(self.error(format!("nothing before `{name}`"), COMPARISON));
        }
        let metric = metric(name).ok_or_else(|| {
            let names: Vec<_> = METRICS.iter().flat_map(|one| [one.stem(), one.name]).collect();
            let any = || "expected one of those that `zonesim list metrics` tells".into();
            self.error(format!("no metric `{name}`"), suggestion(name, &names).unwrap_or_else(any))
        })?;
        self.advance();
        let unit = metric.info().unit;
        let relation = match self.token {
            Token::Relation(relation) => relation,
            // `not split`.
            _ if unit == Unit::Indicator => {
                return Ok(Condition::Compare { metric, relation: Relation::Equal, value: 1.0 });
            }
            _ => {
                let title = format!("`{name}` is compared with nothing");
                return Err(self.error(title, "expected <, <=, >, >=, = or != and a value"));
            }
        };
        self.advance();
        let Token::Value(written) = self.token else {
            let title = match self.token {
                Token::End => format!("no value for `{name}`"),
                _ => format!("`{}` is no value", self.word()),
            };
            return Err(self.error(title, format!("expected {}", value::expected(unit))));
        };
        let value = value::parse(written, unit).map_err(|message| self.split(&message))?;
        self.advance();
        Ok(Condition::Compare { metric, relation, value })
    }

    /// Reads `before TIME` if it is there, and checks that nothing follows.
    pub fn before(&mut self) -> Result<Option<(NanoDuration, Range<usize>)>, GoalError> {
        let mut before = None;
        if self.token == Token::Word("before") {
            self.advance();
            let Token::Value(written) = self.token else {
                return Err(self.error("`before` names no time", "expected a time, such as 36h"));
            };
            let time: NanoDuration = written.parse().map_err(|error: String| self.split(&error))?;
            if time.ns == 0 {
                return Err(self.error("nothing happens before 0s", "expected a longer time"));
            }
            let (_, range) = self.advance();
            before = Some((time, range));
        }
        match self.token {
            Token::End => Ok(before),
            Token::Close => Err(self.error("`)` without `(`", "nothing was opened before it")),
            _ if before.is_some() => {
                let title = format!("`{}` after the time of the goal", self.word());
                Err(self.error(title, "expected `before` and its time at the end"))
            }
            _ => Err(self.surplus("`and`, `or` or `before`")),
        }
    }

    /// A word where a condition was complete.
    fn surplus(&self, expected: &str) -> GoalError {
        let word = self.word();
        let meant = match word {
            "&" => Some("did you mean `and`?".into()),
            "|" => Some("did you mean `or`?".into()),
            word => suggestion(word, &KEYWORDS),
        };
        let label = meant.unwrap_or_else(|| format!("expected {expected}"));
        self.error(format!("`{word}` after a condition"), label)
    }

    /// An error from a message of the form "what is wrong; what was expected".
    fn split(&self, message: &str) -> GoalError {
        let (title, label) = message.split_once("; ").unwrap_or((message, ""));
        self.error(title, label)
    }
}

fn joined(mut conditions: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.len() {
        1 => conditions.remove(0),
        _ => join(conditions),
    }
}

/// The metric with a name, or with the name that is left without its unit.
fn metric(name: &str) -> Option<MetricId> {
    MetricId::ALL.iter().copied().find(|id| [id.info().name, id.info().stem()].contains(&name))
}
