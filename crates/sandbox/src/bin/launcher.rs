//! Launcher binary for the tests of this crate. In the product, the launcher is a hidden command of `coderunner`.

fn main() {
    sandbox::launcher::main()
}
