//! S3 backend against a real S3 server. Error replies are tested in `bucket.rs`.

use std::io::Cursor;

use futures_util::TryStreamExt as _;
use model::{Digest, JobId, LargeContent, SubmissionPart};
use store::{ContentKey, JobScan, ObjectKey, Objects, ObjectsError};
use testkit::S3;

fn open(server: &S3) -> Objects {
    Objects::open(&format!("s3://{}/of/ours", S3::BUCKET), server.environment()).expect("opens")
}

const fn key(job: u128, attempt: u32, index: usize) -> ObjectKey {
    ObjectKey { job: JobId::from_u128(job), attempt, index }
}

async fn get(objects: &Objects, key: ObjectKey) -> Option<Vec<u8>> {
    let object = objects.get(key).await.expect("is looked for")?;
    Some(object.pieces.try_collect::<Vec<_>>().await.expect("is read").concat())
}

async fn read(objects: &Objects, key: ContentKey) -> Result<Option<Vec<u8>>, ObjectsError> {
    match objects.get_content(key).await? {
        Some(found) => Ok(Some(found.pieces.try_collect::<Vec<_>>().await?.concat())),
        None => Ok(None),
    }
}

/// All jobs with objects.
async fn jobs(objects: &Objects) -> Vec<JobId> {
    let (mut scan, mut jobs) = (JobScan::default(), Vec::new());
    loop {
        let found = objects.next_jobs(&mut scan, 300).await.expect("lists");
        if found.is_empty() {
            return jobs;
        }
        jobs.extend(found);
    }
}

#[tokio::test]
async fn artifacts_are_stored_read_listed_and_deleted() {
    let server = S3::start().await;
    let objects = open(&server);
    assert_eq!(jobs(&objects).await, []);
    let long = vec![7; 3 * 1024 * 1024];
    for (key, bytes) in [
        (key(1, 1, 0), b"a".to_vec()),
        (key(1, 2, 0), long.clone()),
        (key(1, 12, 0), b"c".to_vec()),
        (key(2, 1, 0), b"d".to_vec()),
        (key(3, 1, 1), Vec::new()),
    ] {
        objects.put(key, bytes).await.expect("is written");
    }
    assert_eq!(get(&objects, key(1, 2, 0)).await, Some(long));
    assert_eq!(get(&objects, key(3, 1, 1)).await, Some(Vec::new()));
    assert_eq!(get(&objects, key(1, 3, 0)).await, None);
    objects.put(key(2, 1, 0), b"later".to_vec()).await.expect("is written again");
    assert_eq!(get(&objects, key(2, 1, 0)).await.as_deref(), Some(&b"later"[..]));
    assert_eq!(jobs(&objects).await, [1, 2, 3].map(JobId::from_u128));

    objects.delete_other_attempts(JobId::from_u128(1), 2).await.expect("deletes");
    assert_eq!(get(&objects, key(1, 1, 0)).await, None);
    assert_eq!(get(&objects, key(1, 12, 0)).await, None);
    assert!(get(&objects, key(1, 2, 0)).await.is_some());
    objects.delete_job(JobId::from_u128(1)).await.expect("deletes");
    objects.delete_job(JobId::from_u128(9)).await.expect("forgetting nothing is fine");
    assert_eq!(jobs(&objects).await, [2, 3].map(JobId::from_u128));
    objects.delete_jobs(&[1, 3].map(JobId::from_u128)).await.expect("deletes");
    assert_eq!(jobs(&objects).await, [2].map(JobId::from_u128));
}

#[tokio::test]
async fn suites_and_test_data_are_stored_by_their_digest() {
    let server = S3::start().await;
    let objects = open(&server);
    // The longest is uploaded in parts.
    for bytes in [Vec::new(), b"few".to_vec(), vec![7; 12 * 1024 * 1024]] {
        let (digest, size) = (Digest::of(&bytes), model::Bytes(bytes.len() as u64));
        for key in [ContentKey::Suite(digest), ContentKey::TestData(digest)] {
            assert_eq!(objects.content_size(key).await.expect("looks"), None);
            assert!(read(&objects, key).await.expect("looks").is_none());
            objects.put_content(key, Box::new(Cursor::new(bytes.clone()))).await.expect("is kept");
            assert_eq!(objects.content_size(key).await.expect("looks"), Some(size));
            assert!(read(&objects, key).await.expect("reads").as_ref() == Some(&bytes));
        }
    }
    assert_eq!(jobs(&objects).await, [], "they belong to no job");
    for bytes in [vec![b'a'; 10], vec![b'a'; 12 * 1024 * 1024]] {
        let key = ContentKey::TestData(Digest::of(b"others"));
        let refused = objects.put_content(key, Box::new(Cursor::new(bytes))).await;
        assert!(matches!(refused, Err(ObjectsError::DigestMismatch(_))), "{refused:?}");
        assert_eq!(objects.content_size(key).await.expect("looks"), None);
    }
}

#[tokio::test]
async fn objects_of_several_result_pages_are_listed() {
    let server = S3::start().await;
    let objects = open(&server);
    // A result page of S3 has a thousand keys.
    let puts = (0..1_100).map(|job| objects.put(key(job + 1, 1, 0), b"x".to_vec()));
    let done: Vec<_> = futures_util::future::join_all(puts).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(jobs(&objects).await.len(), 1_100);
}

#[tokio::test]
async fn large_code_is_kept_when_attempts_are_deleted() {
    let server = S3::start().await;
    let objects = open(&server);
    let large = |bytes: &[u8]| LargeContent {
        part: SubmissionPart::Stdin,
        digest: Digest::of(bytes),
        size: model::Bytes(bytes.len() as u64),
    };
    let (job, long) = (JobId::from_u128(1), vec![7; 3 * 1024 * 1024]);
    for bytes in [&long[..], b"other"] {
        objects.put_large(job, &large(bytes), bytes.to_vec()).await.expect("is kept");
    }
    for attempt in [1, 2] {
        objects.put(key(1, attempt, 0), b"x".to_vec()).await.expect("is written");
    }
    let is_there = async |bytes: &[u8]| match objects.get_large(job, &large(bytes)).await {
        Ok(found) => found == bytes,
        Err(ObjectsError::LargeMissing(_)) => false,
        Err(error) => panic!("{error}"),
    };
    objects.delete_other_attempts(job, 2).await.expect("deletes");
    assert!(is_there(&long).await && is_there(b"other").await && !is_there(b"never kept").await);
    objects.delete_attempts(job).await.expect("deletes");
    assert!(is_there(&long).await && get(&objects, key(1, 2, 0)).await.is_none());
    let another = objects.get_large(JobId::from_u128(2), &large(&long)).await;
    assert!(matches!(another, Err(ObjectsError::LargeMissing(_))), "it belongs to one job");
    objects.delete_job(job).await.expect("deletes");
    assert!(!is_there(&long).await);
}
