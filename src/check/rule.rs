//! The rules of `check`: one table that feeds output, help, documentation and SARIF.

use crate::catalog;
use crate::connection::{Finding, Location, Severity};

/// A rule of `check`, as the documentation and the command line list it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckRule {
    /// Its name in output and in the command line's contract.
    pub name: &'static str,
    /// How much its findings matter; some matter less or more, as the summary says.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// What to do about it, in one line.
    pub advice: &'static str,
}

impl CheckRule {
    /// A finding of this rule.
    pub fn finding(
        self,
        location: Option<Location>,
        message: String,
        hint: Option<String>,
    ) -> Finding {
        Finding {
            rule: self.name,
            severity: self.severity,
            location,
            message,
            hint,
        }
    }
}

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static CheckRule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// Every rule, in the order of the command line's contract.
pub const RULES: [CheckRule; 25] = [
    UNREADABLE,
    NOT_YAML,
    DUPLICATE_KEY,
    NOT_A_MAP,
    MISSING_TYPE,
    UNKNOWN_TYPE,
    MISSING_FIELD,
    UNKNOWN_FIELD,
    WRONG_KIND,
    NOT_A_CHOICE,
    FIELDS_CLASH,
    ID_MISMATCH,
    ID_CASE_CLASH,
    UNSAFE_SCALAR,
    BAD_INTERPOLATION,
    UNESCAPED_INTERPOLATION,
    UNSET_VARIABLE,
    LITERAL_SECRET,
    FILE_MODE,
    DANGLING_REFERENCE,
    SHADOWED_DEFINITION,
    DUPLICATE_DEFINITION,
    UNUSED,
    UNVERIFIABLE_WORKFLOW,
    BAD_TYPE_FILE,
];

pub(super) const UNREADABLE: CheckRule = CheckRule {
    name: "unreadable",
    severity: Severity::Error,
    summary: "the file can't be read: no permission, not UTF-8, too large, no regular file",
    advice: "make it a readable text file",
};

pub(super) const NOT_YAML: CheckRule = CheckRule {
    name: "not-yaml",
    severity: Severity::Error,
    summary: "the text is not YAML, or its aliases expand without end",
    advice: "mend it at the place that is named",
};

pub(super) const DUPLICATE_KEY: CheckRule = CheckRule {
    name: "duplicate-key",
    severity: Severity::Error,
    summary: "a key stands twice, which Dynamiq's loader refuses",
    advice: "remove one of the two",
};

pub(super) const NOT_A_MAP: CheckRule = CheckRule {
    name: "not-a-map",
    severity: Severity::Error,
    summary: "the file is no map of fields, or holds several documents",
    advice: "write `key: value` lines, one connection a file",
};

pub(super) const MISSING_TYPE: CheckRule = CheckRule {
    name: "missing-type",
    severity: Severity::Error,
    summary: "there is no `type`, so Dynamiq refuses the connection",
    advice: "add `type:` with the path of the class",
};

pub(super) const UNKNOWN_TYPE: CheckRule = CheckRule {
    name: "unknown-type",
    severity: Severity::Error,
    summary: "the type is neither in the catalogue nor in `types.d` (a warning if it may be one's own)",
    advice: "take the name that is proposed, or describe the type in `types.d`",
};

pub(super) const MISSING_FIELD: CheckRule = CheckRule {
    name: "missing-field",
    severity: Severity::Error,
    summary: "a field that the type requires is not there (a warning if it is only empty)",
    advice: "add the field",
};

pub(super) const UNKNOWN_FIELD: CheckRule = CheckRule {
    name: "unknown-field",
    severity: Severity::Warning,
    summary: "the type has no such field, so Dynamiq ignores it in silence",
    advice: "take the name that is proposed, or remove it",
};

pub(super) const WRONG_KIND: CheckRule = CheckRule {
    name: "wrong-kind",
    severity: Severity::Error,
    summary: "the value can't be what the field takes, such as a text as port",
    advice: "write a value of that kind",
};

pub(super) const NOT_A_CHOICE: CheckRule = CheckRule {
    name: "not-a-choice",
    severity: Severity::Error,
    summary: "the value is not one of those that the field takes",
    advice: "take one of the choices",
};

