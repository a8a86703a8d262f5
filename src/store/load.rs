//! What is in the directory: [`Snapshot`] and [`StoreFile`].

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::access::{Access, Scope};
use super::error::Deleted;
use super::name::{folded_id, harmless, id_text, is_connection_file_name, is_plain};
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
    /// The order of a [`Snapshot`].
    fn by_id(&self, other: &Self) -> Ordering {
        (&self.id, &self.file_name).cmp(&(&other.id, &other.file_name))
    }

    /// The text, if it could be read.
    pub fn text(&self) -> Option<&str> {
        self.content.as_deref().ok()
    }

    /// The file's name as it can be shown.
    pub fn shown_name(&self) -> String {
        harmless(&self.file_name)
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
            ..Self::listed(
                dir,
                ConnectionId::new(id_text(file_name)),
                file_name.to_owned(),
            )
        }
    }

    /// A file of which no more is known than its name.
    pub(super) fn listed(dir: &Path, id: ConnectionId, file_name: OsString) -> Self {
        Self {
            id,
            path: dir.join(&file_name),
            file_name,
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
            id: ConnectionId::new(id_text(&file_name)),
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

/// Reads the directory. A missing one is an empty snapshot.
pub(super) fn load<'f>(
    dir: &Path,
    previous: impl IntoIterator<Item = &'f StoreFile>,
) -> io::Result<Snapshot> {
    let Some(names) = existing_names(dir)? else {
        return Ok(Snapshot::default());
    };
    let known: HashMap<&OsStr, &StoreFile> = previous
        .into_iter()
        .map(|file| (file.file_name.as_os_str(), file))
        .collect();
    let scope = Scope::of(dir)?;
    let files = parallel::map(&names, CHUNK, |name| {
        let file_name = &*name.file_name;
        let previous = known.get(file_name).copied();
        let listed = if name.is_regular && previous.is_none() {
            first_look(dir, file_name, &scope)
        } else {
            None
        };
        listed.or_else(|| observe(dir, file_name, &scope, previous))
    });
    let mut files: Vec<StoreFile> = files.into_iter().flatten().collect();
    files.sort_by(StoreFile::by_id);
    mark_clashes(&mut files);
    Ok(Snapshot {
        exists: true,
        files,
    })
}

/// The ids and names of the connection files, in no order. A missing directory has none.
pub(super) fn names(dir: &Path) -> io::Result<Vec<(ConnectionId, OsString)>> {
    let names = existing_names(dir)?.unwrap_or_default();
    let names = names
        .into_iter()
        .map(|name| (ConnectionId::new(id_text(&name.file_name)), name.file_name));
    Ok(names.collect())
}

/// A file that nothing is known of yet, and that is regular, as the directory says: opened at once.
/// `None` if it is not as simple as that.
fn first_look(dir: &Path, file_name: &OsStr, scope: &Scope) -> Option<StoreFile> {
    if !is_plain(file_name) {
        return None;
    }
    let path = dir.join(file_name);
    let (content, metadata) = read_listed(&path)?;
    Some(StoreFile {
        id: ConnectionId::new(id_text(file_name)),
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
        id: ConnectionId::new(id_text(file_name)),
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
    connection_names(dir)
        .unwrap_or_default()
        .into_iter()
        .filter(|name| !name.is_regular)
        .map(|name| dir.join(name.file_name))
        .filter(|path| path.is_symlink())
        .collect()
}

/// The name of a connection file.
struct Name {
    file_name: OsString,
    /// Whether it is a regular file for sure.
    is_regular: bool,
}

/// `None` if the directory is not there.
fn existing_names(dir: &Path) -> io::Result<Option<Vec<Name>>> {
    match connection_names(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_missing(dir) => Ok(None),
        names => names.map(Some),
    }
}

fn connection_names(dir: &Path) -> io::Result<Vec<Name>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let file_name = entry.file_name();
        if is_connection_file_name(&file_name) {
            // What the directory itself does not know is found out later.
            let is_regular = entry.file_type().is_ok_and(|kind| kind.is_file());
            names.push(Name {
                file_name,
                is_regular,
            });
        }
    }
    Ok(names)
}

/// A symlink to nothing is there, and an error; a directory that nobody made yet is neither.
fn is_missing(dir: &Path) -> bool {
    fs::symlink_metadata(dir).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
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
    let mut by_id: HashMap<String, Vec<usize>> = HashMap::with_capacity(files.len());
    for (index, file) in files.iter().enumerate() {
        if let Some(folded) = folded_id(&file.file_name) {
            by_id.entry(folded).or_default().push(index);
        }
    }
    for group in by_id.into_values().filter(|group| group.len() > 1) {
        for &index in &group {
            let others = group.iter().filter(|other| **other != index);
            let names = others.map(|&other| files[other].shown_name()).collect();
            files[index].clashes = names;
        }
    }
}
