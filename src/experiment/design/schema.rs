//! The JSON Schema of sweep files, for editors.
//!
//! It is written by hand because the reader takes axes and designs as TOML: a key of an axis may be the
//! path of any value. `tests/main/schema.rs` checks that the two agree.

use serde_json::{Value, json};

use super::sampling::MAX_POINTS;
use super::sweep_file::MAX_SEEDS;

/// The JSON Schema (2020-12) of sweep files.
pub fn schema() -> Value {
    let text = |about: &str| json!({ "description": about, "type": "string" });
    let list = |about: &str, items: Value| json!({ "description": about, "type": "array", "items": items });
    let overrides = || json!({ "type": "string", "pattern": "=" });
    let seeds = json!({
        "description": "the seeds of every point; 1 to 10 where nothing is said",
        "type": "object",
        "properties": {
            "base": { "description": "the first", "type": "integer", "minimum": 0 },
            "independent": { "description": "whether every point has seeds of its own", "type": "boolean" },
            "count": { "description": "how many", "type": "integer", "minimum": 1, "maximum": MAX_SEEDS },
        },
        "additionalProperties": false,
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "zonesim sweep",
        "type": "object",
        "properties": {
            "about": text("a line about it"),
            "scenario": text("the scenario file, from the folder of this one"),
            "scenarios": {
                "description": "several scenario files: the first axis, called `scenario`",
                "type": "array",
                "items": { "type": "string" },
                "minItems": 1,
            },
            "set": list("put over the scenario at every point, as --set does: \"horizon=2h\"", overrides()),
            "seeds": seeds,
            "axes": axes(),
            "zip": {
                "description": "axes that go together, level by level",
                "type": "array",
                "items": { "type": "array", "items": { "type": "string" }, "minItems": 2 },
            },
            "exclude": list(
                "points to leave out: those with one of these levels on each of these axes",
                json!({ "type": "object" }),
            ),
            "design": design(),
            "metrics": list("the metrics to show", json!({ "type": "string" })),
            "goal": text("a condition by which every run is judged: \"captured_share >= 0.9 before 36h\""),
        },
        "additionalProperties": false,
        "anyOf": [{ "required": ["scenario"] }, { "required": ["scenarios"] }],
    })
}

/// An axis, or a table of axes whose paths have a common beginning.
fn axes() -> Value {
    let key = |about: &str| json!({ "description": about });
    json!({
        "description": "what is varied: by path, or by a name that says its path",
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                { "type": "array", "minItems": 1 },
                {
                    "type": "object",
                    "properties": {
                        "path": key("what it varies; where nothing is said, its name"),
                        "values": key("its levels, in order"),
                        "from": key("the lower end of a range: a number or a time"),
                        "to": key("the upper end"),
                        "steps": key("levels from end to end, both among them; none where a design samples"),
                        "scale": key("linear, which is the default, or log"),
                        "choices": key("overrides by name: { push = [\"exchange.use=gossip\"] }"),
                    },
                },
            ],
        },
    })
}

fn design() -> Value {
    let points = json!({
        "description": "how many", "type": "integer", "minimum": 1, "maximum": MAX_POINTS,
    });
    let seed = json!({
        "description": "what they are drawn from; 1 where nothing is said",
        "type": "integer", "minimum": 0, "maximum": u32::MAX,
    });
    let sample = |name: &str, about: &str, properties: Value| {
        let inner = json!({
            "description": about,
            "type": "object",
            "properties": properties,
            "required": ["points"],
            "additionalProperties": false,
        });
        json!({
            "type": "object",
            "properties": { name: inner },
            "required": [name],
            "additionalProperties": false,
        })
    };
    let latin = json!({ "points": points, "seed": seed });
    json!({
        "description": "how points lie on the axes; the grid where nothing is said",
        "oneOf": [
            { "const": "grid" },
            sample("latin-hypercube", "each point in a different slice of each axis", latin),
            sample("sobol", "Sobol's sequence, best with a power of two", json!({ "points": points })),
        ],
    })
}
