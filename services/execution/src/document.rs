//! OpenAPI limits: writes the configured limits of submissions into the schemas, which are derived from types.

use utoipa::openapi::{
    OpenApi, RefOr, Schema,
    path::{Operation, Parameter},
    schema::Object,
};

use crate::SubmissionLimits;

/// Pattern of an id in a list: a UUID with or without hyphens.
const ID: &str = "([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{32})";

/// Writes these limits into the schemas of requests.
pub(crate) fn describe_limits(api: &mut OpenApi, limits: &SubmissionLimits) {
    for body in ["SubmitBody", "GradeBody"] {
        text(api, body, "version", limits.max_version.as_usize(), "");
        let about = format!("At most {}.", bytes(limits.max_code));
        text(api, body, "code", limits.max_code.as_usize(), &about);
        let about = format!(
            "At most {}, with `code`, of at most {} each.",
            max_count_text(limits.max_files, "file"),
            bytes(limits.max_file)
        );
        list(api, body, "files", limits.max_files, &about);
    }
    let stdin = format!("At most {}.", bytes(limits.max_stdin));
    if let Some(Schema::Object(stdin_of_body)) = field(api, "SubmitBody", "stdin") {
        add(&mut stdin_of_body.description, &stdin);
    }
    let about = format!(
        "At most {} of at most {} each, and {} together.",
        max_count_text(limits.max_args, "argument"),
        bytes(limits.max_arg),
        bytes(limits.max_args_total)
    );
    list(api, "SubmitBody", "args", limits.max_args, &about);
    list(api, "BatchBody", "submissions", limits.max_batch, "");
    let names = limits.names;
    let about =
        format!("At most {} and {}.", bytes(names.max_length), max_count_text(names.max_folders, "folder"));
    text(api, "FileBody", "name", names.max_length.as_usize(), &about);
    if let Some(Schema::Object(name)) = field(api, "FileBody", "name") {
        name.pattern = Some(format!(r"^[^./\\][^/\\]*(/[^./\\][^/\\]*){{0,{}}}$", names.max_folders));
    }
    for ids in parameters(api, "/api/execution/results").filter(|parameter| parameter.name == "ids") {
        if let Some(RefOr::T(Schema::Object(schema))) = &mut ids.schema {
            schema.pattern = Some(format!("^{ID}(,{ID}){{0,{}}}$", limits.max_batch.saturating_sub(1)));
        }
        add(&mut ids.description, &format!("At most {}.", limits.max_batch));
    }
}

fn bytes(max: model::Bytes) -> String {
    format!("{} bytes", max.get())
}

fn max_count_text(max: usize, thing: &str) -> String {
    format!("{max} {thing}{}", if max == 1 { "" } else { "s" })
}

/// Limits the length of a text. A schema counts characters, each of which has at least one byte.
fn text(api: &mut OpenApi, schema: &str, name: &str, max: usize, about: &str) {
    if let Some(Schema::Object(text)) = field(api, schema, name) {
        let text: &mut Object = text;
        text.max_length = Some(max);
        add(&mut text.description, about);
    }
}

fn list(api: &mut OpenApi, schema: &str, name: &str, max: usize, about: &str) {
    if let Some(Schema::Array(list)) = field(api, schema, name) {
        list.max_items = Some(max);
        add(&mut list.description, about);
    }
}

fn add(description: &mut Option<String>, about: &str) {
    if !about.is_empty() {
        let before = description.take().unwrap_or_default();
        *description = Some(format!("{before} {about}").trim().to_owned());
    }
}

fn field<'a>(api: &'a mut OpenApi, schema: &str, name: &str) -> Option<&'a mut Schema> {
    match api.components.as_mut()?.schemas.get_mut(schema)? {
        RefOr::T(Schema::Object(object)) => match object.properties.get_mut(name)? {
            RefOr::T(schema) => Some(schema),
            RefOr::Ref(_) => None,
        },
        _ => None,
    }
}

fn parameters<'a>(api: &'a mut OpenApi, path: &str) -> impl Iterator<Item = &'a mut Parameter> {
    let operation: Option<&mut Operation> = api.paths.paths.get_mut(path).and_then(|item| item.get.as_mut());
    let parameters = operation.and_then(|operation| operation.parameters.as_mut()).into_iter().flatten();
    parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}
