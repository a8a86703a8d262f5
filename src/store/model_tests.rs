//! A property.
