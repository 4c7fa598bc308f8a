//! Links of a description: from an answer that names a job to what can be asked about it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Types with the id of a job in `jobId`.
const OF_JOBS: [&str; 2] = ["#/components/schemas/AcceptedBody", "#/components/schemas/ResultBody"];
/// What takes that as its `id`.
const TAKE_IT: [&str; 4] = ["result", "stream", "cancel", "deleteResult"];

/// Adds them to the answers to whatever is posted.
pub(super) fn add(api: &mut Value) {
    let there: BTreeSet<String> =
        operations(api).filter_map(|one| Some(one["operationId"].as_str()?.to_owned())).collect();
    let links: Map<String, Value> = TAKE_IT
        .into_iter()
        .filter(|name| there.contains(*name))
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
            if schema.as_str().is_some_and(|name| OF_JOBS.contains(&name)) {
                response["links"] = json!(links);
            }
        }
    }
}

fn operations(api: &Value) -> impl Iterator<Item = &Value> {
    let items = api["paths"].as_object().into_iter().flat_map(Map::values);
    items.flat_map(|item| item.as_object().into_iter().flat_map(Map::values))
}
