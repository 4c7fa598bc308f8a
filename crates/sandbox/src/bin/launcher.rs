//! A launcher alone, for the tests of this crate; the product's is a hidden command of the `coderunner` binary.

fn main() {
    sandbox::launcher::main()
}
