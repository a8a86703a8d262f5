//! What is in the directory: [`Snapshot`] and [`StoreFile`], and how a [`Store`] reads them.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::hash::RandomState;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;

use super::Store;
use super::access::{Access, Scope};
use super::error::Deleted;
use super::listing::Listing;
use super::name::{folded_hash, folded_id, harmless, id_of_file, is_plain};
use super::read::{Stamp, Unreadable, not_a_file, read_listed, read_text};
use super::write::Contents;
use crate::connection::ConnectionId;
use crate::parallel;

/// So many files are read by one thread before it takes the next ones.
const CHUNK: usize = 64;

/// The connection files as they were at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Whether the directory was there.
    pub exists: bool,
    /// By id, in byte order; files with the same id by their name.
    pub files: Vec<StoreFile>,
}

impl Snapshot {
    /// The file of this id; the first of them if there are two (`a.yaml`, `a.yml`).
    pub fn get(&self, id: &ConnectionId) -> Option<&StoreFile> {
        let index = self.files.partition_point(|file| file.id < *id);
        self.files.get(index).filter(|file| file.id == *id)
    }
}

/// One connection file. `Debug` does not show what it holds.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreFile {
    /// The stem of the file's name; escaped where that is not plain text.
    pub id: ConnectionId,
    /// The name in the directory.
    pub file_name: OsString,
    /// The store's directory and the name.
    pub path: PathBuf,
    /// The exact text with its byte order mark and line endings, or why it is not known.
    /// Files that have not changed share it with the previous snapshot (`Arc::ptr_eq`).
    pub content: Result<Arc<str>, Unreadable>,
    /// Tells one state of the file from another; a symlink has that of its target.
    pub stamp: Stamp,
    /// Whether it may be written.
    pub access: Access,
    /// Whether the name is a symlink.
    pub is_link: bool,
    /// The names of other files that have the same id, but for case or ending. Some system, or
    /// some reader, takes them for one.
    pub clashes: Vec<String>,
}

impl fmt::Debug for StoreFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A connection file may hold secrets.
        let content = self.content.as_ref().map(|text| text.len());
        out.debug_struct("StoreFile")
            .field("path", &self.path)
            .field("content_length", &content)
            .field("stamp", &self.stamp)
            .field("access", &self.access)
            .field("is_link", &self.is_link)
            .field("clashes", &self.clashes)
            .finish_non_exhaustive()
    }
}

impl StoreFile {
    /// The text, if it could be read.
    pub fn text(&self) -> Option<&str> {
        self.content.as_deref().ok()
    }

    /// The file's name as it can be shown.
    pub fn shown_name(&self) -> String {
        harmless(&self.file_name)
    }

    /// Whether the file itself is for sure as it was, by its stamp alone: what its name leads to is
    /// not asked, and what has just changed may change again unseen.
    pub fn is_unchanged(&self) -> bool {
        let is_text_known = self.content.is_ok() && !self.is_link;
        is_text_known
            && fs::symlink_metadata(&self.path).is_ok_and(|metadata| {
                not_a_file(&metadata).is_none()
                    && Stamp::of(&metadata) == self.stamp
                    && self.stamp.is_settled(SystemTime::now())
            })
    }

    /// Whether both hold the same. Where the text is not known, the stamp has to do.
    pub(super) fn same_content(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Ok(mine), Ok(theirs)) => mine == theirs,
            (Err(mine), Err(theirs)) => mine == theirs && self.stamp == other.stamp,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        }
    }

    /// What brings this file back.
    pub(super) fn deleted(self, contents: Contents) -> Deleted {
        Deleted {
            id: self.id,
            file_name: self.file_name,
            path: self.path,
            contents,
        }
    }

    /// A file that is not there any more, as somebody remembers it.
    pub fn remembered(dir: &Path, file_name: &OsStr, text: &str) -> Self {
        Self {
            content: Ok(Arc::from(text)),
            access: Access::Writable,
            ..Self::listed(dir, file_name)
        }
    }

    /// A file of which no more is known than its name.
    pub(super) fn listed(dir: &Path, file_name: &OsStr) -> Self {
        Self {
            id: id_of_file(file_name),
            path: dir.join(file_name),
            file_name: file_name.to_owned(),
            content: Err(Unreadable::NotYet),
            stamp: Stamp::default(),
            access: Access::ReadOnly(Unreadable::NotYet.to_string()),
            is_link: false,
            clashes: Vec::new(),
        }
    }

    /// A file that was just made by us: known without reading it, which could already give what
    /// somebody else has put in its place.
    pub(super) fn written(dir: &Path, file_name: OsString, text: &str, file: &File) -> Self {
        Self {
            id: id_of_file(&file_name),
            path: dir.join(&file_name),
            file_name,
            content: Ok(Arc::from(text)),
            stamp: stamp_of(file),
            access: Access::Writable,
            is_link: false,
            clashes: Vec::new(),
        }
    }

    /// The same file with the text that was just written to it.
    pub(super) fn rewritten(self, text: &str, file: &File) -> Self {
        Self {
            content: Ok(Arc::from(text)),
            stamp: stamp_of(file),
            ..self
        }
    }
}

