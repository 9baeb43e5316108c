# Sourced by tools/setup and tools/build-engine: which cargo and rustc build the engine, and whether any build guests.
# shellcheck shell=bash

readonly rust_minimum=1.95

# Sets rust_cargo and rust_rustc to the first pair that is new enough. Fails if there is none.
find_rust() {
  local candidate version
  for candidate in "$(command -v cargo || true)" "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" /usr/bin/cargo; do
    rust_rustc=${candidate%cargo}rustc
    [[ -n $candidate && -x $candidate && -x $rust_rustc ]] || continue
    version=$("$candidate" --version 2>/dev/null | cut -d' ' -f2) || continue
    [[ $(printf '%s\n' "$rust_minimum" "$version" | sort -V | head -n1) == "$rust_minimum" ]] || continue
    rust_cargo=$candidate
    return 0
  done
  return 1
}

# Whether `theater build` finds a Rust for WebAssembly (src/theater/cli/toolchain/doctor.cc): one with the target, or with
# the source of the standard library.
has_rust_for_guests() {
  local rustc base
  for rustc in "$(command -v rustc || true)" /usr/bin/rustc; do
    [[ -n $rustc && -x $rustc && -x ${rustc%rustc}cargo ]] || continue
    base=$("$rustc" --print sysroot 2>/dev/null)/lib/rustlib || continue
    [[ ! -d $base/wasm32-unknown-unknown/lib && ! -f $base/src/rust/library/std/Cargo.toml ]] || return 0
  done
  return 1
}
