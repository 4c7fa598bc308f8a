//! Builds this crate again when a language file is added or taken away, which embedding alone would not notice.

fn main() {
    println!("cargo::rerun-if-changed=../../languages");
}
