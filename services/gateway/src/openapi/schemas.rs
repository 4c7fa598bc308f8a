//! Schema corrections: makes derived schemas as exact as the transferred data.
//!
//! Schemas are derived from the serialized types. Details that the derivation leaves open, and generators of
//! clients cannot guess, are completed here for all types: nullable fields are always present in responses,
//! fields of flattened types are merged, and a program is either `code` or `files`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

type Schemas = Map<String, Value>;

/// Applies all corrections to a description.
pub(super) fn complete(api: &mut Value) {
    fields_that_are_always_sent_are_required(api);
    let flattened = flatten_all(api);
    each_schema(api, &mut express_code_or_files);
    each_schema(api, &mut drop_null_of_parameter);
    drop_unused(api, &flattened);
}

/// In a response a field without a value is null, unless its type omits it; such fields are not nullable.
fn fields_that_are_always_sent_are_required(api: &mut Value) {
    let schemas = schemas_of(api);
    let mut received = BTreeSet::new();
    collect_used(&api["paths"], &schemas, SchemaUse::Requests, &mut received);
    for (name, schema) in schemas_mut(api) {
        if received.contains(name) {
            continue;
        }
        let fields = schema["properties"].as_object().into_iter().flatten();
        let nullable: Vec<String> =
            fields.filter(|(_, field)| is_nullable(field)).map(|(name, _)| name.clone()).collect();
        if schema["properties"].is_object() {
            require(schema, nullable);
        } else if let Some(own) =
            schema.get_mut("allOf").and_then(Value::as_array_mut).and_then(|parts| parts.last_mut())
        {
            let fields = own["properties"].as_object().into_iter().flatten();
            let nullable =
                fields.filter(|(_, field)| is_nullable(field)).map(|(name, _)| name.clone()).collect();
            require(own, nullable);
        }
    }
}

fn require(schema: &mut Value, names: Vec<String>) {
    let mut all: BTreeSet<String> = strings(&schema["required"]).collect();
    all.extend(names);
    if !all.is_empty() {
        schema["required"] = json!(all);
    }
}

fn strings(list: &Value) -> impl Iterator<Item = String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

fn is_nullable(schema: &Value) -> bool {
    strings(&schema["type"]).any(|one| one == "null")
        || schema["oneOf"].as_array().is_some_and(|choices| choices.iter().any(|one| one["type"] == "null"))
}

/// The schemas to collect.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SchemaUse {
    /// Those of requests.
    Requests,
    /// All of them.
    Both,
}

