//! The schemas of a description, made as exact as what is sent.
//!
//! Schemas are derived from the types that are serialized and parsed. What the derivation leaves vague and generators of clients
//! cannot guess is settled here, for all types alike: whether a field that may be null is always there, that fields of a flattened
//! type stand beside the others, and that a program comes as `code` or as `files`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

type Schemas = Map<String, Value>;

/// Settles all of this in a description.
pub(super) fn settle(api: &mut Value) {
    require_what_is_always_sent(api);
    let flattened = flatten_all(api);
    each_schema(api, &mut express_code_or_files);
    each_schema(api, &mut drop_null_of_parameter);
    drop_unused(api, &flattened);
}

/// In an answer a field that has no value is null, unless its type says that it is left out: those are not nullable.
fn require_what_is_always_sent(api: &mut Value) {
    let schemas = schemas_of(api);
    let mut received = BTreeSet::new();
    collect_used(&api["paths"], &schemas, Side::Requests, &mut received);
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

/// Which schemas are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Those that clients send.
    Requests,
    /// All of them.
    Both,
}

/// The names of the schemas that are used here, and by these.
fn collect_used(part: &Value, schemas: &Schemas, side: Side, found: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            if let Some(name) = fields.get("$ref").and_then(Value::as_str).and_then(schema_name)
                && found.insert(name.to_owned())
            {
                collect_used(&schemas[name], schemas, side, found);
            }
            let is_answer = |name: &str| matches!(name, "responses" | "server" | "x-events");
            for (name, field) in fields {
                if side == Side::Both || !is_answer(name) {
                    collect_used(field, schemas, side, found);
                }
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| collect_used(part, schemas, side, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn schema_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

/// Replaces a type that has others flattened into it, or a tag beside its fields, by one object with all fields. Returns the names of
/// those that were flattened into others.
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

/// Adds the fields of a part: a type, a type that may be missing, or fields alone.
fn merge(whole: &mut Value, part: Value, schemas: &Schemas, flattened: &mut BTreeSet<String>) {
    let choices = part["oneOf"].as_array();
    let optional = choices.and_then(|choices| choices.iter().find(|one| one["$ref"].is_string())).cloned();
    let is_there = optional.is_none();
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
    if is_there {
        require(whole, strings(&part["required"]).collect());
    }
    if part["additionalProperties"] == false {
        whole["additionalProperties"] = json!(false);
    }
}

/// A program comes as `code` or as `files`, whichever type has both. Two schemas that both hold, since generators take choices beside
/// fields for choices instead of them.
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
    let ways = json!({"anyOf": [present("code", json!({})), present("files", json!({"minItems": 1}))]});
    let mut whole = json!({});
    for name in ["description", "example"] {
        if let Some(text) = schema.as_object_mut().and_then(|fields| fields.remove(name)) {
            whole[name] = text;
        }
    }
    whole["allOf"] = json!([schema.take(), ways]);
    *schema = whole;
}

/// What is not sent has no value: no parameter can be null.
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

/// Changes what is within first, so that nothing is changed twice.
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

/// Leaves out types that were flattened into others, and are sent nowhere by themselves.
fn drop_unused(api: &mut Value, flattened: &BTreeSet<String>) {
    let schemas = schemas_of(api);
    let mut used = BTreeSet::new();
    collect_used(&api["paths"], &schemas, Side::Both, &mut used);
    for (_, schema) in schemas.iter().filter(|(name, _)| !flattened.contains(*name)) {
        collect_used(schema, &schemas, Side::Both, &mut used);
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

    /// A description in which these types are answered, and `In` is sent.
    fn settled(schemas: &Value) -> Value {
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
        settle(&mut api);
        assert!(
            !api.to_string().contains(":null"),
            "a null was made by looking for what is not there: {api}"
        );
        api
    }

    #[test]
    fn a_field_that_may_be_null_is_always_there_in_answers_alone() {
        let fields = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string"}, "b": {"type": ["string", "null"]}, "left": {"type": "string"},
            "c": {"oneOf": [{"type": "object"}, {"type": "null"}]}
        }});
        let api = settled(&json!({"In": fields, "Out": fields}));
        assert_eq!(api["components"]["schemas"]["Out"]["required"], json!(["a", "b", "c"]));
        assert_eq!(api["components"]["schemas"]["In"]["required"], json!(["a"]));
    }

    #[test]
    fn flattened_types_become_one() {
        let inner = json!({"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}});
        let reference = json!({"$ref": "#/components/schemas/Inner"});
        let own = json!({"type": "object", "required": ["y"], "properties": {"y": {"type": "string"}}});
        let api = settled(&json!({"Inner": inner, "In": {"type": "object"},
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
    fn a_program_comes_as_code_or_as_files() {
        let api = settled(&json!({"In": {"type": "object", "properties": {
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
        let api = settled(&json!({"In": {"type": "object"}}));
        assert_eq!(api["paths"]["/"]["post"]["parameters"][0]["schema"], json!({"type": "integer"}));
    }
}
