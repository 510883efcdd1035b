//! Assets are part of the binary, so that a change of one builds it again.

fn main() {
    println!("cargo:rerun-if-changed=assets");
}
