//! As much of JSON Schema (2020-12) as `zonesim schema` makes use of. A keyword that is not known
//! here is refused, so that nothing is passed over unseen.

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value};

/// What is wrong with a value, and where; `path` is where it stands.
pub fn wrong(schema: &Value, value: &Value, path: &str) -> Option<String> {
    let Value::Object(keywords) = schema else {
        return (schema == &Value::Bool(false)).then(|| format!("{path}: nothing may stand here"));
    };
    keywords.iter().find_map(|(keyword, said)| match keyword.as_str() {
        "$schema" | "title" | "description" | "default" => None,
        "type" => {
            (!is_of(value, said.as_str().expect("one type"))).then(|| format!("{path}: {said}"))
        }
        "const" => (value != said).then(|| format!("{path}: not {said}")),
        "not" => wrong(said, value, path).is_none().then(|| format!("{path}: is {said}")),
        "oneOf" | "anyOf" => {
            let fits = list(said).iter().filter(|one| wrong(one, value, path).is_none()).count();
            let is_wrong = fits == 0 || (keyword == "oneOf" && fits > 1);
            is_wrong.then(|| format!("{path}: fits {fits} of {keyword}"))
        }
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => {
            let (number, bound) = (value.as_f64()?, said.as_f64().expect("a number"));
            let fits = match keyword.as_str() {
                "minimum" => number >= bound,
                "maximum" => number <= bound,
                "exclusiveMinimum" => number > bound,
                _ => number < bound,
            };
            (!fits).then(|| format!("{path}: {keyword} {said}"))
        }
        "pattern" => {
            let fits = is_match(said.as_str().expect("a pattern"), value.as_str()?);
            (!fits).then(|| format!("{path}: no match of {said}"))
        }
        "minItems" | "maxItems" => {
            let (count, bound) = (value.as_array()?.len() as u64, said.as_u64().expect("a count"));
            let fits = if keyword == "minItems" { count >= bound } else { count <= bound };
            (!fits).then(|| format!("{path}: {keyword} {said}"))
        }
        "prefixItems" => {
            let mut pairs = list(said).iter().zip(value.as_array()?).enumerate();
            pairs.find_map(|(at, (schema, item))| wrong(schema, item, &format!("{path}.{at}")))
        }
        "items" => {
            assert!(!keywords.contains_key("prefixItems"), "items behind others");
            let mut items = value.as_array()?.iter().enumerate();
            items.find_map(|(at, item)| wrong(said, item, &format!("{path}.{at}")))
        }
        _ => of_a_table(keyword, said, value.as_object(), keywords, path),
    })
}

/// What a keyword about tables finds wrong with one; without one, whether the keyword is known.
fn of_a_table(
    keyword: &str,
    said: &Value,
    table: Option<&Map<String, Value>>,
    keywords: &Map<String, Value>,
    path: &str,
) -> Option<String> {
    let known = ["properties", "additionalProperties", "propertyNames", "required"];
    assert!(known.contains(&keyword), "no keyword is known as {keyword}");
    let table = table?;
    let inside = |key: &str| format!("{path}.{key}");
    let properties = keywords.get("properties").and_then(Value::as_object);
    let is_listed = |key: &str| properties.is_some_and(|listed| listed.contains_key(key));
    match keyword {
        "properties" => {
            table.iter().find_map(|(key, value)| wrong(properties?.get(key)?, value, &inside(key)))
        }
        "additionalProperties" => {
            let mut others = table.iter().filter(|(key, _)| !is_listed(key));
            others.find_map(|(key, value)| wrong(said, value, &inside(key)))
        }
        "propertyNames" => table.keys().find_map(|key| {
            wrong(said, &Value::from(key.as_str()), &format!("{} as a key", inside(key)))
        }),
        _ => {
            let needed = list(said).iter().filter_map(Value::as_str);
            needed
                .filter(|key| !table.contains_key(*key))
                .map(|key| format!("no {}", inside(key)))
                .next()
        }
    }
}

thread_local! {
    /// A pattern takes longer to compile than to match.
    static PATTERNS: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
}

fn is_match(pattern: &str, text: &str) -> bool {
    PATTERNS.with_borrow_mut(|patterns| {
        let compile = || Regex::new(pattern).expect("a pattern");
        patterns.entry(pattern.to_owned()).or_insert_with(compile).is_match(text)
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("no type is known as {kind}"),
    }
}

/// A TOML text as a schema sees it; `None` if it is no TOML.
pub fn of_toml(text: &str) -> Option<Value> {
    let table: toml::Table = text.strip_prefix('\u{feff}').unwrap_or(text).parse().ok()?;
    Some(serde_json::to_value(table).expect("TOML is JSON, but for dates, which are tables"))
}
