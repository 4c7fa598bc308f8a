//! Fuzz targets for requests: bodies of submissions, frames of sessions, URLs with their queries, headers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    execution::fuzzing::submissions(bytes);
    gateway::fuzzing::parameters(bytes);
    execution::fuzzing::parameters(bytes);
});
