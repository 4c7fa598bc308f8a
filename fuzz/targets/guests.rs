//! What comes out of a sandbox: messages of inits and launchers, lists of files, what a waiting runtime says; and what a program
//! wrote and left behind, on its way to its submitter; and sources, which are read before they are compiled.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    sandbox::fuzzing::messages(bytes);
    worker::fuzzing::left_behind(bytes);
    execution::fuzzing::results(bytes);
    languages::fuzzing::sources(bytes);
});
