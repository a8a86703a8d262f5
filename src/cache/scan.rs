//! What one workflow file says, as bytes.
//!
//! Only what is certain and depends on the text alone has such a form: ids, places, paths. What has
//! messages, or words of the text, or depends on variables, is read each time.

use std::collections::VecDeque;
use std::sync::Arc;

use super::binary::{Source, put_number, put_text};
use crate::connection::Location;
use crate::reference::{
    Certainty, Definition, Doubt, Encoding, FileScan, Form, Reference, Shadowed, Span, Target,
};

/// Paths share their beginnings, and texts come again: written out, they may take so many times the
/// bytes.
const MOST_GROWTH: usize = 256;

/// A text that is the same as one of so many before it is not written again.
const MOST_BACK: usize = 32;

/// Whether a scan is one that may be kept.
pub(super) fn is_kept(scan: &FileScan) -> bool {
    let is_plain = |reference: &Reference| {
        matches!(reference.target, Target::Id(_))
            && reference.certainty == Certainty::Certain
            && reference.doubt.is_none()
            && !reference.is_masked
    };
    !scan.depends_on_variables
        && scan.refused.is_none()
        && scan.unverifiable.is_empty()
        && scan.findings.is_empty()
        && scan.references.iter().all(is_plain)
        && (scan.shadowed.iter()).all(|shadowed| is_plain(&shadowed.reference))
}

/// The bytes of a scan, if it is one that [may be kept](is_kept) and is not too long.
pub(super) fn encode(scan: &FileScan) -> Option<Vec<u8>> {
    if !is_kept(scan) {
        return None;
    }
    let FileScan {
        references,
        shadowed,
        unverifiable: _,
        definitions,
        refused: _,
        findings: _,
        encoding,
        spelling: _,
        depends_on_variables: _,
        may_ignore_rules,
    } = scan;
    let mut writer = Writer::default();
    let encoding = match encoding {
        Encoding::Utf8 => 0,
        Encoding::Utf16 => 1,
    };
    let may_ignore = if *may_ignore_rules { MAY_IGNORE } else { 0 };
    writer.bytes.push(encoding | may_ignore);
    writer.number(references.len());
    for reference in references {
        writer.reference(reference)?;
    }
    writer.number(shadowed.len());
    for shadowed in shadowed {
        writer.reference(&shadowed.reference)?;
        writer.location(shadowed.by);
        writer.factory(shadowed.factory.as_deref());
    }
    writer.number(definitions.len());
    for definition in definitions {
        writer.text(&definition.id);
        writer.bytes.push(u8::from(definition.shadows));
        writer.factory(definition.factory.as_deref());
        writer.location(definition.location);
        writer.span(definition.span);
    }
    (writer.length <= growth(writer.bytes.len())).then_some(writer.bytes)
}

/// The scan that has these bytes; `None` if there is none.
pub(super) fn decode(bytes: &[u8]) -> Option<FileScan> {
    let mut reader = Reader {
        source: Source::new(bytes),
        path: String::new(),
        texts: VecDeque::new(),
        length: growth(bytes.len()),
        workflows: Arc::new([]),
    };
    let flags = reader.source.byte()?;
    let encoding = match flags & !MAY_IGNORE {
        0 => Encoding::Utf8,
        1 => Encoding::Utf16,
        _ => return None,
    };
    let references = reader.list(Reader::reference)?;
    let shadowed = reader.list(|reader| {
        Some(Shadowed {
            reference: reader.reference()?,
            by: reader.location()?,
            factory: reader.factory()?.0,
        })
    })?;
    let definitions = reader.list(|reader| {
        let id = reader.text()?;
        let shadows = reader.source.byte().filter(|flag| *flag < 2)? == 1;
        Some(Definition {
            id,
            factory: reader.factory()?.0,
            location: reader.location()?,
            span: reader.span()?,
            shadows,
        })
    })?;
    reader.source.is_done().then_some(FileScan {
        references,
        shadowed,
        definitions,
        encoding,
        may_ignore_rules: flags & MAY_IGNORE != 0,
        ..FileScan::default()
    })
}

fn growth(bytes: usize) -> usize {
    bytes.saturating_mul(MOST_GROWTH)
}

/// A scan's flag, beside its encoding.
const MAY_IGNORE: u8 = 0b0000_0010;

/// A reference's flags: its form, and what else is written.
const FORM: u8 = 0b0000_0011;
const HAS_DEFINITION: u8 = 0b0000_0100;
const HAS_OTHER_SPAN: u8 = 0b0000_1000;
const HAS_OTHER_WORKFLOWS: u8 = 0b0001_0000;

const FORMS: [Form; 4] = [
    Form::String,
    Form::List,
    Form::Requirement,
    Form::Interpolation,
];

#[derive(Default)]
struct Writer<'s> {
    bytes: Vec<u8>,
    /// The path that was written last.
    path: &'s str,
    /// The texts that were written last.
    texts: VecDeque<&'s str>,
    /// How long all texts and paths are.
    length: usize,
    /// The workflows that were written last.
    workflows: &'s [String],
}

impl<'s> Writer<'s> {
    fn number(&mut self, number: usize) {
        put_number(&mut self.bytes, number);
    }

    /// How far back it stands, or nothing and the text.
    fn text(&mut self, text: &'s str) {
        self.length += text.len();
        if let Some(back) = self.texts.iter().position(|known| *known == text) {
            return self.number(back + 1);
        }
        self.number(0);
        put_text(&mut self.bytes, text);
        self.texts.truncate(MOST_BACK - 1);
        self.texts.push_front(text);
    }

