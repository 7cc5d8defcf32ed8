//! The JSON schema of a table with a protocol of your own: that of the built-in ones, with one more
//! name and one more table.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::protocol::{NamedProtocol, ProtocolSet, describe_params};

/// The schema of the table of `B`, with `P` as the default.
pub fn schema<P: NamedProtocol, B: ProtocolSet>(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = B::schema(generator);
    let mut table = generator.subschema_for::<P::Params>();
    table.insert("description".into(), P::INFO.about.into());
    if let Some(Value::Object(properties)) = schema.pointer_mut("/properties") {
        properties.insert(P::INFO.name.into(), table.into());
    }
    if let Some(default) = schema.pointer_mut("/properties/use/default") {
        *default = P::INFO.name.into();
    }
    if let Some(Value::Array(names)) = schema.pointer_mut("/properties/use/oneOf") {
        let (name, about) = (P::INFO.name, P::INFO.about);
        names.insert(0, json!({ "type": "string", "const": name, "description": about }));
    }
    describe_params(&mut schema, &[P::INFO]);
    schema
}
