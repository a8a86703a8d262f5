//! Feeds `references` of the properties.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| conndeck_fuzz::references::check(data));
