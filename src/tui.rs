//! The interface in the terminal: state, screen, and the loop that joins them to the world.

pub mod input;
pub mod signal;
pub mod terminal;
