//! S3 backend against a small fake server on this machine, with error replies.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt as _;
use model::JobId;
use store::{JobScan, ObjectKey, Objects, ObjectsError};
use tokio::net::TcpListener;

type Bucket = Arc<Mutex<BTreeMap<String, Bytes>>>;

/// Serves a bucket called `files`; returns its content and the environment for it.
async fn serve() -> (Bucket, Vec<(String, String)>) {
    let bucket = Bucket::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = Router::new().fallback(answer).with_state(bucket.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let environment = [
        ("AWS_ENDPOINT", format!("http://{address}").as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "here"),
        ("AWS_ACCESS_KEY_ID", "somebody"),
        ("AWS_SECRET_ACCESS_KEY", "a secret"),
        ("AWS_OF_ANOTHER_PROGRAM", "x"),
        ("HOME", "/root"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    (bucket, environment.into())
}

async fn answer(State(bucket): State<Bucket>, method: Method, uri: Uri, body: Bytes) -> Response {
    let mut bucket = bucket.lock().expect("no panic");
    let query = uri.query().unwrap_or_default();
    let Some(key) = uri.path().strip_prefix("/files") else { return StatusCode::FORBIDDEN.into_response() };
    let key = key.trim_start_matches('/').to_owned();
    match method {
        Method::PUT => {
            bucket.insert(key, body);
            [(header::ETAG, "\"1\"")].into_response()
        }
        Method::GET if key.is_empty() => list(&bucket, query).into_response(),
        Method::GET => match bucket.get(&key) {
            Some(bytes) => {
                let at = "Sat, 21 Nov 2026 07:00:00 GMT";
                ([(header::ETAG, "\"1\""), (header::LAST_MODIFIED, at)], bytes.clone()).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        Method::POST if query.starts_with("delete") => {
            let wanted = String::from_utf8(body.to_vec()).expect("text");
            let keys = wanted.split("<Key>").skip(1).filter_map(|part| part.split("</Key>").next());
            let mut gone = Vec::new();
            for key in keys {
                bucket.remove(key);
                gone.push(format!("<Deleted><Key>{key}</Key></Deleted>"));
            }
            format!("<DeleteResult>{}</DeleteResult>", gone.concat()).into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// The keys below the prefix, or with a delimiter the folders.
fn list(bucket: &BTreeMap<String, Bytes>, query: &str) -> String {
    let parameter = |name: &str| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_default().replace("%2F", "/")
    };
    let (prefix, is_shallow) = (parameter("prefix"), !parameter("delimiter").is_empty());
    // A set, because many keys are in one folder.
    let mut shown = BTreeSet::new();
    let start = parameter("start-after");
    for (key, bytes) in bucket.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > start) {
        shown.insert(match key[prefix.len()..].split_once('/') {
            Some((folder, _)) if is_shallow => {
                format!("<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>")
            }
            _ => format!(
                "<Contents><Key>{key}</Key><Size>{}</Size><LastModified>2026-11-21T07:00:00.000Z</LastModified>\
                 <ETag>1</ETag></Contents>",
                bytes.len()
            ),
        });
    }
    format!("<ListBucketResult>{}</ListBucketResult>", shown.into_iter().collect::<String>())
}

const fn key(job: u128, attempt: u32, index: usize) -> ObjectKey {
    ObjectKey { job: JobId::from_u128(job), attempt, index }
}

async fn get(objects: &Objects, key: ObjectKey) -> Option<Vec<u8>> {
    let object = objects.get(key).await.expect("is looked for")?;
    Some(object.pieces.try_collect::<Vec<_>>().await.expect("is read").concat())
}

/// All jobs with objects, by a scan in steps of two.
async fn jobs(objects: &Objects) -> Vec<JobId> {
    let (mut scan, mut jobs) = (JobScan::default(), Vec::new());
    loop {
        let found = objects.next_jobs(&mut scan, 2).await.expect("lists");
        assert!(found.len() <= 2);
        if found.is_empty() {
            return jobs;
        }
        jobs.extend(found);
    }
}

#[tokio::test]
async fn the_objects_of_many_jobs_are_deleted_together() {
    let (bucket, environment) = serve().await;
    let objects = Objects::open("s3://files/of/ours", environment).expect("opens");
    for job in [1, 2, 3, 5, 9] {
        for place in 0..3 {
            objects.put(key(job, 1, place), b"x".to_vec()).await.expect("is written");
        }
    }
    objects.delete_jobs(&[5, 2, 4, 3].map(JobId::from_u128)).await.expect("deletes");
    assert_eq!(jobs(&objects).await, [1, 9].map(JobId::from_u128));
    assert_eq!(bucket.lock().expect("no panic").len(), 6);
    objects.delete_jobs(&[]).await.expect("forgetting nothing is fine");
}

#[tokio::test]
async fn a_bucket_stores_objects_like_a_folder() {
    let (bucket, environment) = serve().await;
    let objects = Objects::open("s3://files/of/ours", environment).expect("opens");
    for (key, bytes) in [
        (key(1, 1, 0), "a"),
        (key(1, 2, 0), "b"),
        (key(1, 12, 0), "c"),
        (key(2, 1, 0), "d"),
        (key(3, 1, 1), ""),
    ] {
        objects.put(key, bytes.into()).await.expect("is written");
    }
    let ours = |key: &String| key.starts_with("of/ours/artifacts/00000000-0000-0000-0000-00000000000");
    assert!(bucket.lock().expect("no panic").keys().all(ours));
    assert_eq!(get(&objects, key(1, 2, 0)).await.as_deref(), Some(&b"b"[..]));
    assert_eq!(get(&objects, key(3, 1, 1)).await.as_deref(), Some(&b""[..]));
    assert_eq!(get(&objects, key(1, 3, 0)).await, None);
    assert_eq!(jobs(&objects).await, [1, 2, 3].map(JobId::from_u128));

    objects.delete_other_attempts(JobId::from_u128(1), 2).await.expect("deletes");
    assert_eq!(get(&objects, key(1, 1, 0)).await, None);
    assert_eq!(get(&objects, key(1, 12, 0)).await, None);
    assert!(get(&objects, key(1, 2, 0)).await.is_some());

    objects.delete_job(JobId::from_u128(1)).await.expect("deletes");
    objects.delete_job(JobId::from_u128(9)).await.expect("forgetting nothing is fine");
    assert_eq!(jobs(&objects).await, [2, 3].map(JobId::from_u128));
}

#[tokio::test]
async fn an_error_of_the_bucket_is_reported() {
    let (_, environment) = serve().await;
    let objects = Objects::open("s3://others", environment).expect("opens");
    let failed = objects.next_jobs(&mut JobScan::default(), 10).await;
    assert!(matches!(failed, Err(ObjectsError::List(_))), "{failed:?}");
    let failed = objects.put(key(1, 1, 0), b"x".to_vec()).await;
    assert!(matches!(failed, Err(ObjectsError::Put { .. })), "{failed:?}");
    assert!(
        matches!(objects.get(key(1, 1, 0)).await, Err(ObjectsError::Get { .. })),
        "not the same as missing"
    );
}
