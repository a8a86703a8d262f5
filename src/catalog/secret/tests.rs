//! What is masked, and what stays readable.
