//! Shares: programs under a key, until they expire.

use store::Share;

use super::{Engine, Harness, at};

fn share(key: &str, expires_at: i64) -> Share {
    let content = format!("{{\"code\":\"{key}\"}}");
    Share { key: key.to_owned(), schema: 1, content, created_at: at(100), expires_at: at(expires_at) }
}

pub(crate) async fn a_share_can_be_read_until_it_expires(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let kept = share("a", 1_000);
    harness.store.add_share(&kept).await.expect("is stored");
    harness.store.add_share(&kept).await.expect("a repeated write changes nothing");
    let read = async |key, ms| harness.store.share(key, at(ms)).await.expect("reads");
    assert_eq!(read("a", 999).await, Some(kept));
    assert_eq!(read("a", 1_000).await, None);
    assert_eq!(read("b", 0).await, None);
}

pub(crate) async fn expired_shares_are_deleted_oldest_first(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for (key, ms) in [("a", 300), ("b", 100), ("c", 200)] {
        harness.store.add_share(&share(key, ms)).await.expect("is stored");
    }
    let delete = async |ms, max| harness.store.delete_expired_shares(at(ms), max).await.expect("deletes");
    assert_eq!(delete(200, 1).await, 1);
    assert!(harness.store.share("b", at(0)).await.expect("reads").is_none(), "the oldest");
    assert_eq!(delete(200, 10).await, 1);
    assert_eq!(delete(200, 10).await, 0);
    assert!(harness.store.share("a", at(0)).await.expect("reads").is_some());
}
