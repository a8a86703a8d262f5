//! The program: arguments, then a command or the screen, then an exit code.

fn main() {}
