//! The rules of the scan by name, so that the test of the test can switch each of them off.
//!
//! `scripts/oracle/references.py` compares the scan with other readers; without any one of these
//! rules it has to find a difference. In the program itself all of them hold, always.

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use tests::holds;

/// Whether a rule is in force.
#[cfg(not(test))]
pub(super) const fn holds(_: Rule) -> bool {
    true
}

/// A rule of `FORMAT.md`, sections 5 and 6. The oracle reads the names from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// UTF-16 is read.
    Utf16,
    /// Every document of a file counts.
    EveryDocument,
    /// Nothing shadows in a file that the loader refuses.
    RefusedFiles,
    /// A map that is merged before it is read makes the loader refuse the file.
    LateMerges,
    /// What `<<` brings in counts.
    Merges,
    /// `connection` and `connection_id` name connections.
    ReferenceKeys,
    /// So do the configured keys,
    ConfiguredKeys,
    /// and lists under these,
    ConfiguredLists,
    /// and lists under `connections`.
    Lists,
    /// A requirement is a use wherever it stands,
    Requirements,
    /// under a reference key whatever its `$type`,
    RequirementsOfAnyType,
    /// and no definition shadows it.
    RequirementsAreNotShadowed,
    /// Nothing below a reserved key counts.
    ReservedKeys,
    /// A scalar that is no string counts,
    NumbersCount,
    /// but no definition answers it,
    NumbersAreNotShadowed,
    /// and null names nothing.
    NullNamesNothing,
    /// A definition answers references of its scope,
    Shadowing,
    /// if it has a `type`
    DefinitionsHaveTypes,
    /// or is a requirement,
    RequirementsDefine,
    /// and an `agent_factory` is a scope of its own.
    FactoryScopes,
    /// A use by alias says where the text itself stands.
    AliasPlaces,
    /// A key with a dot or bracket is quoted in a path.
    QuotedKeys,
    /// Interpolations are evaluated,
    Interpolations,
    /// relative ones from where the data stands,
    RelativeInterpolations,
    /// those of `connections` that are not defined are uses,
    StoreInterpolations,
    /// those that depend on an unset variable are only possible,
    PossibleUses,
    /// the default of a set variable is reported besides,
    UnusedDefaults,
    /// and those that come to nothing are unverifiable.
    Unresolved,
}
