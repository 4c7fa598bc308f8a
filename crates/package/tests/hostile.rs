//! Hostile packages: folders and archives that try to escape, to exhaust memory, or to block.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail, in what they share too")]

use std::{
    fs,
    io::{Cursor, Read as _, Write as _},
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
};

use package::{Caps, Package, Tree, TreeError};
use zip::{ZipWriter, write::SimpleFileOptions};

/// An archive of these files; a content that begins with `->` makes a link.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for (name, content) in files {
        if let Some(target) = content.strip_prefix("->") {
            writer.add_symlink(*name, target, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn open(bytes: &[u8], caps: Caps) -> Result<Tree, TreeError> {
    Tree::from_zip(bytes.into(), caps)
}

/// The archive is refused, and the reason says this.
fn refused(files: &[(&str, &str)], expected: &str) {
    let error = open(&zip(files), Caps::default()).unwrap_err().to_string();
    assert!(error.contains(expected), "{error} does not say {expected}");
}

/// Replaces bytes of an archive, to say what no writer would.
fn forge(mut archive: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<_> =
        (0..=archive.len() - from.len()).filter(|at| archive[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for at in places {
        archive[at..at + to.len()].copy_from_slice(to);
    }
    archive
}

fn read(tree: &Tree, path: &str) -> Result<String, TreeError> {
    let file = tree.file(path)?.ok_or_else(|| TreeError::Missing { name: path.to_owned() })?;
    tree.text(&file, 1024)
}

#[test]
fn names_that_lead_out_of_an_archive_are_refused() {
    for name in ["../evil", "a/../../evil", "/etc/evil", "a\\..\\evil"] {
        let placeholder = "x".repeat(name.len());
        let archive = forge(zip(&[(&placeholder, "")]), placeholder.as_bytes(), name.as_bytes());
        let error = open(&archive, Caps::default()).unwrap_err();
        assert!(matches!(&error, TreeError::Name { name: found, .. } if found == name), "{name}: {error}");
    }
}

#[test]
fn a_name_that_comes_twice_is_refused() {
    let archive = forge(zip(&[("aaaa", "1"), ("bbbb", "2")]), b"bbbb", b"aaaa");
    assert!(open(&archive, Caps::default()).is_err());
    refused(&[("a", "file"), ("a/b", "below a file")], "twice");
}

#[test]
fn links_that_leave_are_named_and_lead_nowhere() {
    for target in ["->/etc/passwd", "->../../etc/passwd", "->../../nowhere", "->b/../../../x"] {
        let tree = open(&zip(&[("data/link", target), ("data/b/c", "")]), Caps::default()).unwrap();
        let said: Vec<_> = tree.warnings().iter().map(ToString::to_string).collect();
        assert!(said[0].contains("data/link is a link that leaves the package"), "{target}: {said:?}");
        assert_eq!(tree.file("data/link").unwrap(), None, "{target}");
        assert!(!tree.folder("data").unwrap().unwrap().files.contains_key("link"), "{target}");
    }
}

#[test]
fn a_name_with_backslashes_is_shown_as_it_is() {
    let archive = forge(zip(&[("data/secret/1.in", "")]), b"data/secret/1.in", b"data\\secret\\1.in");
    let error = open(&archive, Caps::default()).unwrap_err().to_string();
    assert!(
        error.contains("\"data\\secret\\1.in\" has a backslash") && error.contains("zip program"),
        "{error}"
    );
}

#[test]
fn links_in_a_circle_are_refused() {
    refused(&[("a", "->b"), ("b", "->a")], "leads in a circle");
    let tree = open(&zip(&[("a/x", "->../b"), ("b/y", "->../a")]), Caps::default()).unwrap();
    assert!(matches!(tree.folder(""), Err(TreeError::LinkLoop { .. })));
}

#[test]
fn links_that_multiply_folders_end_at_the_cap() {
    let mut files = Vec::new();
    for level in 0..30 {
        for branch in ["x", "y"] {
            files.push((format!("f{level:02}/{branch}"), format!("->../f{:02}", level + 1)));
        }
    }
    files.push(("f30/end".to_owned(), "end".to_owned()));
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
    let tree = open(&zip(&files), Caps::default()).unwrap();
    let error = tree.folder("").unwrap_err().to_string();
    assert!(error.contains("more entries through links"), "{error}");
}

#[test]
fn links_inside_are_followed_through_chains_and_folders() {
    let files = [
        ("p/problem.yaml", "x"),
        ("p/data/one/1.in", "input"),
        ("p/data/two", "->one"),
        ("p/data/three/1.in", "->../two/1.in"),
        ("p/data/gone", "->nowhere"),
    ];
    let tree = open(&zip(&files), Caps::default()).unwrap();
    assert_eq!(read(&tree, "data/three/1.in").unwrap(), "input");
    assert_eq!(read(&tree, "data/two/1.in").unwrap(), "input");
    assert_eq!(tree.folder("data/two").unwrap().unwrap().files["1.in"].path, "data/two/1.in");
    assert_eq!(tree.warnings().len(), 1, "the link to nowhere is told: {:?}", tree.warnings());
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let zeros = "0".repeat(2_000_000);
    let archive = zip(&[("a", &zeros), ("b", &zeros)]);
    let caps = Caps { ratio_free_bytes: 1_000_000, ..Caps::default() };
    assert!(matches!(open(&archive, caps), Err(TreeError::Bomb { .. })));
    assert!(open(&archive, Caps::default()).is_ok(), "a small test of equal letters is no bomb");
}

#[test]
fn a_file_longer_than_the_archive_says_is_an_error() {
    let long = "0123456789".repeat(100);
    let archive = zip(&[("a", &long)]);
    let lie = forge(archive, &1000_u32.to_le_bytes(), &10_u32.to_le_bytes());
    let tree = open(&lie, Caps::default()).unwrap();
    let file = tree.file("a").unwrap().unwrap();
    assert_eq!(file.bytes, 10);
    let mut content = Vec::new();
    let error = tree.open(&file).unwrap().read_to_end(&mut content).unwrap_err();
    assert!(error.to_string().contains("longer than the archive says"), "{error}");
}

#[test]
fn a_damaged_file_is_an_error() {
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a", options).unwrap();
    writer.write_all(b"precious").unwrap();
    let archive = forge(writer.finish().unwrap().into_inner(), b"precious", b"previous");
    let error = read(&open(&archive, Caps::default()).unwrap(), "a").unwrap_err();
    assert!(matches!(error, TreeError::Read { .. }), "{error}");
}

#[test]
fn what_is_no_archive_is_refused() {
    assert!(matches!(open(b"not a zip", Caps::default()), Err(TreeError::Archive(_))));
    let archive = zip(&[("a", "x")]);
    for cut in [1, archive.len() / 2, archive.len() - 1] {
        assert!(open(&archive[..cut], Caps::default()).is_err());
    }
}

#[test]
fn each_cap_is_kept_and_named() {
    let archive = zip(&[("a/b/c", "12345"), ("a/d", "12345")]);
    let caps = Caps::default();
    for (caps, expected) in [
        (Caps { entries: 3, ..caps }, "more entries"),
        (Caps { entries: 1, ..caps }, "entries"),
        (Caps { depth: 2, ..caps }, "2 levels"),
        (Caps { file_bytes: 4, ..caps }, "5 bytes, more than the 4 bytes"),
        (Caps { total_bytes: 9, ..caps }, "10 bytes, more than the 9 bytes"),
        (Caps { archive_bytes: 10, ..caps }, "more than the 10 bytes"),
    ] {
        let error = open(&archive, caps).unwrap_err().to_string();
        assert!(error.contains(expected), "{error} does not say {expected}");
    }
    let tree = open(&archive, caps).unwrap();
    let file = tree.file("a/d").unwrap().unwrap();
    assert!(matches!(tree.read(&file, 4), Err(TreeError::TooMuch { .. })));
    let links: Vec<_> = (0..9).map(|n| (format!("l{n}"), format!("->l{}", n + 1))).collect();
    let mut files: Vec<_> = links.iter().map(|(name, to)| (name.as_str(), to.as_str())).collect();
    files.push(("l9", "end"));
    assert!(open(&zip(&files), caps).is_ok());
    let few = Caps { links: 5, ..caps };
    assert!(matches!(open(&zip(&files), few), Err(TreeError::LinkLoop { .. })));
}

#[test]
fn an_endless_list_of_files_is_not_read() {
    let names: Vec<_> = (0..400).map(|n| format!("{n:0250}")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    let error = open(&zip(&files), Caps { entries: 10, ..Caps::default() }).unwrap_err();
    assert!(matches!(error, TreeError::Archive(_) | TreeError::TooMuch { .. }), "{error}");
}

fn folder(fill: impl FnOnce(&Path)) -> (tempfile::TempDir, Result<Tree, TreeError>) {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let tree = Tree::open_path(folder.path(), Caps::default());
    (folder, tree)
}

#[test]
fn a_folder_with_a_pipe_or_a_socket_is_refused() {
    let (_folder, tree) = folder(|path| drop(UnixListener::bind(path.join("talk")).unwrap()));
    let error = tree.unwrap_err().to_string();
    assert!(error.starts_with("talk is a socket"), "{error}");
}

#[test]
fn a_link_out_of_a_folder_is_named_and_leads_nowhere() {
    for target in ["/etc/passwd", "../outside", "sub/../../outside"] {
        let (_folder, tree) = folder(|path| symlink(target, path.join("link")).unwrap());
        let tree = tree.unwrap();
        assert!(
            tree.warnings()[0].to_string().contains("link is a link that leaves the package"),
            "{target}"
        );
        assert_eq!(tree.file("link").unwrap(), None, "{target}");
    }
}

#[test]
fn a_folder_that_is_changed_later_leads_nowhere_else() {
    let (folder, tree) = folder(|path| {
        fs::create_dir(path.join("sub")).unwrap();
        fs::write(path.join("sub/file"), "inside").unwrap();
        fs::write(path.join("other"), "inside").unwrap();
    });
    let tree = tree.unwrap();
    fs::remove_file(folder.path().join("other")).unwrap();
    symlink("/etc/hostname", folder.path().join("other")).unwrap();
    assert!(read(&tree, "other").is_err(), "a file became a link");
    fs::remove_dir_all(folder.path().join("sub")).unwrap();
    symlink("/etc", folder.path().join("sub")).unwrap();
    assert!(read(&tree, "sub/file").is_err(), "a folder became a link");
}

#[test]
fn hidden_folders_are_looked_over() {
    let (_folder, tree) = folder(|path| {
        fs::create_dir(path.join(".git")).unwrap();
        symlink("/etc/passwd", path.join(".git/link")).unwrap();
        fs::write(path.join("file"), "x").unwrap();
    });
    assert_eq!(tree.unwrap().folder("").unwrap().unwrap().all_files().len(), 1);
}

#[test]
fn a_large_test_is_read_piece_by_piece() {
    let large = 300_u64 * 1024 * 1024;
    let (_folder, tree) = folder(|path| fs::File::create(path.join("1.in")).unwrap().set_len(large).unwrap());
    let tree = tree.unwrap();
    let file = tree.file("1.in").unwrap().unwrap();
    assert_eq!(file.bytes, large);
    let mut start = [1; 16];
    tree.open(&file).unwrap().read_exact(&mut start).unwrap();
    assert_eq!(start, [0; 16]);
    assert!(tree.read(&file, 1024).is_err());
}

#[test]
fn settings_that_would_fill_the_memory_are_refused() {
    let long = format!("title: x\n#{}", " ".repeat(2 * 1024 * 1024));
    let archive = zip(&[("problem.yaml", &long)]);
    let error = Package::from_zip(archive.into(), Caps::default()).unwrap_err().to_string();
    assert!(error.starts_with("problem.yaml has"), "{error}");
}