/// The stamp of a file that was just written. One that can't be had is like no other, so that the
/// file is read again.
fn stamp_of(file: &File) -> Stamp {
    file.metadata()
        .map_or_else(|_| Stamp::default(), |metadata| Stamp::of(&metadata))
}

impl Store {
    /// Reads the directory. Files that have not changed since `previous` are not read again.
    ///
    /// A directory that is missing is an empty snapshot that says so, and a file that can't be
    /// read is an entry with its reason; only a directory that can't be read is an error.
    pub fn load(&self, previous: Option<&Snapshot>) -> anyhow::Result<Snapshot> {
        self.load_since(previous.into_iter().flat_map(|snapshot| &snapshot.files))
    }

    /// [`Store::load`] for somebody who has kept the files of a snapshot, and not the snapshot.
    ///
    /// # Errors
    /// If the directory can't be read.
    pub fn load_since<'f>(
        &self,
        previous: impl IntoIterator<Item = &'f StoreFile>,
    ) -> anyhow::Result<Snapshot> {
        self.load_listed(&self.list()?, previous)
    }

    /// Reads the files that were listed, and no others. Those that have not changed since `previous`
    /// are not read again.
    ///
    /// # Errors
    /// If the directory can't be read.
    pub fn load_listed<'f>(
        &self,
        listing: &Listing,
        previous: impl IntoIterator<Item = &'f StoreFile>,
    ) -> anyhow::Result<Snapshot> {
        load(&self.dir, listing, previous).with_context(|| self.cannot_read())
    }

    /// The names of the connection files: all that is known before one is read. A missing directory
    /// has none.
    ///
    /// # Errors
    /// If the directory can't be read.
    pub fn list(&self) -> anyhow::Result<Listing> {
        Listing::read(&self.dir).with_context(|| self.cannot_read())
    }

    /// A file of which no more is known than its name.
    pub fn unread(&self, file_name: &OsStr) -> StoreFile {
        StoreFile::listed(&self.dir, file_name)
    }

    /// What is in the store under this name now, if anything.
    pub fn look_at(&self, file_name: &OsStr) -> anyhow::Result<Option<StoreFile>> {
        Ok(self.look_at_each([(file_name, None)])?.pop().flatten())
    }

    /// What is in the store under each of these names now, if anything. What has not changed since
    /// the file that somebody remembers is not read again.
    ///
    /// # Errors
    /// If the directory can't be read. A missing one has no files.
    pub fn look_at_each<'n>(
        &self,
        names: impl IntoIterator<Item = (&'n OsStr, Option<&'n StoreFile>)>,
    ) -> anyhow::Result<Vec<Option<StoreFile>>> {
        let names = names.into_iter();
        let scope = match Scope::of(&self.dir) {
            Ok(scope) => scope,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(names.map(|_| None).collect());
            }
            Err(error) => {
                return Err(anyhow::Error::new(error).context(self.cannot_read()));
            }
        };
        let look = |(name, previous)| observe(&self.dir, name, &scope, previous);
        Ok(names.map(look).collect())
    }

    fn cannot_read(&self) -> String {
        format!("can't read the directory `{}`", self.shown_dir())
    }
}

/// Reads the files that were listed. Those that are gone by now are left out.
pub(super) fn load<'f>(
    dir: &Path,
    listing: &Listing,
    previous: impl IntoIterator<Item = &'f StoreFile>,
) -> io::Result<Snapshot> {
    if !listing.exists {
        return Ok(Snapshot::default());
    }
    let known: HashMap<&OsStr, &StoreFile> = previous
        .into_iter()
        .map(|file| (file.file_name.as_os_str(), file))
        .collect();
    let scope = Scope::of(dir)?;
    let files = parallel::map(&listing.in_order(), CHUNK, |name| {
        let file_name = name.text;
        let previous = known.get(file_name).copied();
        let listed = if name.is_regular && previous.is_none() {
            first_look(dir, file_name, &scope)
        } else {
            None
        };
        listed.or_else(|| observe(dir, file_name, &scope, previous))
    });
    let mut files: Vec<StoreFile> = files.into_iter().flatten().collect();
    mark_clashes(&mut files);
    Ok(Snapshot {
        exists: true,
        files,
    })
}

