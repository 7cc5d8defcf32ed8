//! What an editor is told of `[exchange]` in a program with a protocol of its own: all that it is
//! told of the built-in ones, and one name and one table more.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::super::{Builtin, ProtocolSet};
use crate::protocol::{ProtocolInfo, describe_params};

/// The schema of the table. That of the own protocol takes keys that its entry does not list.
pub fn schema(own: &ProtocolInfo, generator: &mut SchemaGenerator) -> Schema {
    let mut schema = Builtin::schema(generator);
    let keys = own.settings.iter().map(|setting| (setting.key.to_owned(), json!({})));
    let keys: Map<_, _> = keys.collect();
    let table = json!({ "type": "object", "description": own.about, "properties": keys });
    if let Some(Value::Object(properties)) = schema.pointer_mut("/properties") {
        properties.insert(own.name.into(), table);
    }
    if let Some(default) = schema.pointer_mut("/properties/use/default") {
        *default = own.name.into();
    }
    if let Some(Value::Array(names)) = schema.pointer_mut("/properties/use/oneOf") {
        let name = json!({ "type": "string", "const": own.name, "description": own.about });
        names.insert(0, name);
    }
    describe_params(&mut schema, &[*own]);
    schema
}