pub(super) const FIELDS_CLASH: CheckRule = CheckRule {
    name: "fields-clash",
    severity: Severity::Error,
    summary: "fields that need or exclude each other (a warning where one only has no effect)",
    advice: "keep the fields that belong together",
};

pub(super) const ID_MISMATCH: CheckRule = CheckRule {
    name: "id-mismatch",
    severity: Severity::Warning,
    summary: "`id` differs from the name of the file, which is what counts",
    advice: "remove `id`",
};

pub(super) const ID_CASE_CLASH: CheckRule = CheckRule {
    name: "id-case-clash",
    severity: Severity::Error,
    summary: "two files have the same id but for case or ending, which some systems take for one",
    advice: "rename one of them",
};

pub(super) const UNSAFE_SCALAR: CheckRule = CheckRule {
    name: "unsafe-scalar",
    severity: Severity::Warning,
    summary: "YAML 1.1 and 1.2 read the value differently, as an unquoted `no` (an error in an id's place)",
    advice: "put it in quotes, or write it so that all readers agree",
};

pub(super) const BAD_INTERPOLATION: CheckRule = CheckRule {
    name: "bad-interpolation",
    severity: Severity::Error,
    summary: "a `${…}` for which OmegaConf refuses the workflow (a warning if its function is unknown)",
    advice: "mend it, or write `\\${` if it is meant as text",
};

pub(super) const UNESCAPED_INTERPOLATION: CheckRule = CheckRule {
    name: "unescaped-interpolation",
    severity: Severity::Warning,
    summary: "a `${name}` that names nothing here: a shell variable or text, not an interpolation",
    advice: "write `${oc.env:NAME}` for a variable, `\\${` for text",
};

pub(super) const UNSET_VARIABLE: CheckRule = CheckRule {
    name: "unset-variable",
    severity: Severity::Info,
    summary: "an environment variable that it needs is not set here",
    advice: "set it where the workflow runs",
};

pub(super) const LITERAL_SECRET: CheckRule = CheckRule {
    name: "literal-secret",
    severity: Severity::Warning,
    summary: "a secret stands in a file that git tracks, instead of a variable",
    advice: "move it to an environment variable, and change the secret",
};

pub(super) const FILE_MODE: CheckRule = CheckRule {
    name: "file-mode",
    severity: Severity::Warning,
    summary: "a file with a literal secret can be read by others on this machine",
    advice: "`chmod 600` the file, or move the secret to a variable",
};

pub(super) const DANGLING_REFERENCE: CheckRule = CheckRule {
    name: "dangling-reference",
    severity: Severity::Error,
    summary: "a workflow or connection uses an id that is defined nowhere",
    advice: "add the connection, or take the id that is proposed",
};

pub(super) const SHADOWED_DEFINITION: CheckRule = CheckRule {
    name: "shadowed-definition",
    severity: Severity::Warning,
    summary: "a workflow defines its own connection under an id of the store, and so does not use that one",
    advice: "remove the definition from the workflow, or give it another id",
};

pub(super) const DUPLICATE_DEFINITION: CheckRule = CheckRule {
    name: "duplicate-definition",
    severity: Severity::Warning,
    summary: "the same connection under two ids, or again in a workflow",
    advice: "keep one, and use its id",
};

pub(super) const UNUSED: CheckRule = CheckRule {
    name: "unused",
    severity: Severity::Info,
    summary: "no workflow uses the connection",
    advice: "delete it, if it is not kept on purpose",
};

pub(super) const UNVERIFIABLE_WORKFLOW: CheckRule = CheckRule {
    name: "unverifiable-workflow",
    severity: Severity::Error,
    summary: "a workflow can't be read, or Dynamiq refuses it (a warning if one reference can't be resolved)",
    advice: "mend it: until then it may use any connection",
};

pub(super) const BAD_TYPE_FILE: CheckRule = CheckRule {
    name: catalog::BAD_TYPE_FILE,
    severity: Severity::Error,
    summary: "a file in `types.d` can't be read, or asks for what it may not (a warning)",
    advice: "mend the file",
};