/// Collects the names of schemas that are used here, also indirectly.
fn collect_used(part: &Value, schemas: &Schemas, schema_use: SchemaUse, found: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            if let Some(name) = fields.get("$ref").and_then(Value::as_str).and_then(schema_name)
                && found.insert(name.to_owned())
            {
                collect_used(&schemas[name], schemas, schema_use, found);
            }
            let is_response_field = |name: &str| matches!(name, "responses" | "server" | "x-events");
            for (name, field) in fields {
                if schema_use == SchemaUse::Both || !is_response_field(name) {
                    collect_used(field, schemas, schema_use, found);
                }
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| collect_used(part, schemas, schema_use, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn schema_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

/// Replaces types with flattened parts, or with a tag beside their fields, by one object with all fields.
/// Returns the names of the flattened types.
fn flatten_all(api: &mut Value) -> BTreeSet<String> {
    let schemas = schemas_of(api);
    let mut flattened = BTreeSet::new();
    for schema in schemas_mut(api).values_mut() {
        flatten(schema, &schemas, &mut flattened);
    }
    flattened
}

fn flatten(schema: &mut Value, schemas: &Schemas, flattened: &mut BTreeSet<String>) {
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut).map(std::mem::take) {
        let mut whole = json!({"type": "object", "properties": {}});
        for part in parts {
            merge(&mut whole, part, schemas, flattened);
        }
        for name in ["title", "description", "example"] {
            if let Some(text) = schema.get(name) {
                whole[name] = text.clone();
            }
        }
        *schema = whole;
    }
    for choice in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
        flatten(choice, schemas, flattened);
    }
}

/// Adds the fields of a part: a type, an optional type, or plain fields.
fn merge(whole: &mut Value, part: Value, schemas: &Schemas, flattened: &mut BTreeSet<String>) {
    let choices = part["oneOf"].as_array();
    let optional = choices.and_then(|choices| choices.iter().find(|one| one["$ref"].is_string())).cloned();
    let is_required = optional.is_none();
    let mut part = optional.unwrap_or(part);
    if let Some(name) = part["$ref"].as_str().and_then(schema_name) {
        flattened.insert(name.to_owned());
        part = schemas[name].clone();
        flatten(&mut part, schemas, flattened);
    }
    if let (Some(all), Value::Object(fields)) =
        (whole["properties"].as_object_mut(), part["properties"].take())
    {
        all.extend(fields);
    }
    if is_required {
        require(whole, strings(&part["required"]).collect());
    }
    if part["additionalProperties"] == false {
        whole["additionalProperties"] = json!(false);
    }
}

/// Expresses that a program is `code` or `files`, for every type with both. Two schemas in `allOf`, because
/// generators take choices beside fields as replacements of them.
fn express_code_or_files(schema: &mut Value) {
    let fields = &schema["properties"];
    if !(fields["code"].is_object() && fields["files"].is_object()) {
        return;
    }
    let present = |name: &str, more: Value| {
        let mut field = fields[name].clone();
        drop_null(&mut field);
        if let (Some(field), Value::Object(more)) = (field.as_object_mut(), more) {
            field.retain(|name, _| name != "description" && name != "example");
            field.extend(more);
        }
        json!({"required": [name], "properties": {name: field}})
    };
    let alternatives =
        json!({"anyOf": [present("code", json!({})), present("files", json!({"minItems": 1}))]});
    let mut whole = json!({});
    for name in ["description", "example"] {
        if let Some(text) = schema.as_object_mut().and_then(|fields| fields.remove(name)) {
            whole[name] = text;
        }
    }
    whole["allOf"] = json!([schema.take(), alternatives]);
    *schema = whole;
}

/// A missing parameter has no value; no parameter can be null.
fn drop_null_of_parameter(part: &mut Value) {
    if part["in"].is_string() && part["schema"].is_object() {
        drop_null(&mut part["schema"]);
    }
}

fn drop_null(schema: &mut Value) {
    if let Some(kinds) = schema["type"].as_array() {
        let kinds: Vec<&Value> = kinds.iter().filter(|kind| *kind != "null").collect();
        if let [only] = kinds.as_slice() {
            schema["type"] = (*only).clone();
        }
    }
}

/// Inner parts first, so that no part is changed twice.
fn each_schema(part: &mut Value, change: &mut impl FnMut(&mut Value)) {
    match part {
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| each_schema(field, change));
            change(part);
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| each_schema(part, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Removes types that were flattened into others and are not used directly.
fn drop_unused(api: &mut Value, flattened: &BTreeSet<String>) {
    let schemas = schemas_of(api);
    let mut used = BTreeSet::new();
    collect_used(&api["paths"], &schemas, SchemaUse::Both, &mut used);
    for (_, schema) in schemas.iter().filter(|(name, _)| !flattened.contains(*name)) {
        collect_used(schema, &schemas, SchemaUse::Both, &mut used);
    }
    schemas_mut(api).retain(|name, _| used.contains(name) || !flattened.contains(name));
}

fn schemas_of(api: &Value) -> Schemas {
    api["components"]["schemas"].as_object().cloned().unwrap_or_default()
}

fn schemas_mut(api: &mut Value) -> &mut Schemas {
    let schemas = &mut api["components"]["schemas"];
    if !schemas.is_object() {
        *schemas = json!({});
    }
    schemas.as_object_mut().expect("it was made an object")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A description with these types as responses, and `In` as the request.
    fn complete_document(schemas: &Value) -> Value {
        let answered = |name: &String| json!({"$ref": format!("#/components/schemas/{name}")});
        let names = schemas.as_object().expect("types").keys();
        let mut api = json!({
            "paths": {"/": {"post": {
                "parameters": [{"name": "n", "in": "header", "schema": {"type": ["integer", "null"]}}],
                "requestBody": {"$ref": "#/components/schemas/In"},
                "responses": names.filter(|name| *name != "In" && *name != "Inner").map(answered).collect::<Vec<_>>(),
            }}},
            "components": {"schemas": schemas},
        });
        complete(&mut api);
        assert!(
            !api.to_string().contains(":null"),
            "a null was made by looking for what is not there: {api}"
        );
        api
    }

    #[test]
    fn nullable_fields_are_required_in_responses_only() {
        let fields = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string"}, "b": {"type": ["string", "null"]}, "left": {"type": "string"},
            "c": {"oneOf": [{"type": "object"}, {"type": "null"}]}
        }});
        let api = complete_document(&json!({"In": fields, "Out": fields}));
        assert_eq!(api["components"]["schemas"]["Out"]["required"], json!(["a", "b", "c"]));
        assert_eq!(api["components"]["schemas"]["In"]["required"], json!(["a"]));
    }

    #[test]
    fn flattened_types_become_one_object() {
        let inner = json!({"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}});
        let reference = json!({"$ref": "#/components/schemas/Inner"});
        let own = json!({"type": "object", "required": ["y"], "properties": {"y": {"type": "string"}}});
        let api = complete_document(&json!({"Inner": inner, "In": {"type": "object"},
            "Always": {"allOf": [reference, own]},
            "Maybe": {"allOf": [{"oneOf": [reference, {"type": "null"}]}, own]},
            "Tagged": {"oneOf": [{"allOf": [reference, own]}]}}));
        let schemas = &api["components"]["schemas"];
        let fields = json!({"x": {"type": "string"}, "y": {"type": "string"}});
        let whole = json!({"type": "object", "required": ["x", "y"], "properties": fields});
        assert_eq!(schemas["Always"], whole);
        assert_eq!(schemas["Tagged"]["oneOf"], json!([whole]));
        assert_eq!(schemas["Maybe"], json!({"type": "object", "required": ["y"], "properties": fields}));
        assert_eq!(schemas.get("Inner"), None, "it is nowhere by itself");
    }

    #[test]
    fn a_program_is_code_or_files() {
        let api = complete_document(&json!({"In": {"type": "object", "properties": {
            "code": {"type": ["string", "null"], "description": "…"}, "files": {"type": ["array", "null"], "items": {}}
        }}}));
        assert_eq!(
            api["components"]["schemas"]["In"]["allOf"][1]["anyOf"],
            json!([{"required": ["code"], "properties": {"code": {"type": "string"}}},
                {"required": ["files"], "properties": {"files": {"type": "array", "items": {}, "minItems": 1}}}])
        );
    }

    #[test]
    fn a_parameter_is_never_null() {
        let api = complete_document(&json!({"In": {"type": "object"}}));
        assert_eq!(api["paths"]["/"]["post"]["parameters"][0]["schema"], json!({"type": "integer"}));
    }
}
