//! What a request says: bodies of submissions and frames of sessions, addresses and their queries, headers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    execution::fuzzing::submissions(bytes);
    gateway::fuzzing::parameters(bytes);
    execution::fuzzing::parameters(bytes);
});