/// A file that nothing is known of yet, and that is regular, as the directory says: opened at once.
/// `None` if it is not as simple as that.
pub(super) fn first_look(dir: &Path, file_name: &OsStr, scope: &Scope) -> Option<StoreFile> {
    if !is_plain(file_name) {
        return None;
    }
    let path = dir.join(file_name);
    let (content, metadata) = read_listed(&path)?;
    Some(StoreFile {
        id: id_of_file(file_name),
        file_name: file_name.to_owned(),
        access: scope.access(&path, false, &metadata),
        stamp: Stamp::of(&metadata),
        content,
        path,
        is_link: false,
        clashes: Vec::new(),
    })
}

/// Looks at one file; reads it only if `previous` does not know what it holds. `None` if there is
/// nothing of that name. Whatever is wrong with it, it is an entry: one file never hides others.
pub(super) fn observe(
    dir: &Path,
    file_name: &OsStr,
    scope: &Scope,
    previous: Option<&StoreFile>,
) -> Option<StoreFile> {
    let path = dir.join(file_name);
    let own = match fs::symlink_metadata(&path) {
        Ok(metadata) => Ok(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => Err(error),
    };
    let is_link = own.as_ref().is_ok_and(fs::Metadata::is_symlink);
    let own_stamp = own.as_ref().map(Stamp::of).unwrap_or_default();
    let metadata = match own {
        Ok(_) if is_link => fs::metadata(&path).map_err(|error| link_error(&error)),
        own => own.map_err(|error| Unreadable::from_io(&error)),
    };
    let access = match &metadata {
        _ if !is_plain(file_name) => Access::ReadOnly(Unreadable::Name.to_string()),
        Err(unreadable) => Access::ReadOnly(unreadable.to_string()),
        Ok(metadata) => match not_a_file(metadata) {
            Some(what) => Access::ReadOnly(Unreadable::NotAFile(what).to_string()),
            None => scope.access(&path, is_link, metadata),
        },
    };
    let stamp = metadata.as_ref().map_or(own_stamp, Stamp::of);
    let (content, stamp) = match metadata {
        _ if !is_plain(file_name) => (Err(Unreadable::Name), stamp),
        Err(unreadable) => (Err(unreadable), stamp),
        Ok(metadata) => match not_a_file(&metadata) {
            Some(what) => (Err(Unreadable::NotAFile(what)), stamp),
            None => read_or_reuse(&path, stamp, previous),
        },
    };
    Some(StoreFile {
        id: id_of_file(file_name),
        file_name: file_name.to_owned(),
        path,
        content,
        stamp,
        access,
        is_link,
        clashes: Vec::new(),
    })
}

fn read_or_reuse(
    path: &Path,
    stamp: Stamp,
    previous: Option<&StoreFile>,
) -> (Result<Arc<str>, Unreadable>, Stamp) {
    let known = previous.filter(|file| file.stamp == stamp);
    if let Some(file) = known
        && stamp.is_settled(SystemTime::now())
        && file
            .content
            .as_ref()
            .err()
            .is_none_or(Unreadable::is_lasting)
    {
        return (file.content.clone(), stamp);
    }
    let (content, read_stamp) = read_text(path);
    let same = previous.filter(|file| file.content == content);
    let content = same.map_or(content, |file| file.content.clone());
    (content, read_stamp.unwrap_or(stamp))
}

/// The symlinks among the connection files; none if the directory can't be read.
pub(super) fn links(dir: &Path) -> Vec<PathBuf> {
    Listing::read(dir)
        .unwrap_or_default()
        .in_order()
        .into_iter()
        .filter(|name| !name.is_regular)
        .map(|name| dir.join(name.text))
        .filter(|path| path.is_symlink())
        .collect()
}

fn link_error(error: &io::Error) -> Unreadable {
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return Unreadable::LinkLoop;
    }
    if error.kind() == io::ErrorKind::NotFound {
        return Unreadable::DanglingLink;
    }
    Unreadable::from_io(error)
}

fn mark_clashes(files: &mut [StoreFile]) {
    // Nearly always there is none, which is known without a copy of each name.
    let by = RandomState::new();
    let hash = |(index, file): (usize, &StoreFile)| (folded_hash(&file.file_name, &by), index);
    let mut by_hash: Vec<(u64, usize)> = files.iter().enumerate().map(hash).collect();
    by_hash.sort_unstable();
    for group in by_hash.chunk_by(|left, right| left.0 == right.0) {
        if group.len() == 1 {
            continue;
        }
        let ids = group
            .iter()
            .map(|&(_, index)| (folded_id(&files[index].file_name), index));
        let ids: Vec<(Option<String>, usize)> = ids.collect();
        for (id, index) in &ids {
            let others = ids.iter().filter(|(other, at)| other == id && at != index);
            let names = others
                .map(|(_, other)| files[*other].shown_name())
                .collect();
            files[*index].clashes = names;
        }
    }
}
