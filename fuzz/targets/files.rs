//! Fuzz targets for files: control files of cgroups, `/proc`, language files, and the journal of the queue.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kernel::fuzzing::files(bytes);
    languages::fuzzing::files(bytes);
    broker::fuzzing::journal(bytes);
});
