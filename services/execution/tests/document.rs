//! OpenAPI description: complete, with the configured limits, and without dangling references.

mod common;

use std::collections::BTreeSet;

use broker::EmbeddedSettings;
use common::World;
use execution::{Settings, SubmissionLimits};
use model::{Bytes, FileNameLimits};
use serde_json::Value;

async fn document() -> Value {
    let world = World::new().await;
    let (_, api) = execution::router(world.execution.clone()).split_for_parts();
    serde_json::to_value(api).expect("serializes")
}

#[tokio::test]
async fn every_route_is_described() {
    let document = document().await;
    let described: BTreeSet<String> = document["paths"].as_object().expect("paths").keys().cloned().collect();
    let world = World::new().await;
    // The only list of its routes that a router gives away is how it shows itself to programmers.
    let shown = format!("{:?}", world.router);
    let routed: BTreeSet<&str> =
        shown.split('"').skip(1).step_by(2).filter(|text| text.starts_with("/api")).collect();
    // A document has no way to say that a parameter takes the rest of the address.
    let routed: BTreeSet<String> = routed.into_iter().map(|path| path.replace("{*", "{")).collect();
    assert_eq!(routed, described);
    assert_eq!(described.len(), 19, "{described:?}");
}

#[tokio::test]
async fn every_operation_has_a_description_and_error_responses() {
    let document = document().await;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let shown = format!("{method} {path}");
            assert!(operation["summary"].is_string() && operation["description"].is_string(), "{shown}");
            assert!(operation["operationId"].is_string(), "{shown}");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                assert!(!response["description"].as_str().expect("text").is_empty(), "{shown} {status}");
                if status.starts_with(['4', '5']) {
                    assert!(response["content"]["application/problem+json"].is_object(), "{shown} {status}");
                }
            }
        }
    }
    let errors = &document["paths"]["/api/execution/submit"]["post"]["responses"];
    for status in ["400", "413", "415", "422", "503"] {
        assert!(errors[status].is_object(), "{status}");
    }
}

#[tokio::test]
async fn a_file_is_described_as_bytes() {
    let document = document().await;
    let file = &document["paths"]["/api/execution/artifacts/{id}/{name}"]["get"]["responses"]["200"];
    let schema = &file["content"]["*/*"]["schema"];
    assert_eq!(*schema, serde_json::json!({"type": "string", "format": "binary"}));
}

#[tokio::test]
async fn no_reference_leads_nowhere() {
    let document = document().await;
    assert_resolves(&document, &document);
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for name in [
        "SubmitBody",
        "ResultBody",
        "RunBody",
        "ProblemDetails",
        "QueueBody",
        "LanguagesBody",
        "GradeBody",
        "GradingBody",
        "StreamEvent",
        "ServerFrame",
        "ClientFrame",
    ] {
        assert!(schemas.contains_key(name), "{name}");
    }
    assert_eq!(schemas["SubmitBody"]["required"], serde_json::json!(["language"]));
}

#[tokio::test]
async fn each_id_of_a_job_is_a_uuid_and_each_moment_a_date() {
    let document = document().await;
    let mut checked = 0;
    each_field(&document, &mut |name, schema| {
        let format = match name {
            "jobId" => "uuid",
            name if name.ends_with("At") => "date-time",
            _ => return,
        };
        checked += 1;
        assert_eq!(schema["format"], format, "{name}: {schema}");
    });
    assert!(checked > 7, "{checked}");
    for (path, item) in document["paths"].as_object().expect("paths") {
        for operation in item.as_object().expect("operations").values() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for parameter in parameters.filter(|one| one["in"] == "path" && one["name"] == "id") {
                assert_eq!(parameter["schema"]["format"], "uuid", "{path}: use JobPath");
            }
        }
    }
}

/// Calls back with each field of each schema.
fn each_field(part: &Value, seen: &mut impl FnMut(&str, &Value)) {
    match part {
        Value::Object(fields) => {
            let properties = fields.get("properties").and_then(Value::as_object);
            properties.into_iter().flatten().for_each(|(name, schema)| seen(name, schema));
            fields.values().for_each(|part| each_field(part, seen));
        }
        Value::Array(parts) => parts.iter().for_each(|part| each_field(part, seen)),
        _ => {}
    }
}

fn assert_resolves(part: &Value, document: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let pointer = reference.strip_prefix('#').expect("a local reference");
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            fields.values().for_each(|part| assert_resolves(part, document));
        }
        Value::Array(parts) => parts.iter().for_each(|part| assert_resolves(part, document)),
        _ => {}
    }
}

#[tokio::test]
async fn requests_are_described_by_the_limits_of_the_installation() {
    let submissions = SubmissionLimits {
        max_batch: 3,
        max_code: Bytes(1000),
        max_files: 2,
        max_args: 5,
        names: FileNameLimits { max_length: Bytes(40), max_folders: 1 },
        ..SubmissionLimits::default()
    };
    let settings = Settings { submissions, ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    let (_, api) = execution::router(world.execution.clone()).split_for_parts();
    let elsewhere = execution::forwarding_routes(&axum::routing::any(async || ()), &submissions);
    let (_, forwarded) = elsewhere.split_for_parts();
    let [api, forwarded] = [api, forwarded].map(|api| serde_json::to_value(api).expect("serializes"));
    assert_eq!(api, forwarded, "a gateway says the same");
    let field = |body: &str, name: &str| api["components"]["schemas"][body]["properties"][name].clone();
    assert_eq!(field("BatchBody", "submissions")["maxItems"], 3);
    for body in ["SubmitBody", "GradeBody"] {
        let (code, files) = (field(body, "code"), field(body, "files"));
        assert_eq!((&code["maxLength"], &files["maxItems"]), (&1000.into(), &2.into()), "{body}");
    }
    assert_eq!(field("SubmitBody", "args")["maxItems"], 5);
    let name = field("FileBody", "name");
    assert_eq!(
        (&name["maxLength"], &name["pattern"]),
        (&40.into(), &r"^[^./\\][^/\\]*(/[^./\\][^/\\]*){0,1}$".into())
    );
    let ids = &api["paths"]["/api/execution/results"]["get"]["parameters"][0]["schema"]["pattern"];
    assert!(ids.as_str().is_some_and(|pattern| pattern.ends_with("){0,2}$")), "{ids}");
}
