//! Makes cargo notice a new migration: `sqlx::migrate!` by itself only tracks the files it saw last time.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
