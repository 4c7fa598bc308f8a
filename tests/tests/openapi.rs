//! OpenAPI snapshot: `docs/openapi.json` equals the description that a server serves.
//!
//! Clients are generated from it, and a review of a changed route shows the change for clients.

use std::{env, fs, path::Path};

use testkit::Server;

/// With this set, the description is written and not compared: `make openapi`.
const UPDATE: &str = "CODERUNNER_UPDATE_OPENAPI";

#[tokio::test]
async fn the_description_that_is_kept_is_that_of_a_server() {
    let server = Server::start().await;
    let served = server.client().get("/openapi.json").await.expect(200).text();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    if env::var_os(UPDATE).is_some() {
        fs::write(&kept, served).expect("docs/openapi.json can be written");
        return;
    }
    let text = fs::read_to_string(&kept).expect("docs/openapi.json is there");
    let first = text.lines().zip(served.lines()).zip(1..).find(|((kept, served), _)| kept != served);
    assert!(
        text == served,
        "docs/openapi.json is not what the server says, from {first:?} on. If the change is meant: make openapi"
    );
}
