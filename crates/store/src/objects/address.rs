//! Address of the object storage: parses and checks `file:///folder` or `s3://bucket/prefix`, without any access
//! to the storage.

use std::path::Path as FsPath;

use object_store::path::Path as ObjectPath;

use super::error::ObjectsError;

/// A parsed address.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address<'a> {
    /// A folder of this machine.
    Folder(&'a FsPath),
    /// A prefix in an S3 bucket.
    Bucket { bucket: &'a str, prefix: ObjectPath },
}

/// Parses an address.
pub(super) fn parse(url: &str) -> Result<Address<'_>, ObjectsError> {
    match url.split_once("://") {
        Some(("file", folder)) => parse_folder(folder),
        Some(("s3", path)) => parse_bucket(path),
        _ => Err("must begin with file:// or s3://"),
    }
    .map_err(ObjectsError::Url)
}

fn parse_folder(folder: &str) -> Result<Address<'_>, &'static str> {
    let is_valid = folder.starts_with('/') && folder.len() > 1 && !folder.contains('\0');
    if is_valid {
        Ok(Address::Folder(FsPath::new(folder)))
    } else {
        Err("must name a folder from the root on, such as file:///var/lib/coderunner/objects")
    }
}

fn parse_bucket(path: &str) -> Result<Address<'_>, &'static str> {
    if path.contains(['?', '#']) {
        return Err(
            "must have no ? and no #: which S3 it is, and who asks, is told by variables such as AWS_ENDPOINT",
        );
    }
    let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
    if bucket.contains(['@', ':']) {
        return Err(
            "must have no key and no port: which S3 it is, and who asks, is told by variables such as AWS_ENDPOINT and \
             AWS_ACCESS_KEY_ID",
        );
    }
    if !is_bucket_name(bucket) {
        return Err(
            "must name a bucket, such as s3://bucket/prefix: 3 to 63 lower-case letters, digits, hyphens and dots, the first and \
             the last of them a letter or a digit",
        );
    }
    let prefix = ObjectPath::parse(prefix)
        .map_err(|_| "must have a prefix without empty parts, such as s3://bucket/a/b")?;
    Ok(Address::Bucket { bucket, prefix })
}

/// Whether a name follows the S3 rules for bucket names, except its lists of reserved prefixes and suffixes.
fn is_bucket_name(name: &str) -> bool {
    let is_letter_or_digit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| is_letter_or_digit(c) || c == '-' || c == '.')
        && name.starts_with(is_letter_or_digit)
        && name.ends_with(is_letter_or_digit)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_separated_from_the_prefix() {
        for (url, bucket, prefix) in [
            ("s3://bucket", "bucket", ""),
            ("s3://a-b.c9/", "a-b.c9", ""),
            ("s3://bucket/a/b", "bucket", "a/b"),
            ("s3://bucket/a/", "bucket", "a"),
        ] {
            let prefix = ObjectPath::from(prefix);
            assert_eq!(parse(url).expect(url), Address::Bucket { bucket, prefix }, "{url}");
        }
    }

    #[test]
    fn an_invalid_address_is_rejected_and_not_shown() {
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
            let error = parse(url).expect_err(url).to_string();
            assert!(error.contains(says) && !error.contains("hunter2"), "{url}: {error}");
        }
    }
}
