//! Files that are not of the store and that a person has named: workflows that are read and
//! rewritten, and where a rendered one goes. Written with the same care.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::access::{Access, file_access, git_root, is_below_git};
use super::error::{SaveError, WITHOUT_A_POWER_CUT};
use super::hidden::{Asides, remove_stale};
use super::kept::Kept;
use super::name::harmless;
use super::read::{not_a_file, open_regular};
use super::write::{Place, Replaced, Temporary};

/// A file as it was when it was read. `Debug` does not show what it held.
#[derive(Clone, PartialEq, Eq)]
pub struct Outside {
    /// Its path as it was given.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({} bytes)", self.path.display(), self.bytes.len())
    }
}

impl Outside {
    /// Reads a regular file, through symlinks.
    ///
    /// # Errors
    /// What the system says; also for a directory, a named pipe or a device, which are not opened.
    pub fn read(path: &Path) -> io::Result<Self> {
        // To open a device may already do something; between the two it may become another thing.
        if let Some(what) = not_a_file(&fs::metadata(path)?) {
            return Err(io::Error::other(format!("it is {what}")));
        }
        let mut bytes = Vec::new();
        open_regular(path)?.read_to_end(&mut bytes)?;
        Ok(Self {
            path: path.to_owned(),
            bytes,
        })
    }

    /// Replaces the file, if it still holds what was read. Mode, owner and group stay; of a
    /// symlink, the target is replaced.
    pub fn replace(&self, bytes: &[u8]) -> Result<Self, SaveError> {
        self.refuse_read_only()?;
        let place = self.place()?;
        remove_stale(&place.dir, Asides::Remove);
        let kept = place.kept().map_err(|error| self.failed("read", error))?;
        let temporary = Temporary::write(&place, bytes, &kept)
            .map_err(|error| self.failed("write beside", error))?;
        match temporary.replace(&place, &self.bytes) {
            Ok(Replaced::Done(deed)) => match deed.doubt {
                None => Ok(Self {
                    path: self.path.clone(),
                    bytes: bytes.to_vec(),
                }),
                Some(doubt) => Err(self.unconfirmed(doubt)),
            },
            Ok(Replaced::ChangedMeanwhile) => Err(SaveError::Vanished),
            Err(error) => Err(self.failed("replace", error)),
        }
    }

    /// Says beforehand whether [`Outside::replace`] may be tried.
    pub fn refuse_read_only(&self) -> Result<(), SaveError> {
        let path = self.real_path()?;
        self.refuse_link_out(&path)?;
        let metadata = fs::metadata(&path).map_err(|error| self.failed("read", error))?;
        match file_access(&path, &metadata) {
            Access::Writable => Ok(()),
            Access::ReadOnly(reason) => Err(SaveError::ReadOnly(reason)),
        }
    }

    /// Writes a new file, mode 0600, or replaces the one that is there.
    pub fn write(path: &Path, bytes: &[u8]) -> Result<(), SaveError> {
        match Self::read(path) {
            Ok(file) => file.replace(bytes).map(|_| ()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let new = Self {
                    path: path.to_owned(),
                    bytes: Vec::new(),
                };
                let dir = match path.parent() {
                    Some(dir) if !dir.as_os_str().is_empty() => dir,
                    _ => Path::new("."),
                };
                let name = path.file_name().unwrap_or_default();
                let place = fs::canonicalize(dir)
                    .and_then(|dir| Place::outside(&dir.join(name)))
                    .map_err(|error| new.failed("write", error))?;
                remove_stale(&place.dir, Asides::Remove);
                let deed = Temporary::write(&place, bytes, &Kept::new_file())
                    .and_then(|temporary| temporary.place_new(&place))
                    .map_err(|error| new.failed("write", error))?;
                deed.doubt
                    .map_or(Ok(()), |doubt| Err(new.unconfirmed(doubt)))
            }
            Err(error) => Err(SaveError::Io(anyhow!(
                "can't write `{}`: {error}",
                harmless(path.as_os_str())
            ))),
        }
    }

    /// A link may have come with a repository, and lead to anything of the person's: it is written
    /// through only within the repository, or without git, the directory above the link's.
    fn refuse_link_out(&self, target: &Path) -> Result<(), SaveError> {
        if !fs::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.is_symlink()) {
            return Ok(());
        }
        let dir = match self.path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        };
        let dir = fs::canonicalize(dir).map_err(|error| self.failed("find", error))?;
        let bounds = git_root(&dir).or_else(|| dir.parent().map(Path::to_owned));
        match target.strip_prefix(bounds.unwrap_or(dir)) {
            Ok(inner) if !is_below_git(inner) => Ok(()),
            Ok(_) => Err(SaveError::ReadOnly("a symlink into `.git`".to_owned())),
            Err(_) => Err(SaveError::ReadOnly("a symlink that leads out".to_owned())),
        }
    }

    fn real_path(&self) -> Result<PathBuf, SaveError> {
        fs::canonicalize(&self.path).map_err(|error| self.failed("find", error))
    }

    fn place(&self) -> Result<Place, SaveError> {
        Place::outside(&self.real_path()?).map_err(|error| self.failed("open", error))
    }

    fn unconfirmed(&self, doubt: io::Error) -> SaveError {
        let path = harmless(self.path.as_os_str());
        SaveError::Io(
            anyhow::Error::new(doubt)
                .context(format!("`{path}` is written: {WITHOUT_A_POWER_CUT}")),
        )
    }

    fn failed(&self, what: &str, error: io::Error) -> SaveError {
        let path = harmless(self.path.as_os_str());
        SaveError::Io(anyhow::Error::new(error).context(format!("can't {what} `{path}`")))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_mode_and_through_its_link() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        let new = Outside::read(&link).unwrap().replace(b"new").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert_eq!(new.bytes, b"new");
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_link_that_leads_out_is_not_written_through() {
        let dir = tempfile::tempdir().unwrap();
        let (inner, link) = (dir.path().join("a/b"), dir.path().join("a/b/link"));
        fs::create_dir_all(inner.join(".git")).unwrap();
        for target in [dir.path().join("real"), inner.join(".git/config")] {
            fs::write(&target, "old").unwrap();
            symlink(&target, &link).unwrap();
            let refused = Outside::read(&link).unwrap().replace(b"new");
            assert!(
                matches!(refused, Err(SaveError::ReadOnly(_))),
                "{refused:?}"
            );
            assert!(Outside::write(&link, b"new").is_err());
            assert_eq!(fs::read(&target).unwrap(), b"old");
            fs::remove_file(&link).unwrap();
        }
    }

    #[test]
    fn a_large_file_is_replaced_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large");
        fs::write(&path, vec![b'a'; 3 << 20]).unwrap();
        Outside::read(&path).unwrap().replace(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_change_that_was_not_seen_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "old").unwrap();
        let seen = Outside::read(&path).unwrap();
        for other in ["other", "older", "ol", ""] {
            fs::write(&path, other).unwrap();
            assert!(seen.replace(b"new").is_err(), "{other}");
            assert_eq!(fs::read_to_string(&path).unwrap(), other);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_file_is_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new");
        Outside::write(&path, b"a").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        Outside::write(&path, b"b").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"b");
        assert!(Outside::read(dir.path()).is_err());
        assert!(Outside::write(dir.path(), b"b").is_err());
    }
}
