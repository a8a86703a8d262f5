//! Conndeck manages the connections of Dynamiq workflows: one YAML file each, edited in a terminal.
//!
//! ```text
//!         keys ─┐                                   ┌─> screen (App::view)
//! connections.d ┼─> Event ─> App::update ─> Effect ─┤
//! worker results┘     ^                             └─> worker: load, save, delete, scan
//!                     └───────────── Event ─────────┘
//! ```
//!
//! A module uses what stands above it here, never what stands below; `ARCHITECTURE.md` has the
//! whole picture, and a test (`tests/it/tidy.rs`) keeps it true.

// Domain: pure, no input or output, cannot fail. Wrong user data is a value (`Finding`).
// The empty lines keep the order, which is the point of this list.

pub mod order;

pub mod parallel;

pub mod connection;

pub mod wrapping;

pub mod filter;

pub mod catalog;

pub mod document;

pub mod interpolation;

pub mod field_path;

pub mod field_value;

pub mod check;

pub mod merge;

pub mod definition;

pub mod json_schema;

pub mod reference;

pub mod resolution;

pub mod bridge;

pub mod rename;

// Disk: the only modules that read and write files.

pub mod store;

pub mod watch;

pub mod cache;

pub mod workflow;

pub mod git;

pub mod inventory;

pub mod project;

pub mod state;

pub mod history;

pub mod draft;

pub mod audit;

pub mod needs;

// Front ends: they do not know each other, but that `plain` stands on `cli`.

pub mod cli;

pub mod plain;

pub mod tui;
