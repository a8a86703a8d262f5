//! Each rule on small files, and all of them on real ones.
