//! Environment of a measurement: machine, versions, time and load.

use std::fs;

use kernel::cgroup::Layout;
use model::Timestamp;
use serde::Serialize;

/// Environment of a measurement.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MeasurementContext {
    pub(super) command: Vec<String>,
    pub(super) version: &'static str,
    pub(super) build: &'static str,
    pub(super) date: String,
    pub(super) cores: usize,
    pub(super) cpu: String,
    pub(super) memory_mib: Option<u64>,
    pub(super) kernel: String,
    pub(super) cgroups: &'static str,
    pub(super) root: bool,
    /// Averages of 1, 5 and 15 minutes before the first measurement; on an idle machine they are near 0.
    pub(super) load_before: Vec<f64>,
    /// The same after the last measurement, including the bench's own load.
    pub(super) load_after: Vec<f64>,
}

impl MeasurementContext {
    pub(super) fn now() -> Self {
        Self {
            command: command_line(),
            version: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            date: wire::rfc3339(Timestamp::now()),
            cores: cores(),
            cpu: field(&read("/proc/cpuinfo"), "model name").unwrap_or_default().to_owned(),
            memory_mib: field(&read("/proc/meminfo"), "MemTotal").and_then(mebibytes),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            cgroups: Layout::of_this_process().version().as_str(),
            root: kernel::has_root_capabilities(),
            load_before: load(),
            load_after: Vec::new(),
        }
    }

    pub(super) fn end(&mut self) {
        self.load_after = load();
    }
}

/// The command line without the path of the program, which is private.
fn command_line() -> Vec<String> {
    std::iter::once(env!("CARGO_BIN_NAME").to_owned()).chain(std::env::args().skip(1)).collect()
}

/// Number of usable cores.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The text behind the first `name:`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let of_line = |line: &'a str| line.split_once(':').filter(|(key, _)| key.trim() == name);
    text.lines().find_map(of_line).map(|(_, value)| value.trim())
}

fn mebibytes(kibibytes: &str) -> Option<u64> {
    kibibytes.strip_suffix(" kB")?.parse::<u64>().ok().map(|number| number / 1024)
}

fn load() -> Vec<f64> {
    read("/proc/loadavg").split_whitespace().take(3).filter_map(|one| one.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_proc_are_read_as_they_are_written() {
        assert_eq!(field("MemTotal:       24576000 kB\nMemFree: 1 kB", "MemTotal"), Some("24576000 kB"));
        assert_eq!(
            field("model name\t: A CPU @ 2.9GHz\nmodel name\t: B", "model name"),
            Some("A CPU @ 2.9GHz")
        );
        assert_eq!(mebibytes("24576000 kB"), Some(24_000));
        assert_eq!(field("", "MemTotal"), None);
    }

    #[test]
    fn a_machine_has_a_core_and_a_load() {
        assert!(cores() >= 1);
        assert_eq!(load().len(), 3);
    }
}
