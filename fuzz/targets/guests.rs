//! Fuzz targets for guest data: messages of inits and launchers, file lists, messages of a waiting runtime,
//! output and files of a program, and sources, which are scanned before compilation.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    sandbox::fuzzing::messages(bytes);
    worker::fuzzing::left_behind(bytes);
    execution::fuzzing::results(bytes);
    languages::fuzzing::sources(bytes);
});
