//! Addresses of places for objects: `file:///folder` or `s3://bucket/prefix`, taken apart and checked without a look at the place.

use std::path::Path as Folder;

use object_store::path::Path as Prefix;

use super::ObjectsError;

/// What an address names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address<'a> {
    /// A folder of this machine.
    Folder(&'a Folder),
    /// A part of a bucket.
    Bucket { bucket: &'a str, prefix: Prefix },
}

/// Takes an address apart.
pub(super) fn parse(url: &str) -> Result<Address<'_>, ObjectsError> {
    match url.split_once("://") {
        Some(("file", folder)) => folder_at(folder),
        Some(("s3", place)) => bucket_at(place),
        _ => Err("must begin with file:// or s3://"),
    }
    .map_err(ObjectsError::Url)
}

fn folder_at(folder: &str) -> Result<Address<'_>, &'static str> {
    let is_one = folder.starts_with('/') && folder.len() > 1 && !folder.contains('\0');
    if is_one {
        Ok(Address::Folder(Folder::new(folder)))
    } else {
        Err("must name a folder from the root on, such as file:///var/lib/coderunner/objects")
    }
}

fn bucket_at(place: &str) -> Result<Address<'_>, &'static str> {
    if place.contains(['?', '#']) {
        return Err(
            "must have no ? and no #: which S3 it is, and who asks, is told by variables such as AWS_ENDPOINT",
        );
    }
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.contains(['@', ':']) {
        return Err(
            "must have no key and no port: which S3 it is, and who asks, is told by variables such as AWS_ENDPOINT and \
             AWS_ACCESS_KEY_ID",
        );
    }
    if !is_bucket(bucket) {
        return Err(
            "must name a bucket, such as s3://bucket/prefix: 3 to 63 lower-case letters, digits, hyphens and dots, the first and \
             the last of them a letter or a digit",
        );
    }
    let prefix = Prefix::parse(prefix)
        .map_err(|_| "must have a prefix without empty parts, such as s3://bucket/a/b")?;
    Ok(Address::Bucket { bucket, prefix })
}

/// The rules of S3 for names of buckets, without its lists of reserved beginnings and ends.
fn is_bucket(name: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| is_inner(c) || c == '-' || c == '.')
        && name.starts_with(is_inner)
        && name.ends_with(is_inner)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_told_from_its_prefix() {
        for (url, bucket, prefix) in [
            ("s3://bucket", "bucket", ""),
            ("s3://a-b.c9/", "a-b.c9", ""),
            ("s3://bucket/a/b", "bucket", "a/b"),
            ("s3://bucket/a/", "bucket", "a"),
        ] {
            let prefix = Prefix::from(prefix);
            assert_eq!(parse(url).expect(url), Address::Bucket { bucket, prefix }, "{url}");
        }
    }

    #[test]
    fn what_names_no_place_is_refused_and_not_shown() {
        for (url, says) in [
            ("", "must begin with"),
            ("S3://bucket", "must begin with"),
            ("file://folder", "from the root on"),
            ("file:///", "from the root on"),
            ("s3://", "must name a bucket"),
            ("s3:///prefix", "must name a bucket"),
            ("s3://ab", "must name a bucket"),
            ("s3://Bucket", "must name a bucket"),
            ("s3://-bucket", "must name a bucket"),
            ("s3://bu..cket", "must name a bucket"),
            ("s3://bu_cket", "must name a bucket"),
            ("s3://10.0.0.1/x", "must name a bucket"),
            ("s3://hunter2:secret@bucket", "no key and no port"),
            ("s3://bucket:9000/x", "no key and no port"),
            ("s3://bucket/x?region=hunter2", "no ? and no #"),
            ("s3://bucket/a//b", "without empty parts"),
        ] {
            let told = parse(url).expect_err(url).to_string();
            assert!(told.contains(says) && !told.contains("hunter2"), "{url}: {told}");
        }
    }
}
