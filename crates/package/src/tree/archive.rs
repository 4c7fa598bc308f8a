//! Zip archives: directory read once within bounds, files unpacked on demand with verified length and
//! checksum.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::{CrcReader, read::DeflateDecoder};
use zip::{CompressionMethod, ZipArchive};

use super::{Census, TreeError, name};
use crate::{Caps, regular_file};

/// Maximum bytes of the central directory per permitted entry.
const LIST_BYTES_PER_ENTRY: u64 = 512;

#[derive(Debug, Clone)]
enum Bytes {
    OnDisk(Arc<File>),
    InMemory(Arc<[u8]>),
}

/// Reader of the archive's bytes with a position of its own. `allowance` bounds it while the directory is
/// read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    bytes: Bytes,
    length: u64,
    at: u64,
    allowance: Arc<AtomicU64>,
}

impl Source {
    pub(super) fn on_disk(path: &Path) -> io::Result<Self> {
        let file = regular_file::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { bytes: Bytes::OnDisk(Arc::new(file)), length, at: 0, allowance: Arc::default() })
    }

    pub(super) fn in_memory(bytes: Arc<[u8]>) -> Self {
        let length = bytes.len() as u64;
        Self { bytes: Bytes::InMemory(bytes), length, at: 0, allowance: Arc::default() }
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = match &self.bytes {
            Bytes::OnDisk(file) => file.read_at(into, self.at)?,
            Bytes::InMemory(bytes) => {
                let from = usize::try_from(self.at).unwrap_or(usize::MAX).min(bytes.len());
                (&bytes[from..]).read(into)?
            }
        };
        let count = read as u64;
        let spend = |left: u64| left.checked_sub(count);
        if self.allowance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_err() {
            return Err(io::Error::other("its list of files is too long"));
        }
        self.at += count;
        Ok(read)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// An archive with a checked directory.
#[derive(Debug)]
pub(super) struct Archive(ZipArchive<Source>);

impl Archive {
    /// Adds the directory to the census.
    pub(super) fn survey(source: Source, caps: &Caps, census: &mut Census) -> Result<Self, TreeError> {
        if source.length > caps.archive_bytes {
            let allowed = format!("{} bytes", caps.archive_bytes);
            return Err(TreeError::too_much("the archive", format!("{} bytes", source.length), allowed));
        }
        let (length, allowance) = (source.length, source.allowance.clone());
        allowance.store(caps.entries as u64 * LIST_BYTES_PER_ENTRY, Ordering::Relaxed);
        let mut archive = ZipArchive::new(source).map_err(TreeError::Archive)?;
        if archive.len() > caps.entries {
            return Err(TreeError::too_much(
                "the archive",
                format!("{} entries", archive.len()),
                caps.entries,
            ));
        }
        // From here on the number of entries bounds the reads.
        allowance.store(u64::MAX, Ordering::Relaxed);
        if archive.has_overlapping_entries().map_err(TreeError::Archive)? {
            return Err(TreeError::Overlap);
        }
        if archive.has_duplicate_names() {
            return Err(TreeError::DuplicateName { name: "an entry".to_owned() });
        }
        for index in 0..archive.len() {
            survey_entry(&mut archive, index, census)?;
        }
        check_ratio(length, census.total_bytes(), caps)?;
        Ok(Self(archive))
    }

    /// Unpacks one file as it is read.
    pub(super) fn open(&self, index: usize, name: &str) -> Result<Box<dyn Read + Send>, TreeError> {
        let mut archive = self.0.clone();
        let mut source = archive.clone().into_inner();
        let entry = archive.by_index(index).map_err(TreeError::Archive)?;
        let start = entry.data_start().ok_or_else(|| TreeError::Missing { name: name.to_owned() })?;
        let (packed, bytes, crc) =
            (entry.entry().compressed_size(), entry.entry().size(), entry.entry().crc32());
        source.at = start;
        let source = source.take(packed);
        let unpacked: Box<dyn Read + Send> = match entry.entry().compression() {
            CompressionMethod::Stored => Box::new(source),
            _ => Box::new(DeflateDecoder::new(source)),
        };
        Ok(Box::new(VerifiedReader { inner: CrcReader::new(unpacked), left: bytes, crc }))
    }
}

fn survey_entry(
    archive: &mut ZipArchive<Source>,
    index: usize,
    census: &mut Census,
) -> Result<(), TreeError> {
    const KIND: u32 = 0o170_000;
    let entry = archive.by_index_raw(index).map_err(TreeError::Archive)?;
    let Ok(full) = std::str::from_utf8(entry.name_raw()).map(str::to_owned) else {
        census.warn_of_name("", entry.name_raw());
        return Ok(());
    };
    let Some(parts) = name::components(&full)? else { return Ok(()) };
    let whole = parts.join("/");
    let facts = entry.entry();
    let mode = facts.unix_mode().unwrap_or(0);
    let (bytes, encrypted, method) = (facts.size(), facts.encrypted(), facts.compression());
    if encrypted {
        return Err(TreeError::Packing { name: whole, how: "locked with a password" });
    }
    if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(TreeError::Packing { name: whole, how: "packed by an unusual method" });
    }
    match mode & KIND {
        0o040_000 => census.folder(&whole),
        0o120_000 => {
            drop(entry);
            let target = read_target(archive, index, &whole, bytes)?;
            census.link(&whole, &target)
        }
        0o100_000 | 0 if full.ends_with('/') => census.folder(&whole),
        0o100_000 | 0 => census.file(&whole, bytes, mode & 0o111 != 0, index),
        0o020_000 | 0o060_000 => Err(TreeError::Special { name: whole, kind: "device" }),
        0o010_000 => Err(TreeError::Special { name: whole, kind: "named pipe" }),
        _ => Err(TreeError::Special { name: whole, kind: "thing of unknown kind" }),
    }
}

/// The target of a link in the archive: its content, of limited length.
fn read_target(
    archive: &mut ZipArchive<Source>,
    index: usize,
    name: &str,
    bytes: u64,
) -> Result<String, TreeError> {
    const LONGEST: u64 = 4096;
    if bytes > LONGEST {
        return Err(TreeError::too_much(name, format!("a target of {bytes} bytes"), LONGEST));
    }
    let mut target = String::new();
    let entry = archive.by_index(index).map_err(TreeError::Archive)?;
    let read = entry.take(LONGEST).read_to_string(&mut target);
    read.map_err(|source| TreeError::Read { name: name.to_owned(), source })?;
    Ok(target)
}

fn check_ratio(archive: u64, unpacked: u64, caps: &Caps) -> Result<(), TreeError> {
    let allowed = archive.saturating_mul(caps.ratio).max(caps.ratio_free_bytes);
    if unpacked > allowed {
        return Err(TreeError::Bomb { archive, unpacked, ratio: caps.ratio });
    }
    Ok(())
}

/// Reader that verifies length and checksum of the directory. Caps were checked against the directory, so it
/// is not trusted.
struct VerifiedReader {
    inner: CrcReader<Box<dyn Read + Send>>,
    left: u64,
    crc: u32,
}

impl Read for VerifiedReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let lied = |what| Err(io::Error::new(io::ErrorKind::InvalidData, what));
        let read = self.inner.read(into)?;
        match self.left.checked_sub(read as u64) {
            None => return lied("longer than the archive says"),
            Some(left) => self.left = left,
        }
        if read == 0 && !into.is_empty() && self.left > 0 {
            return lied("shorter than the archive says");
        }
        if read == 0 && !into.is_empty() && self.inner.crc().sum() != self.crc {
            return lied("damaged: its checksum is not the archive's");
        }
        Ok(read)
    }
}
