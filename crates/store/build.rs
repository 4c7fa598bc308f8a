//! Build script: rebuilds after a change of the migrations, because `sqlx::migrate!` tracks only known files.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
