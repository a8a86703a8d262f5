//! Nothing: the benchmarks are `micro.rs`.
