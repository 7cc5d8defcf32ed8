//! The JSON Schema of scenario files, for editors, derived from the types that read them.
//!
//! The schema checks single values, not values against each other, such as the names of zones.

use crate::protocol::ProtocolSet;
use crate::protocol::node::Protocols;
use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::Scenario;

/// The JSON Schema (2020-12) of scenario files with the protocols of `P`. It contains no references,
/// which not every editor follows.
pub fn schema<P: Protocols>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.transforms.push(Box::new(plain));
    });
    let schema = settings
        .into_generator()
        .into_root_schema_for::<Scenario<TableOf<P::Exchange>, TableOf<P::Coordination>>>();
    schema.to_value()
}

/// Removes what TOML does not have: `null`, and the formats of Rust numbers, which are ranges.
fn plain(schema: &mut Schema) {
    let null = |kind: &Value| kind == "null";
    let format = schema.remove("format");
    if format.is_some_and(|format| format == "uint32") {
        schema.insert("maximum".into(), u32::MAX.into());
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| !null(kind));
        if let [kind] = &kinds[..] {
            let kind = kind.clone();
            schema.insert("type".into(), kind);
        }
    }
    if let Some(Value::Array(all)) = schema.get_mut("anyOf") {
        all.retain(|one| !one.get("type").is_some_and(null));
        if let [Value::Object(_)] = &all[..]
            && let Some(Value::Array(mut all)) = schema.remove("anyOf")
            && let Some(Value::Object(only)) = all.pop()
        {
            for (key, value) in only {
                if schema.get(&key).is_none() {
                    schema.insert(key, value);
                }
            }
        }
    }
    transform_subschemas(&mut plain, schema);
}

/// A table of protocol settings, which provides its own schema.
struct TableOf<T>(PhantomData<T>);

impl<T> Default for TableOf<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: ProtocolSet> JsonSchema for TableOf<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}
