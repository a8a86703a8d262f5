//! The names in the directory: all that is known before a file is opened.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
#[cfg(target_os = "linux")]
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::FileType;

use super::hidden::is_temporary_name;
use super::lock::open_dir;
use super::name::{id_bytes, id_text, is_connection_file_name, is_simple};
use crate::connection::ConnectionId;

/// The names of the connection files at one time, in one piece of memory: thousands of them are
/// waited for.
#[derive(Debug, Default)]
pub struct Listing {
    /// Whether the directory was there.
    pub(super) exists: bool,
    /// All names, one behind the other.
    text: Vec<u8>,
    names: Vec<Place>,
    /// Whether something is there that only a cleaning can tell from what a killed program left.
    may_need_cleaning: bool,
}

/// Where a name is in the text.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    length: u16,
    id_length: u16,
    is_regular: bool,
    is_simple: bool,
}

/// The name of a connection file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'l> {
    pub(super) text: &'l OsStr,
    /// Its id as the name has it.
    id: &'l [u8],
    /// Whether it is a regular file for sure.
    pub(super) is_regular: bool,
    /// Whether the id is the stem as it stands.
    is_simple: bool,
}

impl Name<'_> {
    /// The order of a [`super::Snapshot`]: by id, and files with the same id by their name.
    fn by_id(&self, other: &Self) -> Ordering {
        if self.is_simple && other.is_simple {
            return (self.id, self.text).cmp(&(other.id, other.text));
        }
        (id_text(self.text), self.text).cmp(&(id_text(other.text), other.text))
    }
}

impl Listing {
    /// Lists the directory. One that is missing has no names.
    pub(super) fn read(dir: &Path) -> io::Result<Self> {
        let opened = match open_dir(dir) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_missing(dir) => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error),
        };
        let mut listing = Self {
            exists: true,
            ..Self::default()
        };
        // What the directory itself does not know is found out later.
        each_entry(opened, |name, kind| {
            listing.add(name, kind == FileType::RegularFile);
        })?;
        Ok(listing)
    }

    fn add(&mut self, name: &OsStr, is_regular: bool) {
        if !is_connection_file_name(name) {
            self.may_need_cleaning |= is_temporary_name(name);
            return;
        }
        // Where a symlink leads, files may have been left as well.
        self.may_need_cleaning |= !is_regular;
        // No system has longer names than this.
        let id = id_bytes(name);
        let (Ok(length), Ok(id_length)) = (u16::try_from(name.len()), u16::try_from(id.len()))
        else {
            return;
        };
        self.names.push(Place {
            start: self.text.len(),
            length,
            id_length,
            is_regular,
            is_simple: is_simple(name),
        });
        self.text.extend_from_slice(name.as_bytes());
    }

    /// How many connection files there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether [`super::Store::clean_up`] may find something.
    pub fn may_need_cleaning(&self) -> bool {
        self.may_need_cleaning
    }

    /// The file names that are first in the order of a [`super::Snapshot`], `most` of them: without
    /// putting the others in order.
    pub fn first(&self, most: usize) -> Vec<&OsStr> {
        let mut first: Vec<Name<'_>> = Vec::with_capacity(most + 1);
        for name in self.names() {
            let is_behind = |last: &Name<'_>| name.by_id(last).is_ge();
            if first.len() == most && first.last().is_none_or(is_behind) {
                continue;
            }
            let place = first.partition_point(|other| other.by_id(&name).is_lt());
            first.insert(place, name);
            first.truncate(most);
        }
        texts(&first)
    }

    /// Whether the directory was there.
    pub fn was_there(&self) -> bool {
        self.exists
    }

    /// The name of the file that is first in the order of a [`super::Snapshot`] among those of that
    /// id.
    pub fn of(&self, id: &ConnectionId) -> Option<&OsStr> {
        let has_id = |name: &Name<'_>| {
            if name.is_simple {
                name.id == id.as_str().as_bytes()
            } else {
                id_text(name.text) == id.as_str()
            }
        };
        let first = self.names().filter(has_id).min_by(Name::by_id)?;
        Some(first.text)
    }

    /// All file names, in the order of a [`super::Snapshot`].
    pub fn all(&self) -> Vec<&OsStr> {
        texts(&self.in_order())
    }

    /// The names in the order of a [`super::Snapshot`].
    pub(super) fn in_order(&self) -> Vec<Name<'_>> {
        let mut names: Vec<Name<'_>> = self.names().collect();
        names.sort_unstable_by(Name::by_id);
        names
    }

    /// The names in no order.
    fn names(&self) -> impl Iterator<Item = Name<'_>> {
        let name = |place: &Place| {
            let text = &self.text[place.start..][..usize::from(place.length)];
            Name {
                text: OsStr::from_bytes(text),
                id: &text[..usize::from(place.id_length)],
                is_regular: place.is_regular,
                is_simple: place.is_simple,
            }
        };
        self.names.iter().map(name)
    }
}

