//! What other versions wrote.

use store::StoreError;

use super::{Bench, Engine, ID};

pub(crate) async fn a_record_of_a_newer_version_is_refused_by_name(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    bench.complete(1).await;
    for column in ["job_schema", "completion_schema"] {
        let set = format!("UPDATE jobs SET {column} = 7");
        engine.execute(&set).await;
        let error = bench.store.record(ID).await.expect_err("is newer");
        assert!(matches!(error, StoreError::Newer { found: 7, known: 1, .. }), "{error}");
        let unset = format!("UPDATE jobs SET {column} = 1");
        engine.execute(&unset).await;
    }
}

pub(crate) async fn a_damaged_record_is_an_error_that_names_the_part(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    bench.complete(1).await;
    engine.execute("UPDATE jobs SET completion = '{}'").await;
    let error = bench.store.record(ID).await.expect_err("is damaged");
    assert!(matches!(error, StoreError::Decode { part: "completion", .. }), "{error}");
}
