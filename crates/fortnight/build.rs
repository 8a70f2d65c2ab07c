//! Links the launcher at a fixed address on Linux: to relocate its 117,000 pointers takes half of the start of a command.
//!
//! The services in the images are not affected; they keep address space randomization.

#![expect(clippy::disallowed_methods, reason = "cargo describes the target in the environment")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |name| std::env::var(name).unwrap_or_default();
    if target("CARGO_CFG_TARGET_OS") == "linux" && target("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bin=fortnight=-no-pie");
    }
}
