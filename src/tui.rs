//! The interface in the terminal: state, screen, and the loop that joins them to the world.

pub mod input;
pub mod signal;
pub mod terminal;

pub mod effect;
pub mod event;
pub mod keymap;
pub mod layout;
pub mod style;
pub mod text;

pub mod excerpt;
pub mod line;
pub mod list;
pub mod lookup;
pub mod matched;
pub mod tabs;
pub mod uses;
pub mod workflows;

pub mod detail;
pub mod form;
pub mod popup;

pub mod app;
pub mod clipboard;
pub mod editor;
pub mod job;
pub mod runtime;
pub mod value_file;
