//! Links in the description: from a response with a job id to operations on the job.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Schemas with a `jobId`.
const JOB_SCHEMAS: [&str; 2] = ["#/components/schemas/AcceptedBody", "#/components/schemas/ResultBody"];
/// Operations that take it as `id`.
const LINKED_OPERATIONS: [&str; 4] = ["result", "stream", "cancel", "deleteResult"];

/// Adds links to the responses of POST operations.
pub(super) fn add(api: &mut Value) {
    let operation_ids: BTreeSet<String> =
        operations(api).filter_map(|operation| Some(operation["operationId"].as_str()?.to_owned())).collect();
    let links: Map<String, Value> = LINKED_OPERATIONS
        .into_iter()
        .filter(|name| operation_ids.contains(*name))
        .map(|name| {
            (name.to_owned(), json!({"operationId": name, "parameters": {"id": "$response.body#/jobId"}}))
        })
        .collect();
    if links.is_empty() {
        return;
    }
    let items = api["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for post in items.filter_map(|item| item.get_mut("post")) {
        for (_, response) in post["responses"].as_object_mut().into_iter().flatten() {
            let schema = &response["content"]["application/json"]["schema"]["$ref"];
            if schema.as_str().is_some_and(|name| JOB_SCHEMAS.contains(&name)) {
                response["links"] = json!(links);
            }
        }
    }
}

fn operations(api: &Value) -> impl Iterator<Item = &Value> {
    let items = api["paths"].as_object().into_iter().flat_map(Map::values);
    items.flat_map(|item| item.as_object().into_iter().flat_map(Map::values))
}
