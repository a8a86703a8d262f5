//! What is to be said about a use besides where it is: nothing about nearly all of them, so that it
//! takes no room there.

/// Why a use is not certain, and on which variables it depends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doubt(Option<Box<Facts>>);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Facts {
    reason: Option<String>,
    variables: Vec<String>,
}

impl Doubt {
    /// With a reason, if there is one, and the variables that the use depends on.
    pub fn new(reason: Option<String>, variables: Vec<String>) -> Self {
        let is_none = reason.is_none() && variables.is_empty();
        Self((!is_none).then(|| Box::new(Facts { reason, variables })))
    }

    /// Whether there is nothing to say.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Why the use is not certain, or what else a person should know about it.
    pub fn reason(&self) -> Option<&str> {
        self.0.as_ref()?.reason.as_deref()
    }

    /// Environment variables that the use depends on.
    pub fn variables(&self) -> &[String] {
        self.0.as_ref().map_or(&[], |facts| &facts.variables)
    }

    /// The same without a reason.
    #[must_use]
    pub fn without_reason(&self) -> Self {
        Self::new(None, self.variables().to_vec())
    }
}