fn texts<'l>(names: &[Name<'l>]) -> Vec<&'l OsStr> {
    names.iter().map(|name| name.text).collect()
}

/// Shows each name in a directory, and what it is as far as the directory knows.
#[cfg(target_os = "linux")]
fn each_entry(dir: File, mut see: impl FnMut(&OsStr, FileType)) -> io::Result<()> {
    // No copy of each name.
    let mut buffer = vec![MaybeUninit::uninit(); 32 * 1024];
    let mut entries = rustix::fs::RawDir::new(dir, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        see(
            OsStr::from_bytes(entry.file_name().to_bytes()),
            entry.file_type(),
        );
    }
    Ok(())
}

/// Shows each name in a directory, and what it is as far as the directory knows.
#[cfg(not(target_os = "linux"))]
fn each_entry(dir: File, mut see: impl FnMut(&OsStr, FileType)) -> io::Result<()> {
    for entry in rustix::fs::Dir::new(dir)? {
        let entry = entry?;
        see(
            OsStr::from_bytes(entry.file_name().to_bytes()),
            entry.file_type(),
        );
    }
    Ok(())
}

/// A symlink to nothing is there, and an error; a directory that nobody made yet is neither.
fn is_missing(dir: &Path) -> bool {
    std::fs::symlink_metadata(dir).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&[u8]]) -> Listing {
        let mut listing = Listing::default();
        for name in names {
            listing.add(OsStr::from_bytes(name), true);
        }
        listing
    }

    #[test]
    fn the_first_are_those_that_all_begin_with() {
        let names: [&[u8]; 9] = [
            b"b.yaml",
            b"a-b.yaml",
            b"a.yml",
            b"a.yaml",
            b"a\x1b.yaml",
            b"\xff.yaml",
            "\u{e9}.yaml".as_bytes(),
            b"a.b.yaml",
            b"no connection",
        ];
        let listing = listing(&names);
        let all = listing.all();
        assert_eq!(listing.len(), 8);
        let mut by_id: Vec<(String, &OsStr)> =
            all.iter().map(|name| (id_text(name), *name)).collect();
        by_id.sort();
        let by_id: Vec<&OsStr> = by_id.into_iter().map(|(_, name)| name).collect();
        assert_eq!(all, by_id);
        for most in 0..10 {
            assert_eq!(listing.first(most), all[..most.min(8)], "{most}");
        }
    }

    #[test]
    fn what_may_have_been_left_behind_is_noticed() {
        assert!(!listing(&[b"a.yaml", b".gitignore", b".conndeck-lock.tmp"]).may_need_cleaning());
        assert!(listing(&[b"a.yaml", b".conndeck-0123456789abcdef.tmp"]).may_need_cleaning());
        let mut with_link = listing(&[b"a.yaml"]);
        with_link.add("b.yaml".as_ref(), false);
        assert!(with_link.may_need_cleaning());
    }
}
