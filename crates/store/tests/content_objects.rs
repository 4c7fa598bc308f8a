//! Content-addressed objects in a folder.

use std::{fs, io::Cursor};

use futures_util::TryStreamExt as _;
use model::Digest;
use store::{ContentKey, JobScan, Objects, ObjectsError};
use tempfile::TempDir;

fn open() -> (TempDir, Objects) {
    let folder = tempfile::tempdir().expect("a folder");
    let objects = Objects::open_folder(folder.path()).expect("opens");
    (folder, objects)
}

async fn read(objects: &Objects, key: ContentKey) -> Result<Option<Vec<u8>>, ObjectsError> {
    match objects.get_content(key).await? {
        Some(found) => Ok(Some(found.pieces.try_collect::<Vec<_>>().await?.concat())),
        None => Ok(None),
    }
}

#[tokio::test]
async fn content_is_stored_by_its_digest() {
    let (folder, objects) = open();
    // The longest is uploaded in parts.
    for bytes in [Vec::new(), b"few".to_vec(), vec![7; 12 * 1024 * 1024]] {
        let (digest, size) = (Digest::of(&bytes), model::Bytes(bytes.len() as u64));
        for (key, place) in [(ContentKey::Suite(digest), "suites"), (ContentKey::TestData(digest), "tests")] {
            assert_eq!(objects.content_size(key).await.expect("looks"), None);
            assert_eq!(read(&objects, key).await.expect("looks"), None);
            objects.put_content(key, Box::new(Cursor::new(bytes.clone()))).await.expect("is kept");
            assert_eq!(objects.content_size(key).await.expect("looks"), Some(size));
            assert!(read(&objects, key).await.expect("reads").as_ref() == Some(&bytes));
            assert!(folder.path().join(place).join(digest.to_string()).is_file());
        }
    }
    assert_eq!(
        objects.next_jobs(&mut JobScan::default(), 10).await.expect("lists"),
        [],
        "they belong to no job"
    );
}

#[tokio::test]
async fn content_with_a_wrong_digest_is_not_stored() {
    let (folder, objects) = open();
    for bytes in [vec![b'a'; 10], vec![b'a'; 12 * 1024 * 1024]] {
        let key = ContentKey::TestData(Digest::of(b"others"));
        let refused = objects.put_content(key, Box::new(Cursor::new(bytes))).await;
        assert!(matches!(refused, Err(ObjectsError::DigestMismatch(_))), "{refused:?}");
        assert_eq!(objects.content_size(key).await.expect("looks"), None);
    }
    let left = fs::read_dir(folder.path().join("tests")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "nothing is left half written");
}

#[tokio::test]
async fn damaged_content_is_detected_and_reported_without_the_digest() {
    let (folder, objects) = open();
    let digest = Digest::of(b"sound");
    let key = ContentKey::Suite(digest);
    objects.put_content(key, Box::new(Cursor::new(b"sound"))).await.expect("is kept");
    fs::write(folder.path().join("suites").join(digest.to_string()), b"s0und").expect("writes");
    let error = read(&objects, key).await.expect_err("damaged").to_string();
    assert!(error.contains("is damaged") && !error.contains(&digest.to_string()), "{error}");
}