    fn location(&mut self, location: Location) {
        self.number(location.line as usize);
        self.number(location.column as usize);
    }

    fn span(&mut self, span: Span) {
        self.number(span.start as usize);
        self.number(span.end.saturating_sub(span.start) as usize);
    }

    /// Whether there is one, and which.
    fn factory(&mut self, factory: Option<&'s str>) {
        self.bytes.push(u8::from(factory.is_some()));
        if let Some(factory) = factory {
            self.text(factory);
        }
    }

    /// How much it shares with the path before it, then the rest.
    fn path(&mut self, path: &'s str) {
        let both = self.path.bytes().zip(path.bytes());
        let mut shared = both.take_while(|(left, right)| left == right).count();
        while !path.is_char_boundary(shared) {
            shared -= 1;
        }
        self.number(shared);
        put_text(&mut self.bytes, &path[shared..]);
        self.path = path;
        self.length += path.len();
    }

    fn reference(&mut self, reference: &'s Reference) -> Option<()> {
        let Reference {
            target,
            location,
            span,
            definition,
            definition_span,
            path,
            workflows,
            form,
            certainty: _,
            doubt: _,
            is_masked: _,
        } = reference;
        let Target::Id(id) = target else {
            return None;
        };
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let form = FORMS.iter().position(|known| known == form)?;
        let has_other_span = definition_span != span;
        let has_other_workflows = **workflows != *self.workflows;
        self.bytes.push(
            u8::try_from(form).ok()?
                | flag(definition.is_some(), HAS_DEFINITION)
                | flag(has_other_span, HAS_OTHER_SPAN)
                | flag(has_other_workflows, HAS_OTHER_WORKFLOWS),
        );
        self.text(id);
        self.location(*location);
        self.span(*span);
        if let Some(definition) = definition {
            self.location(*definition);
        }
        if has_other_span {
            self.span(*definition_span);
        }
        if has_other_workflows {
            self.number(workflows.len());
            for workflow in workflows.iter() {
                put_text(&mut self.bytes, workflow);
            }
            self.workflows = workflows;
        }
        self.path(path);
        Some(())
    }
}

/// The path of an `agent_factory`, or that there is none.
struct Factory(Option<Arc<str>>);

struct Reader<'b> {
    source: Source<'b>,
    path: String,
    texts: VecDeque<Arc<str>>,
    /// How many bytes of texts and paths there may still be.
    length: usize,
    workflows: Arc<[String]>,
}

impl Reader<'_> {
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.source.count()?;
        let mut items = Vec::new();
        // An item takes more memory than bytes, so the number alone is not believed.
        items.try_reserve_exact(count.min(1024)).ok()?;
        for _ in 0..count {
            items.push(item(self)?);
        }
        Some(items)
    }

    fn location(&mut self) -> Option<Location> {
        Some(Location {
            line: self.source.number_u32()?,
            column: self.source.number_u32()?,
        })
    }

    fn span(&mut self) -> Option<Span> {
        let start = self.source.number_u32()?;
        let end = start.checked_add(self.source.number_u32()?)?;
        Some(Span { start, end })
    }

    fn factory(&mut self) -> Option<Factory> {
        match self.source.byte()? {
            0 => Some(Factory(None)),
            1 => Some(Factory(Some(self.text()?))),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<Arc<str>> {
        let text: Arc<str> = match self.source.number()? {
            0 => {
                let text: Arc<str> = self.source.text()?.into();
                self.texts.truncate(MOST_BACK - 1);
                self.texts.push_front(Arc::clone(&text));
                text
            }
            back => Arc::clone(self.texts.get(back - 1)?),
        };
        self.length = self.length.checked_sub(text.len())?;
        Some(text)
    }

    fn path(&mut self) -> Option<Box<str>> {
        let shared = self.source.number()?;
        let rest = self.source.text()?;
        if !self.path.is_char_boundary(shared) {
            return None;
        }
        self.path.truncate(shared);
        self.path.push_str(rest);
        self.length = self.length.checked_sub(self.path.len())?;
        Some(self.path.as_str().into())
    }

    fn reference(&mut self) -> Option<Reference> {
        let flags = self.source.byte()?;
        if flags & !(FORM | HAS_DEFINITION | HAS_OTHER_SPAN | HAS_OTHER_WORKFLOWS) != 0 {
            return None;
        }
        let has = |flag: u8| flags & flag != 0;
        let id = self.text()?;
        let location = self.location()?;
        let span = self.span()?;
        let definition = if has(HAS_DEFINITION) {
            Some(self.location()?)
        } else {
            None
        };
        let definition_span = if has(HAS_OTHER_SPAN) {
            self.span()?
        } else {
            span
        };
        if has(HAS_OTHER_WORKFLOWS) {
            let workflows = self.list(|reader| reader.source.text().map(str::to_owned))?;
            self.workflows = workflows.into();
        }
        Some(Reference {
            target: Target::Id(id),
            location,
            span,
            definition,
            definition_span,
            path: self.path()?,
            workflows: Arc::clone(&self.workflows),
            form: *FORMS.get(usize::from(flags & FORM))?,
            certainty: Certainty::Certain,
            doubt: Doubt::default(),
            is_masked: false,
        })
    }
}
