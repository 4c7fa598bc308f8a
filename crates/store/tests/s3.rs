//! Objects in a bucket, against a server that speaks S3 as the real one does. What a server does that refuses is in
//! `bucket.rs`.

use std::io::Cursor;

use futures_util::TryStreamExt as _;
use model::{Digest, JobId, LargeContent, SubmissionPart};
use store::{ContentKey, ObjectKey, Objects, ObjectsError, Walk};
use testkit::S3;

fn open(server: &S3) -> Objects {
    Objects::at(&format!("s3://{}/of/ours", S3::BUCKET), server.environment()).expect("opens")
}

const fn key(job: u128, attempt: u32, place: usize) -> ObjectKey {
    ObjectKey { job: JobId::from_u128(job), attempt, place }
}

async fn get(objects: &Objects, key: ObjectKey) -> Option<Vec<u8>> {
    let object = objects.get(key).await.expect("is looked for")?;
    Some(object.pieces.try_collect::<Vec<_>>().await.expect("is read").concat())
}

async fn read(objects: &Objects, key: ContentKey) -> Result<Option<Vec<u8>>, ObjectsError> {
    match objects.content(key).await? {
        Some(found) => Ok(Some(found.pieces.try_collect::<Vec<_>>().await?.concat())),
        None => Ok(None),
    }
}

/// All jobs that have objects.
async fn jobs(objects: &Objects) -> Vec<JobId> {
    let (mut walk, mut jobs) = (Walk::default(), Vec::new());
    loop {
        let found = objects.next_jobs(&mut walk, 300).await.expect("lists");
        if found.is_empty() {
            return jobs;
        }
        jobs.extend(found);
    }
}

#[tokio::test]
async fn artifacts_are_put_got_listed_and_deleted() {
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

    objects.keep_only(JobId::from_u128(1), 2).await.expect("deletes");
    assert_eq!(get(&objects, key(1, 1, 0)).await, None);
    assert_eq!(get(&objects, key(1, 12, 0)).await, None);
    assert!(get(&objects, key(1, 2, 0)).await.is_some());
    objects.forget(JobId::from_u128(1)).await.expect("deletes");
    objects.forget(JobId::from_u128(9)).await.expect("forgetting nothing is fine");
    assert_eq!(jobs(&objects).await, [2, 3].map(JobId::from_u128));
    objects.forget_all(&[1, 3].map(JobId::from_u128)).await.expect("deletes");
    assert_eq!(jobs(&objects).await, [2].map(JobId::from_u128));
}

#[tokio::test]
async fn suites_and_data_of_tests_are_kept_under_their_digest() {
    let server = S3::start().await;
    let objects = open(&server);
    // The longest goes out in parts.
    for bytes in [Vec::new(), b"few".to_vec(), vec![7; 12 * 1024 * 1024]] {
        let (digest, size) = (Digest::of(&bytes), model::Bytes(bytes.len() as u64));
        for key in [ContentKey::Suite(digest), ContentKey::TestData(digest)] {
            assert_eq!(objects.size_of_content(key).await.expect("looks"), None);
            assert!(read(&objects, key).await.expect("looks").is_none());
            objects.keep_content(key, Box::new(Cursor::new(bytes.clone()))).await.expect("is kept");
            assert_eq!(objects.size_of_content(key).await.expect("looks"), Some(size));
            assert!(read(&objects, key).await.expect("reads").as_ref() == Some(&bytes));
        }
    }
    assert_eq!(jobs(&objects).await, [], "they belong to no job");
    for bytes in [vec![b'a'; 10], vec![b'a'; 12 * 1024 * 1024]] {
        let key = ContentKey::TestData(Digest::of(b"others"));
        let refused = objects.keep_content(key, Box::new(Cursor::new(bytes))).await;
        assert!(matches!(refused, Err(ObjectsError::NotWhatItsNamed(_))), "{refused:?}");
        assert_eq!(objects.size_of_content(key).await.expect("looks"), None);
    }
}

#[tokio::test]
async fn more_objects_than_one_answer_lists_are_all_found() {
    let server = S3::start().await;
    let objects = open(&server);
    // A page of S3 has a thousand.
    let puts = (0..1_100).map(|job| objects.put(key(job + 1, 1, 0), b"x".to_vec()));
    let done: Vec<_> = futures_util::future::join_all(puts).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(jobs(&objects).await.len(), 1_100);
}

#[tokio::test]
async fn long_code_stays_with_its_job_whatever_its_attempts_leave() {
    let server = S3::start().await;
    let objects = open(&server);
    let large = |bytes: &[u8]| LargeContent {
        part: SubmissionPart::Stdin,
        digest: Digest::of(bytes),
        size: model::Bytes(bytes.len() as u64),
    };
    let (job, long) = (JobId::from_u128(1), vec![7; 3 * 1024 * 1024]);
    for bytes in [&long[..], b"other"] {
        objects.keep_large(job, &large(bytes), bytes.to_vec()).await.expect("is kept");
    }
    for attempt in [1, 2] {
        objects.put(key(1, attempt, 0), b"x".to_vec()).await.expect("is written");
    }
    let is_there = async |bytes: &[u8]| match objects.large(job, &large(bytes)).await {
        Ok(found) => found == bytes,
        Err(ObjectsError::LostLarge(_)) => false,
        Err(error) => panic!("{error}"),
    };
    objects.keep_only(job, 2).await.expect("deletes");
    assert!(is_there(&long).await && is_there(b"other").await && !is_there(b"never kept").await);
    objects.forget_attempts(job).await.expect("deletes");
    assert!(is_there(&long).await && get(&objects, key(1, 2, 0)).await.is_none());
    let another = objects.large(JobId::from_u128(2), &large(&long)).await;
    assert!(matches!(another, Err(ObjectsError::LostLarge(_))), "it belongs to one job");
    objects.forget(job).await.expect("deletes");
    assert!(!is_there(&long).await);
}
